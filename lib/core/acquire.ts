import type { GuardedChange } from "./change.ts";
import { Fault } from "./fault.ts";
import { isAliveAt, isBornBy, isDueBy, isPending, isTaskIn, isVersion } from "./guard.ts";
import { checkLease } from "./limits.ts";
import type { PromiseImage } from "./promise.ts";
import { bornBy } from "./settle.ts";
import { after, hasTask, type TaskImage } from "./task.ts";
import { again, answer, type Moment, type Verb } from "./verb.ts";

export interface Lease {
  /** Who takes the task. */
  readonly pid: string;
  /** For how long, in milliseconds. */
  readonly ttl: number;
}

export interface Acquire extends Lease {
  readonly id: string;
  /** The version that was offered. */
  readonly version: number;
}

/**
 * Takes a pending task for a while, and counts its version up.
 *
 * The due key is a lower bound: it moves only when the lease ends before it.
 *
 * @throws Fault `taskNotFound`, `taskNotPending`, `taskVersionMismatch`, `invalid`
 */
export function acquire(request: Acquire, moment: Moment): Verb<TaskImage> {
  checkLease(request);
  return acquiring(request, moment);
}

function acquiring(request: Acquire, moment: Moment, seen?: PromiseImage): Verb<TaskImage> {
  const { id, version } = request;
  return {
    write: acquisition(request, moment, seen),
    decide: ({ won, image }) => {
      if (!hasTask(image)) {
        throw new Fault("taskNotFound", { id });
      }
      if (won) {
        return answer(asTaken(image, request, moment));
      }
      if (image.state !== "pending" || image.taskState !== "pending") {
        throw new Fault("taskNotPending", { id });
      }
      if (image.taskVersion !== version) {
        throw new Fault("taskVersionMismatch", { id });
      }
      return again(acquiring(request, bornBy(image, moment), image));
    },
  };
}

/**
 * The task as the write has left it. The image is another's, where the write's answer was lost and something has become
 * of the task before the write was repeated and knew itself again.
 */
export function asTaken(image: TaskImage, { version, pid, ttl }: Acquire, { now }: Moment): TaskImage {
  if (image.state === "pending" && image.taskState === "acquired") {
    return image;
  }
  const {
    settledAt: _,
    settleToken: __,
    idempotencyKeyForComplete: ___,
    retryAt: ____,
    resumes: _____,
    ...kept
  } = image;
  return {
    ...kept,
    ...{ state: "pending", value: {}, taskState: "acquired", taskVersion: version + 1, pid, ttl, leasedAt: now },
  };
}

/** The one write that takes a pending task. */
export function acquisition(request: Acquire, { now, token }: Moment, seen?: PromiseImage): GuardedChange {
  const { id, version, pid, ttl } = request;
  const leaseEndsAt = after(now, ttl);
  const moves = seen?.dueAt !== undefined && seen.dueAt > leaseEndsAt;
  return {
    of: "promise",
    id,
    guards: [
      isPending,
      isAliveAt(now),
      isBornBy(now),
      isTaskIn("pending"),
      isVersion(version),
      ...(moves ? [] : [isDueBy(leaseEndsAt)]),
    ],
    change: {
      kind: "update",
      set: {
        taskState: "acquired",
        taskVersion: version + 1,
        pid,
        ttl,
        leasedAt: now,
        taskToken: token,
        ...(moves && { dueAt: leaseEndsAt }),
      },
      unset: ["retryAt", "resumes"],
    },
    signedIn: "taskToken",
  };
}
