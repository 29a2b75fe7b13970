import type { GuardedChange } from "./change.ts";
import { isOverdueAt, isPending, isUnawaited } from "./guard.ts";
import { settledAs } from "./lifecycle.ts";
import { type EpochMs, isAwaited, type PromiseImage, stateAtDeadline } from "./promise.ts";
import { isWatched, type Subscription } from "./subscription.ts";

/**
 * Writes down that the promise's deadline has come: settled at the deadline, whenever that is noticed. What somebody
 * waits for is left due, so that they are told; refused where somebody has begun to wait since the image was read.
 */
export function expire(image: PromiseImage, now: EpochMs, subscriptions: readonly Subscription[]): GuardedChange {
  const { id, tags, timeoutAt: settledAt } = image;
  const state = stateAtDeadline(tags);
  const isTold = isWatched(subscriptions, settledAs[state], image);
  const set = { state, settledAt, ...(isTold && { endUntold: true as const }) };
  const guards = [isPending, isOverdueAt(now)];
  return isTold || isAwaited(image)
    ? { of: "promise", id, guards, change: { kind: "update", set: { ...set, dueAt: settledAt } } }
    : { of: "promise", id, guards: [...guards, ...isUnawaited], change: { kind: "update", set, unset: ["dueAt"] } };
}
