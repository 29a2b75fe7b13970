/**
 * Faults as the REST door tells them (`protocol/rest.md` 8).
 *
 * @module
 */

import type { AnyFault, FaultCode, SettledState, Violation } from "#lib/core/index.ts";
import { json } from "../context.ts";

export type ErrorStatus = 400 | 401 | 403 | 404 | 405 | 409 | 410 | 413 | 429 | 500 | 503;

interface ErrorDetail {
  readonly "@type": "RequestError" | "FieldValidationError" | "ServerError";
  readonly message: string;
  readonly domain: "request" | "server";
  readonly metadata: Readonly<Record<string, string>>;
}

/** An answer that says what went wrong. */
export interface ErrorAnswer {
  readonly status: ErrorStatus;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: {
    readonly error: { readonly code: number; readonly message: string; readonly details: readonly ErrorDetail[] };
  };
}

/** How long to wait before the same request may succeed. */
const retryAfterSeconds = 1;

export function errorAnswer(
  status: ErrorStatus,
  code: number,
  message: string,
  details: readonly ErrorDetail[] = [],
): ErrorAnswer {
  return { status, body: { error: { code, message, details } } };
}

type Telling<Code extends FaultCode> = (details: Extract<AnyFault, { code: Code }>["details"]) => ErrorAnswer;

const settled: Readonly<Record<SettledState, { code: number; message: string }>> = {
  resolved: { code: 40300, message: "promise is resolved" },
  rejected: { code: 40301, message: "promise is rejected" },
  rejected_canceled: { code: 40302, message: "promise is canceled" },
  rejected_timedout: { code: 40303, message: "promise is timed out" },
};

const tellings: { readonly [Code in FaultCode]: Telling<Code> } = {
  invalid: ({ violations }) => errorAnswer(400, 40000, "invalid request", violations.map(fieldError)),
  tooLarge: ({ violations }) =>
    errorAnswer(413, 41300, violations.map(({ message }) => message).join("; "), violations.map(fieldError)),
  unauthorized: () => errorAnswer(401, 40100, "a credential is needed, or this one is not accepted"),
  forbidden: () => errorAnswer(403, 40310, "the credential does not allow this"),
  promiseNotFound: () => errorAnswer(404, 40400, "no such promise"),
  promiseExists: () => errorAnswer(409, 40900, "promise exists"),
  promiseSettled: ({ state }) =>
    errorAnswer(403, settled[state].code, settled[state].message, [
      { "@type": "RequestError", message: "do not retry", domain: "request", metadata: {} },
    ]),
  memberNotFound: ({ id }) => errorAnswer(404, 40405, `no such member: there is no promise ${JSON.stringify(id)}`),
  awaitedNotFound: () => errorAnswer(404, 40400, "no such promise"),
  awaiterNotFound: () => errorAnswer(404, 40400, "no such awaiting promise"),
  awaiterWithoutTask: () => errorAnswer(400, 40000, "the awaiting promise has no resonate:target tag"),
  promiseWithoutTask: () => errorAnswer(400, 40000, "the promise has no resonate:target tag"),
  taskNotFound: () => errorAnswer(404, 40402, "no such task"),
  taskExists: () => errorAnswer(409, 40902, "task exists"),
  taskNotPending: () => errorAnswer(409, 40902, "task is not pending"),
  taskVersionMismatch: () => errorAnswer(409, 40902, "task has another version"),
  taskNotHeld: () => errorAnswer(409, 40902, "task is not held at this version"),
  taskFulfilled: () => errorAnswer(409, 40902, "task is fulfilled"),
  taskNotHalted: () => errorAnswer(409, 40902, "task is not halted"),
  scheduleNotFound: () => errorAnswer(404, 40401, "no such schedule"),
  scheduleExists: () => errorAnswer(409, 40901, "schedule exists"),
  messageNotFound: () => errorAnswer(404, 40403, "no such message"),
  endpointNotFound: () => errorAnswer(404, 40408, "no such endpoint"),
  linkNotFound: () => errorAnswer(404, 40404, "no such link"),
  tooManyLinks: ({ countMax, which }) =>
    errorAnswer(
      409,
      40903,
      `a promise has at most ${countMax} links${which === "live" ? " that are live" : " in all"}`,
      limitReached(which === "live" ? "liveLinksMax" : "linksMax", countMax),
    ),
  hookNotFound: () => errorAnswer(404, 40405, "no such hook"),
  hookExists: () =>
    errorAnswer(409, 40904, "a hook of this name exists, or has changed since the version that was named"),
  tooManyHooks: ({ countMax }) =>
    errorAnswer(409, 40905, `a service has at most ${countMax} hooks`, limitReached("hooksMax", countMax)),
  secretNotFound: () => errorAnswer(404, 40406, "no such secret"),
  tooManySecrets: ({ countMax }) =>
    errorAnswer(
      409,
      40906,
      `at most ${countMax} secrets may be in force at once`,
      limitReached("secretsMax", countMax),
    ),
  tooManyRequests: ({ limit, perMinuteMax, waitMs }) => ({
    ...errorAnswer(429, 42900, `too many requests: ${limit} is ${perMinuteMax}`),
    headers: { "retry-after": String(Math.ceil(waitMs / 1_000)) },
  }),
  subscriptionNotFound: () => errorAnswer(404, 40407, "no such subscription"),
  subscriptionExists: () =>
    errorAnswer(409, 40907, "a subscription of this name exists, or has changed since the version that was named"),
  tooManySubscriptions: ({ countMax }) =>
    errorAnswer(
      409,
      40908,
      `a service has at most ${countMax} subscriptions`,
      limitReached("subscriptionsMax", countMax),
    ),
  storeUnavailable: () => ({
    ...errorAnswer(503, 50300, "the store is busy or out of reach", [serverError("retry in a moment")]),
    headers: { "retry-after": String(retryAfterSeconds) },
  }),
  storeFailed: () => errorAnswer(500, 50004, "store failed", [serverError("the store refused the request")]),
};

export function tellFault(fault: AnyFault): ErrorAnswer {
  return (tellings[fault.code] as Telling<FaultCode>)(fault.details as never);
}

/** What is not foreseen is told without a word about it: the log has the rest. */
export const unexpected: ErrorAnswer = errorAnswer(500, 50000, "internal error");

/** For a request that is no request: its target or host makes no URL. */
export const unintelligible: ErrorAnswer = errorAnswer(400, 40000, "the request's target or host header makes no URL");

export const tell = ({ status, body, headers }: ErrorAnswer): Response => json(body, status, headers);

const fieldError = ({ message }: Violation): ErrorDetail => ({
  "@type": "FieldValidationError",
  message,
  domain: "request",
  metadata: {},
});

/** Which limit it is that there are as many as it allows, and how many. */
const limitReached = (limit: string, countMax: number): readonly ErrorDetail[] => [
  {
    "@type": "RequestError",
    message: `${limit} is ${countMax}`,
    domain: "request",
    metadata: { limit, countMax: String(countMax) },
  },
];

const serverError = (message: string): ErrorDetail => ({
  "@type": "ServerError",
  message,
  domain: "server",
  metadata: {},
});
