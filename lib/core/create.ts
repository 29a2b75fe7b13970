import { isAbsent } from "./guard.ts";
import { checkCreate } from "./limits.ts";
import {
  type EpochMs,
  endOfTime,
  isLocalStep,
  type PromiseImage,
  stateAtDeadline,
  type Tags,
  type Trace,
  type Value,
} from "./promise.ts";
import { answer, type Effect, type Moment, type Verb } from "./verb.ts";

export interface Create {
  readonly id: string;
  readonly timeoutAt: EpochMs;
  readonly param: Value;
  readonly tags: Tags;
  readonly idempotencyKey?: string;
  readonly trace?: Trace;
}

/**
 * Creates a promise unless there is one of that id. One whose deadline has passed already is born settled by it
 * (`protocol/rpc.md` 5).
 *
 * @throws Fault `invalid` or `tooLarge` where the request breaks a limit.
 */
export function create(request: Create, { now, token }: Moment): Verb<Effect> {
  checkCreate(request);
  const { id } = request;
  return {
    write: {
      id,
      guards: [isAbsent],
      change: { kind: "put", image: newborn(request, now, token) },
      signedIn: "createToken",
    },
    decide: ({ won, image }) => {
      if (image === undefined) {
        throw new Error("a create is refused only by the promise that is there");
      }
      return answer({ changed: won, promise: image });
    },
  };
}

function newborn(request: Create, now: EpochMs, token: string): PromiseImage {
  const { id, param, tags } = request;
  const timeoutAt = Math.min(request.timeoutAt, endOfTime);
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
  if (now >= timeoutAt) {
    return { ...constant, state: stateAtDeadline(tags), createdAt: timeoutAt, settledAt: timeoutAt };
  }
  return { ...constant, state: "pending", createdAt: now, ...(!isLocalStep(tags) && { dueAt: timeoutAt }) };
}
