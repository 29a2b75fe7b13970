import { text } from "node:stream/consumers";
import { Command } from "commander";
import { type KeyRing, toKeyRing, withNewKey } from "#lib/access/key-ring.ts";

const write = (ring: object): void => {
  process.stdout.write(`${JSON.stringify(ring)}\n`);
};

/** The ring that stands in the standard input. */
export const readRing = async (): Promise<KeyRing> => toKeyRing(await text(process.stdin));

/**
 * A command that rotates a ring of keys: reads it from the standard input, and writes it changed to the standard output.
 *
 * @param retired What becomes of a key's works when it is taken out.
 */
export function ringCommand(name: string, description: string, retired: string): Command {
  const command = new Command(`npm run -s ${name} --`).description(description);
  command
    .command("rotate")
    .description("adds a key, which is used from then on")
    .action(async () => write(withNewKey(await readRing())));
  command
    .command("retire")
    .description("takes a key out")
    .argument("<id>", `k1, k2, …: ${retired}`)
    .action(async (id: string) => {
      const { [id]: taken, ...others } = await readRing();
      if (taken === undefined || Object.keys(others).length === 0) {
        throw new Error(`${id} is not there, or is the only key: rotate first`);
      }
      write(others);
    });
  return command;
}

/** Carries the command line out. No error shows a key. */
export async function runRing(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
