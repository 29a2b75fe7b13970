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
  /** In an image only, and then alone: the payload is too large for it, and kept beside the table. */
  readonly elsewhere?: Elsewhere;
}

/** Where a payload is kept, and how many bytes it comes to as it stands in JSON. */
export interface Elsewhere {
  readonly key: string;
  readonly bytes: number;
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

/**
 * What a promise comes from, handed on with what results from it: the trace that it was created or settled in (W3C Trace
 * Context), and the client's own name for that request. Never empty.
 */
export interface Trace {
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly requestId?: string;
}

export type TaskState = "pending" | "acquired" | "suspended" | "halted" | "fulfilled";

/**
 * The task of a promise that has a target, as fields of the promise: they are born and end together. A settled
 * promise's task is fulfilled, whatever stands here, so that settling need not know whether there is a task.
 */
export interface TaskFields {
  /** Present exactly when there is a task. */
  readonly taskState?: Exclude<TaskState, "fulfilled">;
  /** The fencing token: counts the acquisitions. */
  readonly taskVersion?: number;
  /** Who holds the task; present exactly while it is acquired, as are the lease's length and its beginning. */
  readonly pid?: string;
  /** Length of the lease, in milliseconds. */
  readonly ttl?: number;
  /** When the lease was taken or last renewed. */
  readonly leasedAt?: EpochMs;
  /** When the pending task is offered next; absent for a timer's, which nobody is to run. */
  readonly retryAt?: EpochMs;
  /** Awaited promises that have settled since the task was last acquired or suspended; absent: none. */
  readonly resumes?: number;
  /** Releases and expired leases in a row; absent: none. */
  readonly giveUps?: number;
  /** Token of the request that last changed the task. */
  readonly taskToken?: string;
}

/** Who waits for the promise. Past what fits here, waiters are things of their own. */
export interface WaiterFields {
  /** Ids of promises whose tasks await this one, sorted. Never empty. */
  readonly callbacks?: readonly string[];
  /** Addresses that are told of its end, sorted. Never empty. */
  readonly listeners?: readonly string[];
  /** There may be waiters beside those. */
  readonly moreWaiters?: true;
}

/** What a composite knows of its members. */
export interface CompositeFields {
  /** It is a composite whose members are still to be looked after: until it is settled, and they are let go. */
  readonly hasMembers?: true;
  /** What its members have come to so far, a text for each, sorted. Never empty. `resumes` counts those that came later. */
  readonly outcomes?: readonly string[];
}

/** What subscriptions are still to be told. */
export interface UntoldFields {
  /** That it was created. */
  readonly birthUntold?: true;
  /** How it has ended. */
  readonly endUntold?: true;
}

/** A durable promise as a store keeps it: the record, and what only the service reads. */
export interface PromiseImage extends PromiseRecord, TaskFields, WaiterFields, CompositeFields, UntoldFields {
  /** Token of the request that created the promise. */
  readonly createToken: string;
  /** Token of the request that settled it; absent when the deadline did. */
  readonly settleToken?: string;
  /** Nothing of the service's own happens to the promise before this moment: a lower bound. Absent: nothing ever will. */
  readonly dueAt?: EpochMs;
  readonly trace?: Trace;
  /** It was settled so long ago that the store takes it out, some time after this moment. Until then it is there. */
  readonly expiresAt?: EpochMs;
}

export const targetOf = (tags: Tags): string | undefined => tags["resonate:target"];

/** The first moment at which the task of a promise with these tags may be offered. */
export const delayOf = (tags: Tags): EpochMs => Number(tags["resonate:delay"] ?? 0);

/**
 * Whether anybody waits for the promise's end, or is still to be told of it: a composite's members are among those who
 * wait.
 */
export const isAwaited = ({ callbacks, listeners, ...image }: WaiterFields & CompositeFields & UntoldFields): boolean =>
  callbacks !== undefined || listeners !== undefined || isLeftDue(image);

/** Whether there is something left to do on a settled promise when those are told who wait in it. */
export const isLeftDue = ({
  moreWaiters,
  hasMembers,
  birthUntold,
  endUntold,
}: WaiterFields & CompositeFields & UntoldFields): boolean =>
  moreWaiters === true || hasMembers === true || birthUntold === true || endUntold === true;

/** The tag that makes a promise a composite: its rule, in JSON. */
export const compositeTag = "resonate:composite";

/** Whether the tags make the promise a timer, which its deadline resolves (`protocol/rest.md` 5, `protocol/rpc.md` 4). */
export const isTimer = (tags: Tags): boolean =>
  tags["resonate:timeout"] === "true" || tags["resonate:timer"] === "true";

/** What the deadline of a promise with these tags makes of it. */
export const stateAtDeadline = (tags: Tags): SettledState => (isTimer(tags) ? "resolved" : "rejected_timedout");

/** Whether the promise is a step inside a workflow: not listed in searches, and its deadline not armed at birth. */
export const isLocalStep = (tags: Tags): boolean => tags["resonate:scope"] === "local";

/** Whether the deadline has come but is not written yet. The deadline wins a tie. */
export const isOverdue = (promise: PromiseRecord, now: EpochMs): boolean =>
  promise.state === "pending" && now >= promise.timeoutAt;
