import type { GuardedChange } from "./change.ts";
import { isOverdueAt, isPending } from "./guard.ts";
import { type EpochMs, type PromiseImage, stateAtDeadline } from "./promise.ts";

/** Writes down that the promise's deadline has come: settled at the deadline, whenever that is noticed. */
export const expire = ({ id, tags, timeoutAt }: PromiseImage, now: EpochMs): GuardedChange => ({
  id,
  guards: [isPending, isOverdueAt(now)],
  change: { kind: "update", set: { state: stateAtDeadline(tags), settledAt: timeoutAt }, unset: ["dueAt"] },
});
