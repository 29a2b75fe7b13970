/**
 * The shapes of what schedules are created with.
 *
 * @module
 */

import * as z from "zod";
import { endOfTime, limits } from "#lib/core/index.ts";
import { int64Max, object, once, text } from "../shapes.ts";
import { optional, optionalTextMap, SentPayload } from "./schemas.ts";

/** A span past the end of time is kept as one to the end of time. */
const span = once(() =>
  z
    .custom<number>((given) => Number.isInteger(given) && (given as number) >= 0 && (given as number) <= int64Max, {
      error: "must be a whole number of milliseconds, from 0 to 9223372036854775807",
    })
    .transform((given) => Math.min(given, endOfTime))
    .meta({ type: "integer", format: "int64", minimum: 0 }),
);

export const CreateScheduleBody = once(() =>
  z
    .object(
      {
        id: text().meta({
          description: `Any text of 1 to ${limits.idBytesMax} bytes of UTF-8.`,
          example: "nightly-report",
        }),
        description: optional(text()).meta({ type: ["string", "null"] }),
        cron: text().meta({
          description:
            "Five fields (minute, hour, day of month, month, day of week), or six with seconds in front: `*`, `?`, values, ranges, lists, `/step`, names of months and days. Or `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`, or `@every` with a duration such as `1h30m`. Where both day fields are restricted, either may match.",
          example: "0 2 * * *",
        }),
        timezone: optional(text()).meta({
          type: ["string", "null"],
          description: "The name of a time zone in the IANA database; UTC where there is none.",
          example: "Europe/Berlin",
        }),
        tags: optionalTextMap().meta({ description: "Tags of the schedule itself, for searches." }),
        promiseId: text().meta({
          description:
            "The ids of its promises: `{{.id}}` stands for the schedule's own, `{{.timestamp}}` for the planned moment of a run. Without `{{.timestamp}}` every run names one promise, which is made once.",
          example: "{{.id}}.{{.timestamp}}",
        }),
        promiseTimeout: span().meta({
          description: "From the planned moment of a run to the deadline of its promise, in milliseconds.",
          example: 3600000,
        }),
        promiseParam: SentPayload(),
        promiseTags: optionalTextMap().meta({
          description:
            "Tags of its promises, to which each run adds some of its own; `resonate:target` gives them a task. Not `resonate:delay`: the schedule says when.",
          example: { "resonate:target": "poll://any@reports" },
        }),
      },
      object,
    )
    .meta({ id: "CreateSchedule" }),
);
