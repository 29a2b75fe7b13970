import type { ChangeTo } from "./change.ts";
import { checkSchedule } from "./check-schedule.ts";
import { isAbsent } from "./guard.ts";
import { invalid } from "./limits.ts";
import type { Calendar, CreateSchedule, ScheduleImage } from "./schedule.ts";
import type { Moment } from "./verb.ts";

/**
 * Creates a schedule unless there is one of that id; it first runs at the first moment after now that its expression
 * names.
 *
 * @throws Fault `invalid`, `tooLarge`
 */
export function createSchedule(
  request: CreateSchedule,
  { now, token }: Pick<Moment, "now" | "token">,
  { nextRun, flawOf }: Calendar,
): ChangeTo<"schedule"> {
  checkSchedule(request, flawOf);
  const nextRunAt = nextRun(request.cron, request.timezone, now);
  if (nextRunAt === undefined) {
    throw invalid("cron", "must name a moment that comes");
  }
  const image: ScheduleImage = { ...request, createdAt: now, nextRunAt, createToken: token, dueAt: nextRunAt };
  return {
    of: "schedule",
    id: request.id,
    guards: [isAbsent],
    change: { kind: "put", image },
    signedIn: "createToken",
  };
}

/** Deletes a schedule; the promises that it has made stay. */
export const deleteSchedule = (id: string): ChangeTo<"schedule"> => ({
  of: "schedule",
  id,
  guards: [{ kind: "present", field: "createdAt" }],
  change: { kind: "delete" },
});
