import { limits, type Message } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

/** All messages of a mailbox, in order of ids, a page at a time; behind the given one, if one is given. */
export async function* mailboxPages(
  store: Pick<Store, "members">,
  mailbox: string,
  cost: Cost,
  from?: string,
): AsyncGenerator<readonly Message[]> {
  let after = from;
  for (;;) {
    const page = await store.members("message", mailbox, limits.pageMax, cost, after);
    yield page;
    after = page.at(-1)?.id;
    if (page.length < limits.pageMax) {
      return;
    }
  }
}
