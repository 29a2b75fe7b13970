/**
 * What happens to a promise in its life: it is created once, and settled at most once.
 *
 * @module
 */

import type { EpochMs, PromiseImage, SettledState } from "./promise.ts";

export const lifecycleKinds = ["created", "resolved", "rejected", "canceled", "timedout"] as const;

export type LifecycleKind = (typeof lifecycleKinds)[number];

export interface LifecycleEvent {
  readonly kind: LifecycleKind;
  /** When it happened: the promise's `createdAt` or `settledAt`, whenever that was noticed or written. */
  readonly at: EpochMs;
}

/** A timer that its deadline resolves is resolved like any other promise. */
export const settledAs = {
  resolved: "resolved",
  rejected: "rejected",
  rejected_canceled: "canceled",
  rejected_timedout: "timedout",
} as const satisfies Record<SettledState, LifecycleKind>;

/**
 * What one write has made happen to a promise, from its images before and after (`lib/core/lifecycle.ts`); in order, and
 * mostly one event or none. Two where a promise is born settled, its deadline having passed already. None for what else
 * is written: leases, waiters, due keys; nor where the store takes out an expired promise.
 *
 * @param before Undefined: there was no such promise.
 * @param after Undefined: it is gone.
 */
export function lifecycle(
  before: PromiseImage | undefined,
  after: PromiseImage | undefined,
): readonly LifecycleEvent[] {
  if (after === undefined) {
    return [];
  }
  const { state, createdAt, settledAt = createdAt } = after;
  const isSettledNow = state !== "pending" && (before === undefined || before.state === "pending");
  return [
    ...(before === undefined ? [{ kind: "created", at: createdAt } as const] : []),
    ...(isSettledNow ? [{ kind: settledAs[state], at: settledAt }] : []),
  ];
}

/**
 * The same text for each report of one event, and another for any other event: of another promise, too, that bears the
 * id of one that has expired. To be hashed before it is shown: tokens are for the service alone.
 */
export const lifecycleKey = ({ id, createToken }: PromiseImage, kind: LifecycleKind): string =>
  JSON.stringify([kind, createToken, id]);
