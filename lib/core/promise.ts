/**
 * The durable promise: what a client sees of it, and what is stored of it.
 *
 * @module
 */

/** A moment, in milliseconds since the epoch. */
export type EpochMs = number;

/** The latest moment there is: what a client sends past it is stored as this. */
export const endOfTime: EpochMs = Number.MAX_SAFE_INTEGER;

export type SettledState = "resolved" | "rejected" | "rejected_canceled" | "rejected_timedout";
export type PromiseState = "pending" | SettledState;

/** The verdicts that a client may give; only a deadline gives `rejected_timedout`. */
export type Verdict = Exclude<SettledState, "rejected_timedout">;

/** A payload. The service never interprets `data`. */
export interface Value {
  readonly headers?: Readonly<Record<string, string>>;
  readonly data?: string;
}

export type Tags = Readonly<Record<string, string>>;

/** A durable promise as its clients see it. */
export interface PromiseRecord {
  readonly id: string;
  readonly state: PromiseState;
  readonly param: Value;
  /** Empty until a client settles the promise; a deadline leaves it empty. */
  readonly value: Value;
  readonly tags: Tags;
  readonly timeoutAt: EpochMs;
  readonly createdAt: EpochMs;
  /** Present exactly when the promise is settled. */
  readonly settledAt?: EpochMs;
  readonly idempotencyKeyForCreate?: string;
  readonly idempotencyKeyForComplete?: string;
}

/** The trace that a promise was created or settled in (W3C Trace Context), handed on with what results from it. */
export interface Trace {
  readonly traceparent: string;
  readonly tracestate?: string;
}

/** A durable promise as a store keeps it: the record, and what only the service reads. */
export interface PromiseImage extends PromiseRecord {
  /** Token of the request that created the promise. */
  readonly createToken: string;
  /** Token of the request that settled it; absent when the deadline did. */
  readonly settleToken?: string;
  /** Nothing of the service's own happens to the promise before this moment; absent: nothing ever will. */
  readonly dueAt?: EpochMs;
  readonly trace?: Trace;
}

/** Whether the tags make the promise a timer, which its deadline resolves (`protocol/rest.md` 5, `protocol/rpc.md` 4). */
const isTimer = (tags: Tags): boolean => tags["resonate:timeout"] === "true" || tags["resonate:timer"] === "true";

/** What the deadline of a promise with these tags makes of it. */
export const stateAtDeadline = (tags: Tags): SettledState => (isTimer(tags) ? "resolved" : "rejected_timedout");

/** Whether the promise is a step inside a workflow: not listed in searches, and its deadline not armed at birth. */
export const isLocalStep = (tags: Tags): boolean => tags["resonate:scope"] === "local";

/** Whether the deadline has come but is not written yet. The deadline wins a tie. */
export const isOverdue = (promise: PromiseRecord, now: EpochMs): boolean =>
  promise.state === "pending" && now >= promise.timeoutAt;
