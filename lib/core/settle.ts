import { Fault } from "./fault.ts";
import { isAliveAt, isBornBy, isPending } from "./guard.ts";
import { checkSettle } from "./limits.ts";
import type { Trace, Value, Verdict } from "./promise.ts";
import { again, answer, type Effect, type Moment, type Verb } from "./verb.ts";

export interface Settle {
  readonly id: string;
  readonly verdict: Verdict;
  readonly value: Value;
  readonly idempotencyKey?: string;
  readonly trace?: Trace;
}

/**
 * Settles a promise that is pending and alive; of any other, says what it is.
 *
 * @throws Fault `promiseNotFound`; `invalid` or `tooLarge` where the request breaks a limit.
 */
export function settle(request: Settle, moment: Moment): Verb<Effect> {
  checkSettle(request);
  const { id, verdict, value } = request;
  const { now, token } = moment;
  return {
    write: {
      id,
      guards: [isPending, isAliveAt(now), isBornBy(now)],
      change: {
        kind: "update",
        set: {
          state: verdict,
          value,
          settledAt: now,
          settleToken: token,
          ...(request.idempotencyKey !== undefined && { idempotencyKeyForComplete: request.idempotencyKey }),
          ...(request.trace !== undefined && { trace: request.trace }),
        },
        unset: ["dueAt"],
      },
      signedIn: "settleToken",
    },
    decide: ({ won, image }) => {
      if (image === undefined) {
        throw new Fault("promiseNotFound", { id });
      }
      // Another server's clock runs ahead of this one's: the promise is not born yet. Its birth is the earliest "now".
      return image.state === "pending"
        ? again(settle(request, { token, now: Math.max(now, image.createdAt) }))
        : answer({ changed: won, promise: image });
    },
  };
}
