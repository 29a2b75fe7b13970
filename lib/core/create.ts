import type { GuardedChange } from "./change.ts";
import { isAbsent } from "./guard.ts";
import { settledAs } from "./lifecycle.ts";
import { checkCreate } from "./limits.ts";
import {
  delayOf,
  type EpochMs,
  endOfTime,
  isLocalStep,
  isTimer,
  type PromiseImage,
  stateAtDeadline,
  type Tags,
  type TaskFields,
  type Trace,
  targetOf,
  type Value,
} from "./promise.ts";
import { isWatched, type Subscription } from "./subscription.ts";
import { after, nextDue } from "./task.ts";
import { answer, type Effect, type EventMoment, type Moment, type Verb } from "./verb.ts";

export interface Create {
  readonly id: string;
  readonly timeoutAt: EpochMs;
  readonly param: Value;
  readonly tags: Tags;
  readonly idempotencyKey?: string;
  readonly trace?: Trace;
  /** Of a composite: what those members are made of that are created along with it, unless they are there. */
  readonly members?: readonly Create[];
}

/**
 * Creates a promise unless there is one of that id. One whose deadline has passed already is born settled by it
 * (`protocol/rpc.md` 5).
 *
 * @throws Fault `invalid` or `tooLarge` where the request breaks a limit.
 */
export function create(request: Create, moment: EventMoment): Verb<Effect> {
  checkCreate(request);
  return {
    write: creation(newborn(request, moment)),
    decide: ({ won, image }) => {
      if (image === undefined) {
        throw new Error("a create is refused only by the promise that is there");
      }
      return answer({ changed: won, promise: image });
    },
  };
}

/** The one write that brings a promise into being. */
export const creation = (image: PromiseImage): GuardedChange => ({
  of: "promise",
  id: image.id,
  guards: [isAbsent],
  change: { kind: "put", image },
  signedIn: "createToken",
});

/**
 * A promise as it is born: with a task, pending or already held, if it has a target. It is due at once where subscriptions
 * are to be told of it.
 */
export function newborn(request: Create, moment: EventMoment, held?: TaskFields): PromiseImage {
  const { id, param, tags } = request;
  const { now, token, subscriptions } = moment;
  const timeoutAt = Math.min(request.timeoutAt, endOfTime);
  const hasTarget = targetOf(tags) !== undefined;
  const constant = {
    id,
    param,
    value: {},
    tags,
    timeoutAt,
    createToken: token,
    ...(request.idempotencyKey !== undefined && { idempotencyKeyForCreate: request.idempotencyKey }),
    ...(request.trace !== undefined && { trace: request.trace }),
  };
  const isTold = isWatched(subscriptions, "created", request);
  if (now >= timeoutAt) {
    const born = {
      ...constant,
      ...(hasTarget && ({ taskState: "pending", taskVersion: 0 } as const)),
      createdAt: timeoutAt,
      ...(isTold && ({ birthUntold: true } as const)),
    };
    return endedAtBirth(born, timeoutAt, subscriptions);
  }
  const born: PromiseImage = {
    ...constant,
    ...(hasTarget && (held ?? waiting(tags, moment))),
    state: "pending",
    createdAt: now,
    ...(isTold && { birthUntold: true }),
  };
  const isUnarmed = isLocalStep(tags) && !hasTarget && !isTold;
  // The time-out of a step is noticed by itself where somebody is to be told of it.
  return isUnarmed && !isWatched(subscriptions, settledAs[stateAtDeadline(tags)], request)
    ? born
    : { ...born, dueAt: isTold ? now : nextDue(born) };
}

/** What its deadline has made of a promise before it could be born. */
export function endedAtBirth(
  born: Omit<PromiseImage, "state" | "settledAt" | "dueAt">,
  settledAt: EpochMs,
  subscriptions: readonly Subscription[],
): PromiseImage {
  const state = stateAtDeadline(born.tags);
  const isTold = isWatched(subscriptions, settledAs[state], born);
  const image: PromiseImage = { ...born, state, settledAt, ...(isTold && { endUntold: true }) };
  return isTold || born.birthUntold ? { ...image, dueAt: settledAt } : image;
}

/** A task that nobody holds yet. Whoever gets a timer's could only wait, so it is offered to nobody. */
const waiting = (tags: Tags, { now, retryMs }: Moment): TaskFields => ({
  taskState: "pending",
  taskVersion: 0,
  ...(!isTimer(tags) && { retryAt: delayOf(tags) > now ? delayOf(tags) : after(now, retryMs) }),
});
