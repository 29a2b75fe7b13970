/**
 * Messages that were given up, as an operator sees them, and sends them on their way again.
 *
 * @module
 */

import { checkId, compareText, type Delivery, Fault, type Message, replaying } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";

/** What a message is known by: many mailboxes may each hold one of the same id. */
export type MessageKey = Pick<Message, "mailbox" | "id">;

/** A place in the list of parked messages, which is in order of ids, and of mailboxes within one. */
export interface ParkedPlace extends MessageKey {
  /** The id before this one: the list is read again from there. */
  readonly after?: string;
}

export interface ParkedSearch {
  readonly limit: number;
  /** Where the page before ended. */
  readonly from?: ParkedPlace;
}

export interface ParkedPage {
  readonly messages: readonly Message[];
  /** Where the next page goes on; absent: there is nothing more. */
  readonly next?: ParkedPlace;
}

/** What was sent on account of a promise. */
export interface DeliveryLog {
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  /** There are more than are looked at. */
  readonly isCut: boolean;
}

export interface Messages {
  /** @throws Fault `invalid` */
  log(promiseId: string, request: RequestContext): Promise<DeliveryLog>;
  parked(what: ParkedSearch, request: RequestContext): Promise<ParkedPage>;
  /**
   * Sends a parked message on its way again; one that is on its way stays as it is.
   *
   * @throws Fault `messageNotFound`
   */
  replay(key: MessageKey, request: RequestContext): Promise<Message>;
  /** The same for all on a page. How many they were, and where the next page goes on. */
  replayAll(what: ParkedSearch, request: RequestContext): Promise<{ replayed: number; next?: ParkedPlace }>;
}

/** Messages of one promise that are shown. */
export const deliveriesMax = 200;

/** What one page may look at before it ends, full or not. */
const recordsMax = 1_000;

/** Messages read or written at once. */
const atOnceMax = 25;

export function messageService({ store, feed }: Pick<Conduct, "store" | "feed">): Messages {
  async function replay(message: Message, { now, cost }: RequestContext): Promise<Message | undefined> {
    if (message.parkedAt === undefined) {
      return message;
    }
    const { won, image } = await store.attempt(replaying(message, now), cost);
    if (won) {
      feed.arm(now);
    }
    return image;
  }

  return {
    async log(promiseId, { now, cost }) {
      checkId(promiseId);
      const found = await store.members("delivery", promiseId, deliveriesMax + 1, cost);
      const kept = found.slice(0, deliveriesMax).filter(({ expiresAt }) => now < expiresAt);
      return {
        deliveries: kept.sort((a, b) => a.createdAt - b.createdAt || compareText(a.id, b.id)),
        isCut: found.length > deliveriesMax,
      };
    },
    parked: (what, { cost }) => page(store, what, cost),
    async replay({ mailbox, id }, request) {
      const found = await store.find({ of: "message", in: mailbox, id }, request.cost);
      const replayed = found && (await replay(found, request));
      if (replayed === undefined) {
        throw new Fault("messageNotFound", { id });
      }
      return replayed;
    },
    async replayAll(what, request) {
      const { messages, next } = await page(store, what, request.cost);
      for await (const chunk of inChunks(messages)) {
        await Promise.all(chunk.map((message) => replay(message, request)));
      }
      return { replayed: messages.length, ...(next !== undefined && { next }) };
    },
  };
}

async function page(store: Store, { limit, from }: ParkedSearch, cost: Cost): Promise<ParkedPage> {
  const messages: Message[] = [];
  let last = from;
  let looked = 0;
  for await (const chunk of inChunks(places(store, from, cost))) {
    const found = await Promise.all(
      chunk.map(({ mailbox, id }) => store.find({ of: "message", in: mailbox, id }, cost)),
    );
    for (const [at, place] of chunk.entries()) {
      if (last !== undefined && (messages.length >= limit || looked >= recordsMax)) {
        return { messages, next: last };
      }
      const message = found[at];
      if (message?.parkedAt !== undefined) {
        messages.push(message);
      }
      looked += 1;
      last = place;
    }
  }
  return { messages };
}

/**
 * Every place of the list behind the given one. The store lists by id alone: all of one id are sorted here, so that a
 * page can end between two of them.
 */
async function* places(store: Store, from: ParkedPlace | undefined, cost: Cost): AsyncGenerator<ParkedPlace> {
  let after = from?.after;
  let sameId: MessageKey[] = [];
  function* sorted(): Generator<ParkedPlace> {
    for (const key of sameId.sort((a, b) => compareText(a.mailbox, b.mailbox))) {
      if (from === undefined || key.id !== from.id || compareText(key.mailbox, from.mailbox) > 0) {
        yield { ...key, ...(after !== undefined && { after }) };
      }
    }
  }
  for await (const keys of store.listedById("message", after, cost)) {
    for (const { in: mailbox = "", id } of keys) {
      const [first] = sameId;
      if (first !== undefined && first.id !== id) {
        yield* sorted();
        after = first.id;
        sameId = [];
      }
      sameId.push({ mailbox, id });
    }
  }
  yield* sorted();
}

async function* inChunks<Each>(all: AsyncIterable<Each> | Iterable<Each>): AsyncGenerator<readonly Each[]> {
  let chunk: Each[] = [];
  for await (const each of all) {
    chunk.push(each);
    if (chunk.length === atOnceMax) {
      yield chunk;
      chunk = [];
    }
  }
  yield chunk;
}
