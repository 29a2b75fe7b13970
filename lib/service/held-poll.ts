/**
 * Workers that ask for what waits in their mailbox, where no process stays that could tell them: each request is held
 * until there is something, or for a while.
 *
 * @module
 */

import { type EpochMs, failing, isOffered, type Message, mailboxOf, taking } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Outgoing, Worker } from "#lib/ports/transport.ts";
import { traced } from "./courier.ts";

/** How a mailbox is looked into. */
export interface MailboxOptions {
  readonly store: Store;
  readonly now: () => EpochMs;
  /** Whether the worker may be told of the promise; absent: of all. */
  readonly mayHave?: (promiseId: string) => boolean;
  /** What a message takes of an answer, and what that holds; absent: it holds everything. */
  readonly room?: { readonly bytesOf: (message: Outgoing) => number; readonly bytesMax: number };
}

export interface HeldPollOptions extends MailboxOptions {
  readonly sleep: (ms: number) => Promise<unknown>;
  /** How long a request is held at most, and how often the mailbox is looked into meanwhile. */
  readonly holdMs: number;
  readonly lookEveryMs: number;
}

/** Messages that one request takes: a worker is meant to share them with others. */
const takenMax = 10;

/** Why a message stays where it is, for an operator to see. */
const tooLarge = "it is larger than the answer to a held request may be";

/** What waits for the worker; it counts as delivered now. Nothing, when the time is over. */
export async function heldPoll(options: HeldPollOptions, worker: Worker, cost: Cost): Promise<readonly Outgoing[]> {
  const { now, sleep, holdMs, lookEveryMs } = options;
  const end = now() + holdMs;
  for (;;) {
    const taken = await takeWaiting(options, worker, cost);
    if (taken.length > 0 || now() + lookEveryMs > end) {
      return taken;
    }
    await sleep(lookEveryMs);
  }
}

/** What waits for the worker now; it counts as delivered then. */
export async function takeWaiting(
  options: MailboxOptions,
  { group, id }: Worker,
  cost: Cost,
): Promise<readonly Outgoing[]> {
  const { store, mayHave = () => true } = options;
  for (const mailbox of [`poll://uni@${group}/${id}`, `poll://any@${group}`].map(mailboxOf)) {
    const messages = await store.members("message", mailbox, takenMax, cost);
    const its = messages.filter(({ promiseId }) => mayHave(promiseId));
    const outgoing = await handOut(options, its, cost);
    if (outgoing.length > 0) {
      return outgoing;
    }
  }
  return [];
}

/**
 * Takes as many as one answer holds. Each is read before any is taken: what cannot be read, or not be carried, waits on.
 */
async function handOut(options: MailboxOptions, messages: readonly Message[], cost: Cost): Promise<Outgoing[]> {
  const { store, now, room = { bytesOf: () => 0, bytesMax: 0 } } = options;
  const ready: { readonly message: Message; readonly outgoing: Outgoing | undefined }[] = [];
  let bytes = 0;
  for (const message of messages) {
    const outgoing = await read(store, message, cost);
    const size = outgoing === undefined ? 0 : room.bytesOf(outgoing);
    if (size > room.bytesMax) {
      if (message.lastError !== tooLarge) {
        await store.attempt(failing(message, { error: tooLarge }, now(), 0), cost);
      }
    } else if (bytes + size > room.bytesMax) {
      break;
    } else {
      ready.push({ message, outgoing });
      bytes += size;
    }
  }
  const taken = await Promise.all(
    ready.map(async ({ message, outgoing }) =>
      (await store.attempt(taking(message), cost)).won ? outgoing : undefined,
    ),
  );
  return taken.filter((message) => message !== undefined);
}

/** What a message says now; nothing, where that stands no more. */
async function read(store: Store, { kind, address, promiseId: id, version = 0 }: Message, cost: Cost) {
  const promise = await store.get(id, cost);
  if (kind === "execute") {
    return isOffered(promise, version) ? { kind, address, id, version, ...traced(promise?.trace) } : undefined;
  }
  // Workers get no events: a subscription has a receiver.
  return (
    promise && {
      kind: "unblock" as const,
      address,
      promise: await store.whole(promise, cost),
      ...traced(promise.trace),
    }
  );
}
