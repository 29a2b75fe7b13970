/**
 * The keys that messages are signed by. `… | npm run -s signing-keys -- show` prints the secrets that receivers verify
 * with, the newest first: while there are several, each message bears a signature by each. `rotate` adds one, `retire`
 * takes one out when the receivers have the others.
 *
 * @module
 */

import { ownSecrets } from "#lib/access/signer.ts";
import { readRing, ringCommand, runRing } from "./key-ring.ts";

const command = ringCommand(
  "signing-keys",
  "Reads the keys that messages are signed by from the standard input, and writes them changed to the standard output.",
  "nothing is signed by it any more, nor by a subscription's secret that was made of it",
);

command
  .command("show")
  .description("prints the secrets that receivers verify messages with, the newest first")
  .action(async () => {
    process.stdout.write(`${ownSecrets(await readRing()).join("\n")}\n`);
  });

await runRing(command);
