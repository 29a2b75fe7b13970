/**
 * Messages that were given up or are held, as an operator sees them, and sends them on their way again.
 *
 * @module
 */

import {
  canonicalAddress,
  checkId,
  compareText,
  type Delivery,
  Fault,
  isFault,
  isLogFor,
  type Message,
  mailboxOf,
  replaying,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";
import { endpointIdOf } from "./endpoint-id.ts";
import { type Endpoints, endpointService } from "./endpoints.ts";
import { inChunks } from "./in-chunks.ts";
import { mailboxPages } from "./mailbox.ts";

/** What a message is known by: many mailboxes may each hold one of the same id. */
export type MessageKey = Pick<Message, "mailbox" | "id">;

/** A place in the list of messages, which is in order of ids, and of mailboxes within one. */
export interface MessagePlace extends MessageKey {
  /** The id before this one: the list is read again from there. */
  readonly after?: string;
}

export interface MessageSearch {
  /** Given up; or put aside, because their receiver is paused. */
  readonly state: "parked" | "held";
  /** Only what is to go there. */
  readonly address?: string;
  /** Only what tells of promises whose ids begin with it. */
  readonly prefix?: string;
  readonly limit: number;
  /** Where the page before ended. */
  readonly from?: MessagePlace;
}

export interface MessagePage {
  readonly messages: readonly Message[];
  /** Where the next page goes on; absent: there is nothing more. */
  readonly next?: MessagePlace;
}

/** What was sent on account of a promise. */
export interface DeliveryLog {
  /** Oldest first. */
  readonly deliveries: readonly Delivery[];
  /** There are more than are looked at. */
  readonly isCut: boolean;
}

export interface Messages extends Endpoints {
  /**
   * @param reach What is for a subscription whose prefix does not begin with it is left out.
   * @throws Fault `invalid`
   */
  log(promiseId: string, request: RequestContext, reach?: string): Promise<DeliveryLog>;
  list(what: MessageSearch, request: RequestContext): Promise<MessagePage>;
  /**
   * Sends a parked message on its way again; one that is on its way stays as it is. A paused receiver is tried now.
   *
   * @throws Fault `messageNotFound`
   */
  replay(key: MessageKey, request: RequestContext): Promise<Message>;
  /** The same for all on a page of parked ones. How many they were, and where the next page goes on. */
  replayAll(
    what: Omit<MessageSearch, "state">,
    request: RequestContext,
  ): Promise<{ replayed: number; next?: MessagePlace }>;
}

/** Messages of one promise that are shown. */
export const deliveriesMax = 200;

/** What one page may look at before it ends, full or not. */
const recordsMax = 1_000;

export function messageService({ store, feed }: Pick<Conduct, "store" | "feed">): Messages {
  const receivers = endpointService({ store, feed });

  /** Whoever replays messages takes it that their receivers work again: each is tried now, though it be paused. */
  async function resumeAll(messages: readonly Message[], request: RequestContext): Promise<void> {
    for (const mailbox of new Set(messages.map((message) => message.mailbox))) {
      await receivers.resume(endpointIdOf(mailbox), request).catch(unlessNotFound);
    }
  }

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
    ...receivers,
    async log(promiseId, { now, cost }, reach = "") {
      checkId(promiseId);
      const found = await store.members("delivery", promiseId, deliveriesMax + 1, cost);
      const kept = found.slice(0, deliveriesMax).filter((each) => now < each.expiresAt && isLogFor(each, reach));
      return {
        deliveries: kept.sort((a, b) => a.createdAt - b.createdAt || compareText(a.id, b.id)),
        isCut: found.length > deliveriesMax,
      };
    },
    list: (what, { cost }) => page(store, what, cost),
    async replay({ mailbox, id }, request) {
      const found = await store.find({ of: "message", in: mailbox, id }, request.cost);
      const replayed = found && (await replay(found, request));
      if (replayed === undefined) {
        throw new Fault("messageNotFound", { id });
      }
      await resumeAll([replayed], request);
      return replayed;
    },
    async replayAll(what, request) {
      const { messages, next } = await page(store, { ...what, state: "parked" }, request.cost);
      for await (const chunk of inChunks(messages)) {
        await Promise.all(chunk.map((message) => replay(message, request)));
      }
      await resumeAll(messages, request);
      return { replayed: messages.length, ...(next !== undefined && { next }) };
    },
  };
}

function unlessNotFound(error: unknown): void {
  if (!(isFault(error) && error.code === "endpointNotFound")) {
    throw error;
  }
}

async function page(store: Store, search: MessageSearch, cost: Cost): Promise<MessagePage> {
  const { limit, from, address } = search;
  const messages: Message[] = [];
  let last = from;
  let looked = 0;
  for await (const chunk of address === undefined
    ? listed(store, from, cost)
    : inMailbox(store, mailboxOf(address), from, cost)) {
    for (const { place, message } of chunk) {
      if (last !== undefined && (messages.length >= limit || looked >= recordsMax)) {
        return { messages, next: last };
      }
      if (message !== undefined && isSought(search, message)) {
        messages.push(message);
      }
      looked += 1;
      last = place;
    }
  }
  return { messages };
}

const isSought = ({ state, address, prefix = "" }: MessageSearch, message: Message): boolean =>
  (state === "parked" ? message.parkedAt : message.heldAt) !== undefined &&
  message.promiseId.startsWith(prefix) &&
  (address === undefined || [message.mailbox, canonicalAddress(message.address)].includes(canonicalAddress(address)));

/** What was found at a place; absent: it has gone. */
interface Looked {
  readonly place: MessagePlace;
  readonly message: Message | undefined;
}

async function* listed(store: Store, from: MessagePlace | undefined, cost: Cost): AsyncGenerator<readonly Looked[]> {
  for await (const chunk of inChunks(places(store, from, cost))) {
    const found = await Promise.all(
      chunk.map(({ mailbox, id }) => store.find({ of: "message", in: mailbox, id }, cost)),
    );
    yield chunk.map((place, at) => ({ place, message: found[at] }));
  }
}

/** All messages of one mailbox, in order of ids. */
async function* inMailbox(
  store: Store,
  mailbox: string,
  from: MessagePlace | undefined,
  cost: Cost,
): AsyncGenerator<readonly Looked[]> {
  for await (const messages of mailboxPages(store, mailbox, cost, from?.id)) {
    yield messages.map((message) => ({ place: { mailbox, id: message.id }, message }));
  }
}

/**
 * Every place of the list behind the given one. The store lists by id alone: all of one id are sorted here, so that a
 * page can end between two of them.
 */
async function* places(store: Store, from: MessagePlace | undefined, cost: Cost): AsyncGenerator<MessagePlace> {
  let after = from?.after;
  let sameId: MessageKey[] = [];
  function* sorted(): Generator<MessagePlace> {
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
