import { type Known, logged, loggedOver, type Message } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { messageIdOf } from "./message-id.ts";

/** How often an entry is decided anew: each time another process has written down an attempt at the same message. */
const attemptsMax = 8;

/**
 * Writes down what has come of a message, over whatever other processes have.
 *
 * @throws Error where too many write at once.
 */
export async function writeLog(
  store: Pick<Store, "attempt">,
  message: Message,
  known: Known,
  cost: Cost,
): Promise<void> {
  const id = messageIdOf(message);
  let write: ReturnType<typeof loggedOver> = logged(id, message, known);
  for (let attempt = 1; write !== undefined; attempt++) {
    const { won, image } = await store.attempt(write, cost);
    if (won) {
      return;
    }
    if (attempt === attemptsMax) {
      throw new Error(`the log of ${id} is written by too many at once`);
    }
    write = loggedOver(image, id, message, known);
  }
}
