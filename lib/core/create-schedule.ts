import type { ChangeTo } from "./change.ts";
import { Fault } from "./fault.ts";
import { isAbsent } from "./guard.ts";
import { checkSchedule } from "./limits.ts";
import type { CreateSchedule, NextRun, ScheduleImage } from "./schedule.ts";
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
  next: NextRun,
): ChangeTo<"schedule"> {
  checkSchedule(request);
  const nextRunAt = next(request.cron, request.timezone, now);
  if (nextRunAt === undefined) {
    throw new Fault("invalid", { violations: [{ field: "cron", message: "Invalid cron expression" }] });
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
