/**
 * Workers that ask for what waits in their mailbox, where no stream can stay open: each request is held until there is
 * something, or for a while.
 *
 * @module
 */

import { type EpochMs, isOffered, type Message, mailboxOf, taking } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Outgoing, Worker } from "#lib/ports/transport.ts";
import { traced } from "./courier.ts";

export interface HeldPollOptions {
  readonly store: Store;
  readonly now: () => EpochMs;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** How long a request is held at most, and how often the mailbox is looked into meanwhile. */
  readonly holdMs: number;
  readonly lookEveryMs: number;
  /** Whether the worker may be told of the promise; absent: of all. */
  readonly mayHave?: (promiseId: string) => boolean;
}

/** Messages that one request takes: a worker is meant to share them with others. */
const takenMax = 10;

/** What waits for the worker; it counts as delivered now. Nothing, when the time is over. */
export async function heldPoll(
  { store, now, sleep, holdMs, lookEveryMs, mayHave = () => true }: HeldPollOptions,
  { group, id }: Worker,
  cost: Cost,
): Promise<readonly Outgoing[]> {
  const mailboxes = [`poll://uni@${group}/${id}`, `poll://any@${group}`].map(mailboxOf);
  const end = now() + holdMs;
  for (;;) {
    for (const mailbox of mailboxes) {
      const messages = await store.members("message", mailbox, takenMax, cost);
      const its = messages.filter(({ promiseId }) => mayHave(promiseId));
      const taken = await Promise.all(its.map((message) => take(store, message, cost)));
      const outgoing = taken.filter((message) => message !== undefined);
      if (outgoing.length > 0) {
        return outgoing;
      }
    }
    if (now() + lookEveryMs > end) {
      return [];
    }
    await sleep(lookEveryMs);
  }
}

/** Takes a message, if nobody else has; what it says no more is taken out and not handed on. */
async function take(store: Store, message: Message, cost: Cost): Promise<Outgoing | undefined> {
  if (!(await store.attempt(taking(message), cost)).won) {
    return undefined;
  }
  const { kind, address, promiseId: id, version = 0 } = message;
  const promise = await store.get(id, cost);
  if (kind === "execute") {
    return isOffered(promise, version) ? { kind, address, id, version, ...traced(promise?.trace) } : undefined;
  }
  return promise && { kind, address, promise: await store.whole(promise, cost), ...traced(promise.trace) };
}
