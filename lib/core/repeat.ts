/**
 * When a repeated create or completion is welcome: the rules of the REST door (`protocol/rest.md` 4), which knows
 * idempotency keys and strictness. Both are read from the promise that stands, so no write needs to look at them.
 *
 * @module
 */

import { Fault } from "./fault.ts";
import type { PromiseRecord, Verdict } from "./promise.ts";
import type { ScheduleRecord } from "./schedule.ts";

/** How a request that finds its work done already wants to be answered. */
export interface Terms {
  readonly idempotencyKey?: string;
  /** Accept a repeat only of a promise in the state that the request would have made. */
  readonly strict: boolean;
}

/** @throws Fault `promiseExists` unless this create is a repeat of the one that made the promise. */
export function acceptCreate(promise: PromiseRecord, { idempotencyKey, strict }: Terms): void {
  const inState = !strict || promise.state === "pending";
  if (!(isSameKey(idempotencyKey, promise.idempotencyKeyForCreate) && inState)) {
    throw new Fault("promiseExists", { id: promise.id });
  }
}

/** @throws Fault `promiseSettled` unless this completion is a repeat of the one that settled the promise. */
export function acceptSettle(promise: PromiseRecord, verdict: Verdict, { idempotencyKey, strict }: Terms): void {
  const { id, state } = promise;
  if (state === "pending") {
    throw new Error("a pending promise is not settled");
  }
  const accepted =
    state === "rejected_timedout"
      ? !strict
      : isSameKey(idempotencyKey, promise.idempotencyKeyForComplete) && (!strict || state === verdict);
  if (!accepted) {
    throw new Fault("promiseSettled", { id, state });
  }
}

/** @throws Fault `scheduleExists` unless this create is a repeat of the one that made the schedule. */
export function acceptSchedule(schedule: ScheduleRecord, { idempotencyKey }: Pick<Terms, "idempotencyKey">): void {
  if (!isSameKey(idempotencyKey, schedule.idempotencyKey)) {
    throw new Fault("scheduleExists", { id: schedule.id });
  }
}

/** A missing key never matches, not even another missing key. */
const isSameKey = (sent: string | undefined, kept: string | undefined): boolean => sent !== undefined && sent === kept;
