/**
 * The schedule: makes a promise at each moment that its cron expression names (`protocol/rest.md` 7).
 *
 * @module
 */

import type { Create } from "./create.ts";
import type { Violation } from "./fault.ts";
import { type EpochMs, endOfTime, type Tags, type Value } from "./promise.ts";

/** The first moment strictly after another that an expression names in a zone; the core knows no calendar. */
export type NextRun = (cron: string, timezone: string | undefined, after: EpochMs) => EpochMs | undefined;

/** What is wrong with an expression or its zone; nothing, where it names moments. */
export type CronFlaw = (cron: string, timezone: string | undefined) => Violation | undefined;

/** What the core asks of a calendar. */
export interface Calendar {
  readonly nextRun: NextRun;
  readonly flawOf: CronFlaw;
}

export interface CreateSchedule {
  readonly id: string;
  readonly cron: string;
  /** A name of the IANA database; absent: UTC. */
  readonly timezone?: string;
  readonly description?: string;
  readonly tags: Tags;
  /** Template of the ids of the promises that the schedule makes. */
  readonly promiseId: string;
  /** From a run's planned moment to the deadline of its promise. */
  readonly promiseTimeout: number;
  readonly promiseParam: Value;
  readonly promiseTags: Tags;
  readonly idempotencyKey?: string;
}

/** A schedule as its clients see it. */
export interface ScheduleRecord extends CreateSchedule {
  readonly createdAt: EpochMs;
  readonly nextRunAt: EpochMs;
  /** The planned moment of the latest run. */
  readonly lastRunAt?: EpochMs;
}

/** A schedule as a store keeps it: the record, and what only the service reads. */
export interface ScheduleImage extends ScheduleRecord {
  /** Token of the request that created the schedule. */
  readonly createToken: string;
  readonly dueAt: EpochMs;
}

/** A promise that a schedule makes: born at the planned moment, however late that is noticed. */
export interface Occurrence extends Create {
  readonly createdAt: EpochMs;
}

/** Whether the schedule's next run has come. */
export const isToRun = ({ nextRunAt }: ScheduleRecord, now: EpochMs): boolean => now >= nextRunAt;

/**
 * What the run planned for `dueAt` leaves on its schedule. The run after it is the next one after that moment, not
 * after now, so none is skipped.
 */
export function afterRun(
  { cron, timezone }: ScheduleRecord,
  dueAt: EpochMs,
  next: NextRun,
): Pick<ScheduleImage, "dueAt" | "nextRunAt"> & { readonly lastRunAt: EpochMs } {
  const nextRunAt = next(cron, timezone, dueAt) ?? endOfTime;
  return { lastRunAt: dueAt, nextRunAt, dueAt: nextRunAt };
}

/** The promise that the run planned for `dueAt` makes. */
export function occurrence(schedule: CreateSchedule, dueAt: EpochMs): Occurrence {
  const id = fillIn(schedule.promiseId, schedule.id, dueAt);
  return {
    id,
    timeoutAt: Math.min(dueAt + schedule.promiseTimeout, endOfTime),
    createdAt: dueAt,
    param: schedule.promiseParam,
    tags: {
      ...schedule.promiseTags,
      "resonate:schedule": schedule.id,
      "resonate:invocation": "true",
      "resonate:origin": id,
      "resonate:branch": id,
      "resonate:parent": id,
      "resonate:prefix": id,
    },
    // A client that starts the same id itself finds its work begun, instead of being refused.
    idempotencyKey: id,
  };
}

/** A name in braces. */
const blank = /\{\{([^{}]*)\}\}/g;

/** What every id begins with that a template makes: all of it before the first name that stands for more than the schedule. */
export function fixedFront(template: string, id: string): string {
  let front = "";
  let from = 0;
  for (const { 0: named, 1: name = "", index } of template.matchAll(blank)) {
    front += template.slice(from, index);
    if (name.trim() !== ".id") {
      return front;
    }
    front += id;
    from = index + named.length;
  }
  return front + template.slice(from);
}

/** Fills a template in one pass: what an id brings in is text, even if it looks like a name in braces. */
const fillIn = (template: string, id: string, dueAt: EpochMs): string =>
  template.replace(blank, (_, name: string) => {
    switch (name.trim()) {
      case ".id":
        return id;
      case ".timestamp":
        return String(dueAt);
      default:
        return "";
    }
  });
