import type { ChangeTo, GuardedChange } from "./change.ts";
import { creation, endedAtBirth, newborn } from "./create.ts";
import { type EpochMs, isTimer, type PromiseImage } from "./promise.ts";
import { afterRun, type NextRun, occurrence, type ScheduleImage } from "./schedule.ts";
import type { Subscription } from "./subscription.ts";
import { after, nextDue } from "./task.ts";

/**
 * The promise that the schedule's next run makes: born at the planned moment, and offered from now on. Whoever runs the
 * schedule would make the very same, so the write is not signed: none of them takes another's for its own.
 */
export function firing(
  schedule: ScheduleImage,
  now: EpochMs,
  retryMs: number,
  subscriptions: readonly Subscription[],
): { readonly promise: PromiseImage; readonly write: GuardedChange } {
  const plannedAt = schedule.nextRunAt;
  const { createdAt, ...request } = occurrence(schedule, plannedAt);
  const born = newborn(request, {
    now: createdAt,
    token: `${schedule.id}@${plannedAt}`,
    retryMs,
    subscriptions,
  });
  const promise = now >= born.timeoutAt ? ended(born, subscriptions) : offered(born, now, retryMs);
  const { signedIn: _, ...write } = creation(promise);
  return { promise, write };
}

/** What its deadline has made of a promise before it could be born. */
function ended(born: PromiseImage, subscriptions: readonly Subscription[]): PromiseImage {
  const { dueAt: _, retryAt: __, ...rest } = born;
  return born.state === "pending" ? endedAtBirth(rest, born.timeoutAt, subscriptions) : born;
}

function offered(born: PromiseImage, now: EpochMs, retryMs: number): PromiseImage {
  if (born.taskState === undefined || isTimer(born.tags) || (born.retryAt ?? 0) > after(now, retryMs)) {
    return born;
  }
  const moved = { ...born, retryAt: Math.max(born.retryAt ?? 0, after(now, retryMs)) };
  return { ...moved, dueAt: moved.birthUntold ? now : nextDue(moved) };
}

/** The schedule after its run, unless another has run it, or has put another in its place. */
export function ran(
  schedule: ScheduleImage,
  next: NextRun,
): { readonly schedule: ScheduleImage; readonly write: ChangeTo<"schedule"> } {
  const { id, nextRunAt, createToken } = schedule;
  const image = { ...schedule, ...afterRun(schedule, nextRunAt, next) };
  return {
    schedule: image,
    write: {
      of: "schedule",
      id,
      guards: [
        { kind: "is", field: "nextRunAt", value: nextRunAt },
        { kind: "is", field: "createToken", value: createToken },
      ],
      change: { kind: "put", image },
    },
  };
}
