import type { CreateSchedule, NextRun } from "#lib/core/schedule.ts";

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
