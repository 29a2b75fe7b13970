/**
 * Rotates the keys of links: reads them, and writes them with one more, which seals from then on. Links that the others
 * have sealed keep working until they expire, or until their key is taken out: `… | npm run -s link-keys -- retire k1`.
 *
 * @module
 */

import { text } from "node:stream/consumers";
import { Command } from "commander";
import { toKeyRing, withNewKey } from "#lib/access/sealer.ts";

const command = new Command("npm run -s link-keys --").description(
  "Reads the keys of links from the standard input, and writes them changed to the standard output.",
);

const write = (ring: object): void => {
  process.stdout.write(`${JSON.stringify(ring)}\n`);
};

command.command("rotate").action(async () => write(withNewKey(toKeyRing(await text(process.stdin)))));

command
  .command("retire")
  .argument("<id>", "k1, k2, …: every link that it has sealed stops working")
  .action(async (id: string) => {
    const { [id]: retired, ...others } = toKeyRing(await text(process.stdin));
    if (retired === undefined || Object.keys(others).length === 0) {
      throw new Error(`${id} is not there, or is the only key: rotate first`);
    }
    write(others);
  });

try {
  await command.parseAsync();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
