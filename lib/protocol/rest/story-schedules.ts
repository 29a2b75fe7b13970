/**
 * The story goes on: the shop has a report made every night.
 *
 * @module
 */

import { Fault } from "#lib/core/index.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

const id = "nightly-report";
const nightly = {
  id,
  cron: "0 2 * * *",
  timezone: "Europe/Berlin",
  tags: { shop: "songs" },
  promiseId: "report/{{.timestamp}}",
  promiseTimeout: 60 * minute,
  promiseTags: { "resonate:target": "poll://any@reports" },
};
const scheduled = {
  ...nightly,
  promiseParam: {},
  nextRunTime: Date.parse("2026-11-25T02:00:00+01:00"),
  idempotencyKey: "schedule-1",
  createdOn: createdOn + 4 * minute,
};

export const scheduleStory: readonly Exchange[] = [
  {
    name: "20-schedule",
    operation: "createSchedule",
    summary: "At two every night, by the clocks of Berlin",
    parameters: { "idempotency-key": "schedule-1" },
    body: nightly,
    status: 201,
    answer: scheduled,
  },
  {
    name: "21-schedule-again",
    operation: "createSchedule",
    summary: "Set up once more with the same key",
    parameters: { "idempotency-key": "schedule-1" },
    body: nightly,
    status: 200,
    answer: scheduled,
  },
  {
    name: "22-schedule-another",
    operation: "createSchedule",
    summary: "Somebody else wants the same id",
    body: nightly,
    ...told(new Fault("scheduleExists", { id })),
  },
  {
    name: "23-schedule-invalid",
    operation: "createSchedule",
    summary: "Fields are missing or of the wrong type",
    body: { id: "weekly", cron: "0 2 * * 1", promiseId: 7 },
    ...told(
      new Fault("invalid", {
        violations: [
          { field: "promiseId", message: "promiseId must be a string" },
          {
            field: "promiseTimeout",
            message: "promiseTimeout must be a whole number of milliseconds, from 0 to 9223372036854775807",
          },
        ],
      }),
    ),
  },
  {
    name: "24-schedule-read",
    operation: "readSchedule",
    summary: "It has not run yet",
    parameters: { id },
    status: 200,
    answer: scheduled,
  },
  {
    name: "25-schedule-read-unknown",
    operation: "readSchedule",
    summary: "There is none of this id",
    parameters: { id: "weekly" },
    ...told(new Fault("scheduleNotFound", { id: "weekly" })),
  },
  {
    name: "26-schedule-search",
    operation: "searchSchedules",
    summary: "What the shop does by itself",
    parameters: { id: "*", tags: { shop: "songs" } },
    status: 200,
    answer: { schedules: [scheduled], cursor: null },
  },
  {
    name: "27-schedule-search-invalid",
    operation: "searchSchedules",
    summary: "A search that cannot be understood",
    parameters: { id: "*", limit: 1000 },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "limit", message: "limit must be a whole number from 0 to 100, 0 for 100" }],
      }),
    ),
  },
  {
    name: "28-schedule-delete",
    operation: "deleteSchedule",
    summary: "No more reports",
    parameters: { id },
    status: 204,
  },
  {
    name: "29-schedule-delete-again",
    operation: "deleteSchedule",
    summary: "It is gone already",
    parameters: { id },
    ...told(new Fault("scheduleNotFound", { id })),
  },
];
