import { type EpochMs, isOverdue, type PromiseRecord, stateAtDeadline } from "./promise.ts";

/**
 * What time alone has made of a promise: one whose deadline has come is settled by it, written down or not.
 * Only rows of a search are shown so; every other answer waits until the time-out is written.
 */
export function project<P extends PromiseRecord>(promise: P, now: EpochMs): P {
  return isOverdue(promise, now)
    ? { ...promise, state: stateAtDeadline(promise.tags), settledAt: promise.timeoutAt }
    : promise;
}
