import type { GuardedChange, Outcome } from "./change.ts";
import type { EpochMs, PromiseImage } from "./promise.ts";
import type { Subscription } from "./subscription.ts";

/** What is known of the request that asks for a verb. */
export interface Moment {
  /** The clock, read once per request. */
  readonly now: EpochMs;
  /** Unique to the request: its writes are recognised by it. */
  readonly token: string;
  /** After how long a pending task is offered again, in milliseconds. */
  readonly retryMs: number;
}

/** The same of a request that may create or settle a promise: the subscriptions that are in force. */
export interface EventMoment extends Moment {
  readonly subscriptions: readonly Subscription[];
}

/** A verb: a guarded change to try, and what to say when it has won or lost. */
export interface Verb<Answer> {
  readonly write: GuardedChange;
  /**
   * The answer from the image, or the verb to try next now that the image is known. A time-out that the image had
   * met is written before this is asked.
   *
   * @throws Fault where the image refuses the verb for good.
   */
  readonly decide: (outcome: Outcome) => Answered<Answer> | Again<Answer>;
}

interface Answered<Answer> {
  readonly kind: "answer";
  readonly answer: Answer;
}

interface Again<Answer> {
  readonly kind: "again";
  readonly verb: Verb<Answer>;
}

/** What a verb that changes a promise says: whether it was this request that changed it, and what stands now. */
export interface Effect {
  readonly changed: boolean;
  readonly promise: PromiseImage;
}

export const answer = <Answer>(given: Answer): Answered<Answer> => ({ kind: "answer", answer: given });
export const again = <Answer>(verb: Verb<Answer>): Again<Answer> => ({ kind: "again", verb });
