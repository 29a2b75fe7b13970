import type { EpochMs, LifecycleKind, PromiseState, Tags, Trace } from "#lib/core/index.ts";

/** What a bus is told of a lifecycle event: nothing of payloads, of idempotency keys or of who waits. */
export interface Announcement {
  /** The same however often the event is told, so that repetitions can be known. */
  readonly eventId: string;
  readonly kind: LifecycleKind;
  /** What tells this service's events from another's on the same bus. */
  readonly service: string;
  readonly id: string;
  /** What the promise is by then. */
  readonly state: PromiseState;
  readonly tags: Tags;
  /** Each tag once more, as one text: `name=value`. */
  readonly tagged: readonly string[];
  readonly createdAt: EpochMs;
  readonly timeoutAt: EpochMs;
  /** Present exactly when the promise is settled. */
  readonly settledAt?: EpochMs;
  readonly trace?: Trace;
}

/** Where lifecycle events are announced to whoever has asked for them. */
export interface Bus {
  /** @returns In their order, why each was not taken in the end; undefined: it was. */
  put(announcements: readonly Announcement[]): Promise<readonly (Error | undefined)[]>;
}
