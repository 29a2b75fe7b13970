import type { GuardedChange, Update } from "./change.ts";
import { conclusion, hasHeard } from "./composite.ts";
import { expire } from "./expire.ts";
import { type Guard, isAliveAt, isPending, isTaskIn, isVersion } from "./guard.ts";
import type { LifecycleKind } from "./lifecycle.ts";
import { type EpochMs, isOverdue, type PromiseImage, type TaskFields } from "./promise.ts";
import type { Subscription } from "./subscription.ts";
import { after, givenUp, hasTask, isOfferedAtOnce, lease, leaseEnd, nextDue, offerAt, type TaskImage } from "./task.ts";
import { untoldEvent } from "./tell.ts";

/** One thing that is due on a promise. */
export type Step =
  /** A write; if it is won, the task may be offered. */
  | { readonly kind: "write"; readonly write: GuardedChange; readonly offers: boolean }
  /** Those who stand in the settled promise are to be woken and told. */
  | { readonly kind: "discharge" }
  /** There are others beside them. */
  | { readonly kind: "dischargeMore" }
  /** The members of a composite that has ended are to be let go. */
  | { readonly kind: "letGo" }
  /** Subscriptions are to be told of an event, in the transaction of a write that takes the event's mark away. */
  | { readonly kind: "tell"; readonly write: GuardedChange; readonly event: LifecycleKind };

/**
 * Everything that the service does on its own: the next thing that is due on a promise by `now`; nothing, where nothing
 * is. Each write checks in its own guard that it still is, so whoever asks, however often, early or late, changes
 * nothing that was not due.
 */
export function advance(
  image: PromiseImage,
  now: EpochMs,
  retryMs: number,
  subscriptions: readonly Subscription[],
): Step | undefined {
  if (image.dueAt === undefined || image.dueAt > now) {
    return isOverdue(image, now) ? write(expire(image, now, subscriptions)) : undefined;
  }
  if (image.state !== "pending") {
    return afterTheEnd(image);
  }
  if (isOverdue(image, now)) {
    return write(expire(image, now, subscriptions));
  }
  const end = image.hasMembers ? conclusion(image, now, subscriptions) : undefined;
  if (end !== undefined) {
    return write(end);
  }
  if (image.birthUntold) {
    return { kind: "tell", write: rearming(image, now, ["birthUntold"]), event: "created" };
  }
  return hasTask(image) ? onTask(image, now, retryMs) : rearm(image, now);
}

const write = (change: GuardedChange, offers = false): Step => ({ kind: "write", write: change, offers });

function afterTheEnd(image: PromiseImage): Step {
  if (image.callbacks !== undefined || image.listeners !== undefined) {
    return { kind: "discharge" };
  }
  if (image.moreWaiters) {
    return { kind: "dischargeMore" };
  }
  if (image.hasMembers) {
    return { kind: "letGo" };
  }
  const event = untoldEvent(image);
  return event === undefined
    ? write(resting(image, [], ["dueAt"]))
    : { kind: "tell", write: tellingEnd(image, event), event };
}

/** Takes an event's mark away; with the last one, there is nothing left to do. */
const tellingEnd = (image: PromiseImage, event: LifecycleKind): GuardedChange =>
  event === "created"
    ? resting(
        image,
        [{ kind: "present", field: "birthUntold" }],
        ["birthUntold", ...(image.endUntold ? [] : (["dueAt"] as const))],
      )
    : resting(
        image,
        [
          { kind: "present", field: "endUntold" },
          { kind: "unset", field: "birthUntold" },
        ],
        ["endUntold", "dueAt"],
      );

const resting = (
  { id }: PromiseImage,
  guards: readonly Guard[],
  unset: NonNullable<Update<PromiseImage>["unset"]>,
): GuardedChange => ({
  of: "promise",
  id,
  guards: [{ kind: "present", field: "settledAt" }, ...guards],
  change: { kind: "update", unset },
});

function onTask(image: TaskImage, now: EpochMs, retryMs: number): Step {
  const { taskState, retryAt } = image;
  if (taskState === "acquired" && leaseEnd(image) <= now) {
    const { retryAt: nextAt = now, ...pending } = givenUp((image.giveUps ?? 0) + 1, now, retryMs);
    const again = pendingUntil(image, offerAt(image.tags, nextAt), { ...pending });
    return write(
      guarded(image, now, again, { kind: "atMost", field: "leasedAt", moment: now - (image.ttl ?? 0) }),
      isOfferedAtOnce({ ...image, ...pending }, now),
    );
  }
  if (taskState === "pending" && retryAt !== undefined && retryAt <= now) {
    // Given up by whoever took it by its id, a task may be one that is not to be offered yet, or ever.
    const isOffered = offerAt(image.tags, now) === now;
    const nextAt = isOffered ? after(now, retryMs) : offerAt(image.tags, now);
    const again = pendingUntil(image, nextAt, {});
    return write(guarded(image, now, again, { kind: "is", field: "retryAt", value: retryAt }), isOffered);
  }
  return rearm(image, now);
}

/** What keeps a task pending until it is offered next, and has it looked at then. */
const pendingUntil = (
  { timeoutAt }: TaskImage,
  retryAt: EpochMs | undefined,
  fields: TaskFields,
): Update<PromiseImage> => ({
  kind: "update",
  set: {
    ...fields,
    ...(retryAt !== undefined && { retryAt }),
    dueAt: Math.min(retryAt ?? timeoutAt, timeoutAt),
  },
  unset: [...lease, ...(retryAt === undefined ? (["retryAt"] as const) : [])],
});

/** A change of a task that nobody has changed since it was looked at. */
const guarded = (
  { id, taskState, taskVersion }: TaskImage,
  now: EpochMs,
  change: Update<PromiseImage>,
  due: Guard,
): GuardedChange => ({
  of: "promise",
  id,
  guards: [isPending, isAliveAt(now), isTaskIn(taskState), isVersion(taskVersion), due],
  change,
});

/** The due key was a lower bound, and nothing is due yet: it is set to when something will be. */
const rearm = (image: PromiseImage, now: EpochMs): Step => write(rearming(image, now, []));

function rearming(image: PromiseImage, now: EpochMs, unset: readonly "birthUntold"[]): GuardedChange {
  const { id, dueAt = now, taskState, taskVersion, retryAt, hasMembers, resumes } = image;
  return {
    of: "promise",
    id,
    guards: [
      isPending,
      ...unset.map((field) => ({ kind: "present", field }) as const),
      { kind: "is", field: "dueAt", value: dueAt },
      ...(taskState !== undefined && taskVersion !== undefined ? [isTaskIn(taskState), isVersion(taskVersion)] : []),
      retryAt === undefined ? { kind: "unset", field: "retryAt" } : { kind: "is", field: "retryAt", value: retryAt },
      // A member that has settled since may have made a composite due at the same moment.
      ...(hasMembers ? [hasHeard(resumes)] : []),
    ],
    change: { kind: "update", set: { dueAt: nextDue(image) }, unset },
  };
}
