/**
 * The task of a promise: what a client sees of it, its lease, and when it is offered (`protocol/rpc.md` 8).
 *
 * @module
 */

import {
  delayOf,
  type EpochMs,
  endOfTime,
  isTimer,
  type PromiseImage,
  type Tags,
  type TaskFields,
  type TaskState,
} from "./promise.ts";

/** A task as its clients see it. */
export interface TaskRecord {
  /** The promise's own id. */
  readonly id: string;
  readonly state: TaskState;
  /** The fencing token. */
  readonly version: number;
  readonly resumes: number;
  /** Length of the lease in milliseconds, and who has it: present exactly while the task is acquired. */
  readonly ttl?: number;
  readonly pid?: string;
  /** Releases and expired leases in a row; absent: none. */
  readonly giveUps?: number;
}

/** A promise that has a task. */
export type TaskImage = PromiseImage & Required<Pick<TaskFields, "taskState" | "taskVersion">>;

export const hasTask = (image: PromiseImage | undefined): image is TaskImage => image?.taskState !== undefined;

/** Whether somebody holds the task at this version. */
export const isHeldAt = ({ state, taskState, taskVersion }: TaskImage, version: number): boolean =>
  state === "pending" && taskState === "acquired" && taskVersion === version;

/** Whether the task waits to be taken at this version. */
export const isOffered = (image: PromiseImage | undefined, version: number): boolean =>
  hasTask(image) && image.state === "pending" && image.taskState === "pending" && image.taskVersion === version;

/** The task as it is shown: a settled promise's is fulfilled. */
export function toTask({
  id,
  state,
  taskState,
  taskVersion: version,
  resumes = 0,
  ttl,
  pid,
  giveUps,
}: TaskImage): TaskRecord {
  if (state !== "pending") {
    return { id, state: "fulfilled", version, resumes: 0 };
  }
  return {
    id,
    state: taskState,
    version,
    resumes,
    ...(ttl !== undefined && { ttl }),
    ...(pid !== undefined && { pid }),
    ...(giveUps !== undefined && { giveUps }),
  };
}

/** Sums never pass the end of time. */
export const after = (moment: EpochMs, ms: number): EpochMs => Math.min(moment + ms, endOfTime);

/** When the lease ends, for a task that is acquired. */
export const leaseEnd = ({ leasedAt = 0, ttl = 0 }: TaskFields): EpochMs => after(leasedAt, ttl);

/** The earliest moment at which something of the service's own can happen to a pending promise. */
export function nextDue({ timeoutAt, taskState, retryAt = endOfTime, ...task }: PromiseImage): EpochMs {
  switch (taskState) {
    case "acquired":
      return Math.min(timeoutAt, leaseEnd(task));
    case "pending":
      return Math.min(timeoutAt, retryAt);
    default:
      return timeoutAt;
  }
}

/** So often in a row a task is offered again at once; what is given up more often waits, longer each time. */
const freeGiveUps = 2;

/** The first wait, which doubles with each further time up to the interval of retries. */
const firstWaitMs = 1_000;

/** What being given up makes of a held task: pending, and offered at once or after a while. */
export function givenUp(giveUps: number, now: EpochMs, retryMs: number): TaskFields {
  const waitMs = giveUps > freeGiveUps ? Math.min(firstWaitMs * 2 ** (giveUps - freeGiveUps - 1), retryMs) : retryMs;
  return { taskState: "pending", giveUps, retryAt: after(now, waitMs) };
}

/** When a task that would be offered then is: a timer's never, and none before its delay is over. */
export const offerAt = (tags: Tags, moment: EpochMs): EpochMs | undefined =>
  isTimer(tags) ? undefined : Math.max(moment, delayOf(tags));

/** Whether a task that has just become pending is offered at once. */
export const isOfferedAtOnce = ({ state, tags, taskState, giveUps = 0 }: PromiseImage, now: EpochMs): boolean =>
  state === "pending" && taskState === "pending" && !isTimer(tags) && giveUps <= freeGiveUps && delayOf(tags) <= now;

/** What a task that is held no more has no longer. */
export const lease = ["pid", "ttl", "leasedAt"] as const;
