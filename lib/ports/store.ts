import type { EpochMs, GuardedChange, Outcome, Position, PromiseImage } from "#lib/core/index.ts";

/** What one request has cost so far; every call of the store adds to it. */
export interface Cost {
  /** Requests sent to the database, repeated ones included. */
  roundTrips: number;
}

/** An entry of the due index. */
export interface DueEntry {
  readonly id: string;
  readonly dueAt: EpochMs;
}

/**
 * Where promises are kept. All but the two indexes is strongly consistent; an index may lag by a moment, so what it
 * lists is only where to look.
 *
 * Every method may throw a Fault: `storeUnavailable` when the same call may succeed in a moment (whether a write took
 * effect is then unknown), `storeFailed` otherwise.
 */
export interface Store {
  get(id: string, cost: Cost): Promise<PromiseImage | undefined>;

  /** The promises of these ids that there are, in any order. */
  read(ids: readonly string[], cost: Cost): Promise<readonly PromiseImage[]>;

  /** Tries the change once. A write that refuses only its own repetition has won. */
  attempt(write: GuardedChange, cost: Cost): Promise<Outcome>;

  /**
   * Where the listed promises are, newest first, in batches, after the given place. Holds all whose id begins with the
   * prefix; others too, where walking past them costs less than sorting.
   */
  listed(prefix: string, after: Position | undefined, cost: Cost): AsyncIterable<readonly Position[]>;

  /** Into how many shards the due index is cut. */
  readonly dueShards: number;

  /** What one shard of the due index lists up to the moment, inclusive, earliest first, in batches. */
  due(shard: number, until: EpochMs, cost: Cost): AsyncIterable<readonly DueEntry[]>;
}
