/**
 * What the schedule routes take and answer, in the words of OpenAPI (`protocol/rest.md` 2, 7).
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { IdInPath } from "./contract.ts";
import {
  cursorParameter,
  error,
  idPattern,
  jsonOf,
  limitParameter,
  Payload,
  payloadTooLarge,
  shownCursor,
  shownMoment,
  tagsParameter,
  troubles,
} from "./contract-parts.ts";
import { CreateScheduleBody } from "./schedule-schemas.ts";
import { KeyHeader } from "./schemas.ts";

export const ScheduleBody = z
  .object({
    id: z.string(),
    description: z.string().optional(),
    cron: z.string(),
    timezone: z.string().optional(),
    tags: z.record(z.string(), z.string()),
    promiseId: z.string(),
    promiseTimeout: z.number().int().openapi({ format: "int64" }),
    promiseParam: Payload,
    promiseTags: z.record(z.string(), z.string()),
    nextRunTime: shownMoment.openapi({ description: "The planned moment of the next run." }),
    lastRunTime: shownMoment.optional().openapi({ description: "The planned moment of the latest run." }),
    idempotencyKey: z.string().optional(),
    createdOn: shownMoment,
  })
  .openapi("Schedule");

const SchedulePage = z.object({ schedules: z.array(ScheduleBody), cursor: shownCursor }).openapi("SchedulePage");

const ScheduleQuery = z.looseObject({
  id: idPattern("nightly-*"),
  tags: tagsParameter,
  limit: limitParameter(),
  cursor: cursorParameter,
});

const schedule = (description: string) => ({ description, content: jsonOf(ScheduleBody) });

const notFound = error("40401: no schedule has this id.");

export const createSchedule = createRoute({
  operationId: "createSchedule",
  method: "post",
  path: "/schedules",
  summary: "Create a schedule",
  description:
    "From now on a promise is created at each moment that the cron expression names. Every run makes exactly one, and those that were missed are made up for, oldest first. A repeat with the same idempotency key answers the schedule that is there.",
  request: { headers: KeyHeader(), body: { required: true, content: jsonOf(CreateScheduleBody()) } },
  responses: {
    201: schedule("Created."),
    200: schedule("There already, made with this idempotency key."),
    409: error("40901: there already, made with another idempotency key or none."),
    413: error(
      "41300: the body, param or tags are too large; the message names the limit.",
      payloadTooLarge("promiseParam"),
    ),
    ...troubles,
  },
});

export const readSchedule = createRoute({
  operationId: "readSchedule",
  method: "get",
  path: "/schedules/{id}",
  summary: "Read a schedule",
  description: "Strongly consistent: what any completed write has answered is seen.",
  request: { params: IdInPath },
  responses: { 200: schedule("The schedule."), 404: notFound, ...troubles },
});

export const deleteSchedule = createRoute({
  operationId: "deleteSchedule",
  method: "delete",
  path: "/schedules/{id}",
  summary: "Delete a schedule",
  description: "It runs no more. The promises that it has made stay.",
  request: { params: IdInPath },
  responses: { 204: { description: "Deleted." }, 404: notFound, ...troubles },
});

export const searchSchedules = createRoute({
  operationId: "searchSchedules",
  method: "get",
  path: "/schedules",
  summary: "Search schedules",
  description:
    "In order of ids. Reads an index, which on DynamoDB may lag a write by a moment; what it lists is shown as it is now. The tags are the schedule's own.",
  request: { query: ScheduleQuery },
  responses: { 200: { description: "A page.", content: jsonOf(SchedulePage) }, ...troubles },
});
