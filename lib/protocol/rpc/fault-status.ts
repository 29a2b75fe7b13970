/**
 * Faults as this door tells them: a status and one sentence (`protocol/rpc.md` 1.4, 7).
 *
 * @module
 */

import type { AnyFault, FaultCode, Violation } from "#lib/core/index.ts";

export interface Telling {
  readonly status: number;
  readonly message: string;
}

type Tell<Code extends FaultCode> = Telling | ((details: Extract<AnyFault, { code: Code }>["details"]) => Telling);

/** How some kinds tell some faults in words of their own. */
export type OwnTellings = { readonly [Code in FaultCode]?: Tell<Code> };

const joined = (violations: readonly Violation[]): string => violations.map(({ message }) => message).join("; ");

const tellings: { readonly [Code in FaultCode]: Tell<Code> } = {
  invalid: ({ violations }) => ({ status: 400, message: joined(violations) }),
  tooLarge: ({ violations }) => ({ status: 413, message: joined(violations) }),
  unauthorized: { status: 401, message: "Unauthorized" },
  forbidden: { status: 403, message: "Forbidden" },
  promiseNotFound: { status: 404, message: "Promise not found" },
  promiseExists: { status: 409, message: "Already exists" },
  promiseSettled: { status: 409, message: "Promise is settled" },
  memberNotFound: ({ id }) => ({ status: 422, message: `Member promise not found: ${id}` }),
  awaitedNotFound: { status: 404, message: "Awaited promise not found" },
  awaiterNotFound: { status: 422, message: "Awaiter promise not found" },
  awaiterWithoutTask: { status: 422, message: "Awaiter promise has no resonate:target tag" },
  promiseWithoutTask: { status: 422, message: "The promise does not have a resonate:target tag" },
  taskNotFound: { status: 404, message: "Task not found" },
  taskExists: { status: 409, message: "Already exists" },
  taskNotPending: { status: 409, message: "Task is not pending" },
  taskVersionMismatch: { status: 409, message: "Version mismatch" },
  taskNotHeld: { status: 409, message: "Task version mismatch or invalid state" },
  taskFulfilled: { status: 409, message: "Task is fulfilled" },
  taskNotHalted: { status: 409, message: "Task is not halted" },
  scheduleNotFound: { status: 404, message: "Schedule not found" },
  scheduleExists: { status: 409, message: "Already exists" },
  messageNotFound: { status: 404, message: "Message not found" },
  endpointNotFound: { status: 404, message: "Endpoint not found" },
  linkNotFound: { status: 404, message: "Link not found" },
  tooManyLinks: { status: 409, message: "Too many links" },
  hookNotFound: { status: 404, message: "Hook not found" },
  hookExists: { status: 409, message: "Already exists" },
  tooManyHooks: { status: 409, message: "Too many hooks" },
  secretNotFound: { status: 404, message: "Secret not found" },
  tooManySecrets: { status: 409, message: "Too many secrets" },
  tooManyRequests: ({ limit, perMinuteMax }) => ({
    status: 429,
    message: `Too many requests: ${limit} is ${perMinuteMax}`,
  }),
  subscriptionNotFound: { status: 404, message: "Subscription not found" },
  subscriptionExists: { status: 409, message: "Already exists" },
  tooManySubscriptions: { status: 409, message: "Too many subscriptions" },
  storeUnavailable: { status: 503, message: "Service is busy or its store out of reach, retry in a moment" },
  storeFailed: { status: 500, message: "Internal error" },
};

export function tellFault({ code, details }: AnyFault, own: OwnTellings = {}): Telling {
  const telling = (own[code] ?? tellings[code]) as Telling | ((given: typeof details) => Telling);
  return typeof telling === "function" ? telling(details) : telling;
}
