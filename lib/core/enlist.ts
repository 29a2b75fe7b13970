/**
 * Waiting for a promise: as a callback (another promise's task is to be woken) or as a listener (an address is to be
 * told). Few waiters stand in the promise itself; the rest are things of their own.
 *
 * @module
 */

import type { AnyChange, GuardedChange } from "./change.ts";
import { type Guard, isAbsent, isAliveAt, isArmed, isPending, isUnarmed } from "./guard.ts";
import { limits } from "./limits.ts";
import type { EpochMs, PromiseImage } from "./promise.ts";
import type { Waiter } from "./things.ts";

const setOf = { callback: "callbacks", listener: "listeners" } as const;

const isCrowded: Guard = { kind: "present", field: "moreWaiters" };
const isUncrowded: Guard = { kind: "unset", field: "moreWaiters" };

/**
 * The writes that make somebody wait for a promise that is pending and alive; in one transaction, if they are several.
 * They are first stated without the promise being known; if it refuses them, it is, and they are stated from that.
 *
 * @param isAnew Whether to refuse who waits already: nobody may have joined since the promise was seen.
 */
export function enlist(
  awaited: string,
  { role, waiter }: Waiter,
  now: EpochMs,
  seen?: PromiseImage,
  isAnew = false,
): readonly AnyChange[] {
  const field = setOf[role];
  const isAwaitable = [isPending, isAliveAt(now)];
  const to = (guards: readonly Guard[], change: GuardedChange["change"]): GuardedChange => ({
    of: "promise",
    id: awaited,
    guards: [...isAwaitable, ...guards],
    change,
  });
  const joined = seen?.[field]?.length ?? 0;
  const countMax = isAnew ? joined + 1 : limits.waitersInPlaceMax;
  const isLong = waiter.length > limits.waiterLengthMax;
  if (seen?.[field]?.includes(waiter)) {
    return [to([{ kind: "has", field, member: waiter }], { kind: "check" })];
  }
  const set = seen?.dueAt === undefined && seen !== undefined ? { dueAt: seen.timeoutAt } : undefined;
  const arming = set === undefined ? [isArmed] : [isUnarmed];
  if (seen?.moreWaiters || isLong || joined >= limits.waitersInPlaceMax) {
    const item = waiterPut(awaited, { role, waiter }, isAnew);
    return seen?.moreWaiters && set === undefined
      ? [to([isArmed, isCrowded], { kind: "check" }), item]
      : [to(arming, { kind: "update", set: { moreWaiters: true, ...set } }), item];
  }
  return [
    to([...arming, isUncrowded, { kind: "fits", field, countMax }], {
      kind: "update",
      include: { [field]: [waiter] },
      ...(set && { set }),
    }),
  ];
}

/** A waiter as a thing of its own; again is the same as once, unless it must be new. */
export const waiterPut = (awaited: string, waiter: Waiter, isAnew = false): AnyChange => ({
  of: "waiter",
  in: awaited,
  id: waiterId(waiter),
  guards: isAnew ? [isAbsent] : [],
  change: { kind: "put", image: waiter },
});

export const waiterId = ({ role, waiter }: Waiter): string => `${role}#${waiter}`;
