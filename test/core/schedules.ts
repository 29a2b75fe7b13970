import { createSchedule } from "#lib/core/create-schedule.ts";
import type { CreateSchedule, CronFlaw, NextRun, ScheduleImage } from "#lib/core/schedule.ts";

/** A calendar of which every tenth millisecond is named. */
export const everyTen: NextRun = (_cron, _timezone, after) => Math.floor(after / 10) * 10 + 10;

export const asked: CreateSchedule = {
  id: "nightly",
  cron: "0 0 * * *",
  tags: { team: "songs" },
  promiseId: "{{.id}}.{{.timestamp}}",
  promiseTimeout: 500,
  promiseParam: { data: "go" },
  promiseTags: { "resonate:target": "poll://any@workers" },
};

/** The schedule that a request makes where there is none of its id. */
export function scheduleOf(
  request: CreateSchedule,
  now: number,
  nextRun: NextRun,
  flawOf: CronFlaw = () => undefined,
): ScheduleImage {
  const { change } = createSchedule(request, { now, token: "creator" }, { nextRun, flawOf });
  if (change.kind !== "put") {
    throw new Error("a schedule is created whole");
  }
  return change.image;
}
