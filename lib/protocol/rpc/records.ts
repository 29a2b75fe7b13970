/**
 * What the service keeps, as clients of this door see it: members that are not there are left out (`protocol/rpc.md` 3).
 *
 * @module
 */

import { type PromiseRecord, type ScheduleRecord, type TaskImage, toTask } from "#lib/core/index.ts";
import type { Form } from "../addresses.ts";

/** An id that no request has named. */
const bare: Form = (id) => id;

export function toPromise(promise: PromiseRecord, form = bare): object {
  const { id, state, param, value, tags, timeoutAt, createdAt, settledAt } = promise;
  return {
    id: form(id),
    state,
    param,
    value,
    tags,
    timeoutAt,
    createdAt,
    ...(settledAt !== undefined && { settledAt }),
  };
}

/** A task as whoever takes it needs it. */
export function toHeldTask(image: TaskImage, form = bare): object {
  const { giveUps: _, ...task } = toTask(image);
  return { ...task, id: form(task.id) };
}

/** A task as an operator wants it: how often it was given up in a row, too. */
export const toWatchedTask = (image: TaskImage, form = bare): object => ({ ...toTask(image), id: form(image.id) });

export function toSchedule(schedule: ScheduleRecord, form = bare): object {
  const { id, cron, timezone, promiseId, promiseTimeout, promiseParam, promiseTags, createdAt, nextRunAt, lastRunAt } =
    schedule;
  return {
    id: form(id),
    cron,
    ...(timezone !== undefined && { timezone }),
    promiseId,
    promiseTimeout,
    promiseParam,
    promiseTags,
    createdAt,
    nextRunAt,
    ...(lastRunAt !== undefined && { lastRunAt }),
  };
}
