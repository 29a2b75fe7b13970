import type { SettledState } from "./promise.ts";

/** One thing wrong with a request: which part of it, and what would be right. */
export interface Violation {
  /** Where the client put it, as the client knows it: `param.data`, `tags`, `limit`. */
  readonly field: string;
  /** A whole sentence's worth that names the field, and the limit with its unit if there is one. */
  readonly message: string;
}

/** Every way in which a well-formed request can fail, and what is known of it then. */
export interface FaultDetails {
  /** Fields are missing, of the wrong shape, or past a limit of length. */
  readonly invalid: { readonly violations: readonly Violation[] };
  /** A payload is larger than the service holds. */
  readonly tooLarge: { readonly violations: readonly Violation[] };
  /** Nobody knows who asks. */
  readonly unauthorized: Record<never, never>;
  /** The one who asks may not have this done. */
  readonly forbidden: Record<never, never>;
  readonly promiseNotFound: { readonly id: string };
  readonly promiseExists: { readonly id: string };
  readonly promiseSettled: { readonly id: string; readonly state: SettledState };
  /** A promise that is to be a composite's member. */
  readonly memberNotFound: { readonly id: string };
  /** A promise that somebody is to wait for. */
  readonly awaitedNotFound: { readonly id: string };
  readonly awaiterNotFound: { readonly id: string };
  readonly awaiterWithoutTask: { readonly id: string };
  /** A task was asked for of a promise that has none. */
  readonly promiseWithoutTask: { readonly id: string };
  readonly taskNotFound: { readonly id: string };
  /** The task is held, suspended or halted: it cannot be created again. */
  readonly taskExists: { readonly id: string };
  readonly taskNotPending: { readonly id: string };
  readonly taskVersionMismatch: { readonly id: string };
  /** The task is not acquired at this version, or its promise has ended. */
  readonly taskNotHeld: { readonly id: string };
  readonly taskFulfilled: { readonly id: string };
  readonly taskNotHalted: { readonly id: string };
  readonly scheduleNotFound: { readonly id: string };
  readonly scheduleExists: { readonly id: string };
  readonly messageNotFound: { readonly id: string };
  readonly endpointNotFound: { readonly id: string };
  readonly linkNotFound: { readonly id: string };
  /** The promise has as many links as it may have: so many that are live, or in all. */
  readonly tooManyLinks: { readonly id: string; readonly countMax: number; readonly which: "live" | "all" };
  readonly hookNotFound: { readonly id: string };
  /** There is a hook of this name already, or it has changed since it was seen. */
  readonly hookExists: { readonly id: string };
  readonly tooManyHooks: { readonly countMax: number };
  readonly tooManySecrets: { readonly id: string; readonly countMax: number };
  readonly secretNotFound: { readonly id: string };
  /** The limit of this name is reached, in all of the service: the same may be done again after so long. */
  readonly tooManyRequests: { readonly limit: string; readonly perMinuteMax: number; readonly waitMs: number };
  readonly subscriptionNotFound: { readonly id: string };
  /** There is a subscription of this name already, or it has changed since it was seen. */
  readonly subscriptionExists: { readonly id: string };
  readonly tooManySubscriptions: { readonly countMax: number };
  /** The store is throttled, in conflict or out of reach: the same request may succeed in a moment. */
  readonly storeUnavailable: Record<never, never>;
  /** The store answered with an error that repeating will not mend. */
  readonly storeFailed: Record<never, never>;
}

export type FaultCode = keyof FaultDetails;

export class Fault<Code extends FaultCode> extends Error {
  override readonly name = "Fault";
  readonly code: Code;
  readonly details: FaultDetails[Code];

  constructor(code: Code, details: FaultDetails[Code], options?: ErrorOptions) {
    super(code, options);
    this.code = code;
    this.details = details;
  }
}

export type AnyFault = { [Code in FaultCode]: Fault<Code> }[FaultCode];

/** Narrows better than `instanceof`, which makes the details of a generic class `any`. */
export const isFault = (error: unknown): error is AnyFault => error instanceof Fault;
