import type {
  AnyChange,
  ChangeTo,
  EpochMs,
  Key,
  Kind,
  Outcome,
  Position,
  PromiseImage,
  Things,
} from "#lib/core/index.ts";

/** What one request has cost so far; every call of the store adds to it. */
export interface Cost {
  /** Requests sent to the database, repeated ones included. */
  roundTrips: number;
}

/** When a request came, and what it has cost. */
export interface RequestMoment {
  readonly now: EpochMs;
  readonly cost: Cost;
}

/** An entry of the due index. */
export interface DueEntry extends Key {
  readonly dueAt: EpochMs;
}

/** What came of a transaction. */
export type Transacted =
  | {
      readonly won: true;
      /** What each change has made, where the store knows it without looking. */
      readonly images: readonly (Things[Kind] | undefined)[];
    }
  | {
      readonly won: false;
      /** For each change, whether its own guards refused it, and what is there. */
      readonly refusals: readonly ({ readonly image: Things[Kind] | undefined } | undefined)[];
      /** The things are too large for one transaction: nothing refused it, and fewer of them may do. */
      readonly isTooLarge?: true;
    };

/** What has payloads: a promise, a schedule. */
export type WithPayloads = Pick<PromiseImage, "param" | "value"> | Pick<Things["schedule"], "promiseParam">;

/** Changes that one transaction holds. */
export const transactionMax = 100;

/** Kinds of things of which there is a list of all. */
export type Listed = "promise" | "schedule" | "message" | "key" | "hook" | "endpoint";

/**
 * Where everything is kept. Payloads that are too large for that are kept elsewhere, and left out ({@link Store.whole}).
 * All but the indexes is strongly consistent; an index may lag by a moment, so what it lists
 * is only where to look.
 *
 * Every method may throw a Fault: `storeUnavailable` when the same call may succeed in a moment (whether a write took
 * effect is then unknown), `storeFailed` otherwise.
 */
export interface Store {
  get(id: string, cost: Cost): Promise<PromiseImage | undefined>;

  /** A thing of any kind. */
  find<Of extends Kind>(key: Key<Of>, cost: Cost): Promise<Things[Of] | undefined>;

  /** The promises of these ids that there are, in any order. */
  read(ids: readonly string[], cost: Cost): Promise<readonly PromiseImage[]>;

  /**
   * The thing with its payloads, where the store has left them out of what it gives: those that are kept elsewhere.
   */
  whole<Thing extends WithPayloads>(thing: Thing, cost: Cost): Promise<Thing>;

  /** The things of a kind that belong to something, in order of ids after the given one. */
  members<Of extends "waiter" | "message" | "link" | "delivery" | "subscription" | "kept" | "room" | "hookEvent">(
    of: Of,
    within: string,
    limit: number,
    cost: Cost,
    after?: string,
  ): Promise<readonly Things[Of][]>;

  /** Tries the change once. A write that refuses only its own repetition has won. */
  attempt<Of extends Kind>(write: ChangeTo<Of>, cost: Cost): Promise<Outcome<Things[Of]>>;

  /** Tries all of the changes as one, up to {@link transactionMax}, no two of one thing. Conflicts with others are tried again. */
  transact(writes: readonly AnyChange[], cost: Cost): Promise<Transacted>;

  /** The call tree that the promise belongs to, in order of ids after the given one, in batches. Consistent. */
  lineage(id: string, after: string | undefined, cost: Cost): AsyncIterable<readonly PromiseImage[]>;

  /**
   * Where the listed promises are, newest first, in batches, after the given place. Holds all whose id begins with the
   * prefix; others too, where walking past them costs less than sorting.
   */
  listed(prefix: string, after: Position | undefined, cost: Cost): AsyncIterable<readonly Position[]>;

  /** Where the listed promises are that were created up to the moment, oldest first, in batches, after the given place. */
  oldest(until: EpochMs, after: Position | undefined, cost: Cost): AsyncIterable<readonly Position[]>;

  /** The listed things of a kind in order of ids (by code point), after the given one, in batches. */
  listedById(of: Listed, after: string | undefined, cost: Cost): AsyncIterable<readonly Key[]>;

  /** Takes out what has expired by the moment; absent: the store does so by itself, some time. */
  reap?(until: EpochMs, cost: Cost): Promise<void>;

  /** Into how many shards the due index is cut. */
  readonly dueShards: number;

  /** What one shard of the due index lists up to the moment, inclusive, earliest first, in batches. */
  due(shard: number, until: EpochMs, cost: Cost): AsyncIterable<readonly DueEntry[]>;
}
