import type { GuardedChange } from "./change.ts";
import { Fault } from "./fault.ts";
import { type Guard, isAliveAt, isBornBy, isPending, isTaskIn, isUnarmed, isUnawaited, isVersion } from "./guard.ts";
import { checkSettle } from "./limits.ts";
import type { PromiseImage, Trace, Value, Verdict } from "./promise.ts";
import { type Leaving, leaving } from "./subscription.ts";
import { hasTask, isHeldAt } from "./task.ts";
import { again, answer, type Effect, type EventMoment, type Moment, type Verb } from "./verb.ts";

export interface Settle {
  readonly id: string;
  readonly verdict: Verdict;
  readonly value: Value;
  readonly idempotencyKey?: string;
  readonly trace?: Trace;
}

export interface Fulfill extends Settle {
  /** The version at which the task is held. */
  readonly version: number;
}

/**
 * Settles a promise that is pending and alive; of any other, says what it is.
 *
 * @throws Fault `promiseNotFound`; `invalid` or `tooLarge` where the request breaks a limit.
 */
export function settle(request: Settle, moment: EventMoment): Verb<Effect> {
  checkSettle(request);
  return settling(request, moment, []);
}

/**
 * Settles a promise by whoever holds its task.
 *
 * @throws Fault `taskNotFound`, `taskNotHeld`; `invalid` or `tooLarge` where the request breaks a limit.
 */
export function fulfill(request: Fulfill, moment: EventMoment): Verb<Effect> {
  checkSettle(request);
  const { id, version } = request;
  const verb = settling(request, moment, [isTaskIn("acquired"), isVersion(version)]);
  return heldOnly(verb);

  function heldOnly({ write, decide }: Verb<Effect>): Verb<Effect> {
    return {
      write,
      decide: (outcome) => {
        const { won, image } = outcome;
        if (won) {
          return decide(outcome);
        }
        if (!hasTask(image)) {
          throw new Fault("taskNotFound", { id });
        }
        if (!isHeldAt(image, version)) {
          throw new Fault("taskNotHeld", { id });
        }
        const step = decide(outcome);
        return step.kind === "again" ? again(heldOnly(step.verb)) : step;
      },
    };
  }
}

function settling(request: Settle, moment: EventMoment, holding: readonly Guard[], seen?: PromiseImage): Verb<Effect> {
  const { id } = request;
  return {
    write: settlement(request, moment, holding, leaving(request, moment, seen)),
    decide: ({ won, image }) => {
      if (image === undefined) {
        throw new Fault("promiseNotFound", { id });
      }
      return won || image.state !== "pending"
        ? answer({ changed: won, promise: image })
        : again(settling(request, bornBy(image, moment), holding, image));
    },
  };
}

/** Another server's clock may run ahead of this one's: a promise's birth is the earliest "now" that there is for it. */
export const bornBy = <At extends Moment>(image: PromiseImage, moment: At): At => ({
  ...moment,
  now: Math.max(moment.now, image.createdAt),
});

/**
 * The one write that settles a promise for a client. Whoever waits must be told, and so must subscriptions: what they wait
 * for is left due at once. Tried first is that nobody waits, since that is known without looking.
 */
export function settlement(
  { verdict: state, value, idempotencyKey, trace, id }: Settle,
  { now, token }: Moment,
  holding: readonly Guard[],
  { isDue, isWatched, isUnarmed: mustBeUnarmed }: Leaving,
): GuardedChange {
  return {
    of: "promise",
    id,
    guards: [
      isPending,
      isAliveAt(now),
      isBornBy(now),
      ...holding,
      ...(mustBeUnarmed ? [isUnarmed] : []),
      ...(isDue ? [] : isUnawaited),
    ],
    change: {
      kind: "update",
      set: {
        state,
        value,
        settledAt: now,
        settleToken: token,
        ...(isDue && { dueAt: now }),
        ...(isWatched && { endUntold: true }),
        ...(idempotencyKey !== undefined && { idempotencyKeyForComplete: idempotencyKey }),
        ...(trace !== undefined && { trace }),
      },
      unset: isDue ? [] : ["dueAt"],
    },
    signedIn: "settleToken",
  };
}
