import type { GuardedChange } from "./change.ts";
import { expire } from "./expire.ts";
import { isAliveAt, isPending, isTaskIn, isVersion } from "./guard.ts";
import { type EpochMs, isAwaited, isOverdue, type PromiseImage } from "./promise.ts";
import { after, givenUp, hasTask, isOfferedAtOnce, lease, leaseEnd, nextDue, type TaskImage } from "./task.ts";

/** One thing that is due on a promise. */
export type Step =
  /** A write; if it is won, the task may be offered. */
  | { readonly kind: "write"; readonly write: GuardedChange; readonly offers: boolean }
  /** Those who stand in the settled promise are to be woken and told. */
  | { readonly kind: "discharge" }
  /** There are others beside them. */
  | { readonly kind: "dischargeMore" };

/**
 * Everything that the service does on its own: the next thing that is due on a promise by `now`; nothing, where nothing
 * is. Each write checks in its own guard that it still is, so whoever asks, however often, early or late, changes
 * nothing that was not due.
 */
export function advance(image: PromiseImage, now: EpochMs, retryMs: number): Step | undefined {
  if (image.dueAt === undefined || image.dueAt > now) {
    return isOverdue(image, now) ? write(expire(image, now)) : undefined;
  }
  if (image.state !== "pending") {
    return afterTheEnd(image);
  }
  if (isOverdue(image, now)) {
    return write(expire(image, now));
  }
  if (hasTask(image)) {
    return onTask(image, now, retryMs);
  }
  return rearm(image, now);
}

const write = (change: GuardedChange, offers = false): Step => ({ kind: "write", write: change, offers });

function afterTheEnd(image: PromiseImage): Step {
  if (image.callbacks !== undefined || image.listeners !== undefined) {
    return { kind: "discharge" };
  }
  return isAwaited(image)
    ? { kind: "dischargeMore" }
    : write({
        of: "promise",
        id: image.id,
        guards: [{ kind: "present", field: "settledAt" }],
        change: { kind: "update", unset: ["dueAt"] },
      });
}

function onTask(image: TaskImage, now: EpochMs, retryMs: number): Step {
  const { id, taskState, taskVersion, timeoutAt } = image;
  const unchanged = [isPending, isAliveAt(now), isTaskIn(taskState), isVersion(taskVersion)];
  if (taskState === "acquired" && leaseEnd(image) <= now) {
    const pending = givenUp((image.giveUps ?? 0) + 1, now, retryMs);
    const { retryAt = now } = pending;
    return write(
      {
        of: "promise",
        id,
        guards: [...unchanged, { kind: "atMost", field: "leasedAt", moment: now - (image.ttl ?? 0) }],
        change: { kind: "update", set: { ...pending, dueAt: Math.min(retryAt, timeoutAt) }, unset: [...lease] },
      },
      isOfferedAtOnce({ ...image, ...pending }, now),
    );
  }
  if (taskState === "pending" && image.retryAt !== undefined && image.retryAt <= now) {
    const retryAt = after(now, retryMs);
    return write(
      {
        of: "promise",
        id,
        guards: [...unchanged, { kind: "is", field: "retryAt", value: image.retryAt }],
        change: { kind: "update", set: { retryAt, dueAt: Math.min(retryAt, timeoutAt) } },
      },
      true,
    );
  }
  return rearm(image, now);
}

/** The due key was a lower bound, and nothing is due yet: it is set to when something will be. */
function rearm(image: PromiseImage, now: EpochMs): Step {
  const { id, dueAt = now, taskState, taskVersion } = image;
  return write({
    of: "promise",
    id,
    guards: [
      isPending,
      { kind: "is", field: "dueAt", value: dueAt },
      ...(taskState !== undefined && taskVersion !== undefined ? [isTaskIn(taskState), isVersion(taskVersion)] : []),
    ],
    change: { kind: "update", set: { dueAt: nextDue(image) } },
  });
}
