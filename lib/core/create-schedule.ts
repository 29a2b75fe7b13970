import { Fault, isFault, type Violation } from "./fault.ts";
import { checkCreate, utf8Length } from "./limits.ts";
import { type EpochMs, endOfTime } from "./promise.ts";
import { type CreateSchedule, type NextRun, occurrence, type ScheduleImage } from "./schedule.ts";
import type { Moment } from "./verb.ts";

export const scheduleLimits = {
  /** UTF-8 bytes of a cron expression. */
  cronBytesMax: 1_000,
  /** UTF-8 bytes of a time zone's name. */
  timezoneBytesMax: 100,
  /** UTF-8 bytes of a description. */
  descriptionBytesMax: 4_000,
  /** UTF-8 bytes of a template of promise ids. */
  promiseIdBytesMax: 1_000,
} as const;

/**
 * A schedule at its birth.
 *
 * @throws Fault `invalid` or `tooLarge` where a field breaks a limit, the expression never runs, or a promise that the
 * schedule would make could not be created.
 */
export function newSchedule(
  asked: CreateSchedule,
  { now, token }: Pick<Moment, "now" | "token">,
  next: NextRun,
): ScheduleImage {
  checkFields(asked);
  const nextRunAt = next(asked.cron, asked.timezone, now);
  if (nextRunAt === undefined) {
    throw new Fault("invalid", { violations: [violation("cron", "must be an expression that runs")] });
  }
  checkRun(asked, nextRunAt);
  // The first run has the earliest deadline, the last that there can be has the longest id.
  checkRun(asked, endOfTime);
  const promiseTimeout = Math.min(asked.promiseTimeout, endOfTime);
  return { ...asked, promiseTimeout, createdAt: now, nextRunAt, createToken: token, dueAt: nextRunAt };
}

function checkFields(asked: CreateSchedule): void {
  const { id, tags, idempotencyKey, promiseTimeout } = asked;
  const { cronBytesMax, timezoneBytesMax, descriptionBytesMax, promiseIdBytesMax } = scheduleLimits;
  const key = idempotencyKey === undefined ? {} : { idempotencyKey };
  refuse([
    broken(() => checkCreate({ id, param: {}, tags, timeoutAt: endOfTime, ...key })),
    {
      code: "invalid",
      violations: [
        ...textViolations("cron", asked.cron, cronBytesMax),
        ...textViolations("timezone", asked.timezone ?? "", timezoneBytesMax),
        ...textViolations("description", asked.description ?? "", descriptionBytesMax),
        ...textViolations("promiseId", asked.promiseId, promiseIdBytesMax),
        ...(Number.isInteger(promiseTimeout) && promiseTimeout >= 0
          ? []
          : [violation("promiseTimeout", "must be a whole number of milliseconds, at least 0")]),
      ],
    },
  ]);
}

function checkRun(asked: CreateSchedule, dueAt: EpochMs): void {
  const { code, violations } = broken(() => checkCreate(occurrence(asked, dueAt)));
  refuse([{ code, violations: violations.flatMap(asOfSchedule) }]);
}

interface Broken {
  readonly code: "invalid" | "tooLarge";
  readonly violations: readonly Violation[];
}

function broken(check: () => void): Broken {
  try {
    check();
    return { code: "invalid", violations: [] };
  } catch (error) {
    if (isFault(error) && (error.code === "invalid" || error.code === "tooLarge")) {
      return { code: error.code, violations: error.details.violations };
    }
    throw error;
  }
}

/** Refuses what is invalid, and only then what is too large. */
function refuse(all: readonly Broken[]): void {
  for (const code of ["invalid", "tooLarge"] as const) {
    const violations = all.filter((one) => one.code === code).flatMap((one) => one.violations);
    if (violations.length > 0) {
      throw new Fault(code, { violations });
    }
  }
}

/** A limit that a run's promise breaks, in the words of the schedule that makes it. */
function asOfSchedule({ field, message }: Violation): readonly Violation[] {
  const rule = message.slice(field.length + 1);
  const [part = ""] = field.split(".");
  switch (part) {
    case "id":
      return [{ field: "promiseId", message: `promiseId, once filled in, ${rule}` }];
    case "idempotency-key":
      // The id over again.
      return [];
    case "param":
      return [violation(`promiseParam${field.slice(part.length)}`, rule)];
    case "tags":
      return [{ field: "promiseTags", message: `promiseTags, with the tags that every run adds, ${rule}` }];
    default:
      return [{ field: "promiseTags", message }];
  }
}

const violation = (field: string, rule: string): Violation => ({ field, message: `${field} ${rule}` });

const textViolations = (field: string, text: string, bytesMax: number): readonly Violation[] => [
  ...(text.isWellFormed() ? [] : [violation(field, "must be well-formed Unicode, without lone surrogates")]),
  ...(utf8Length(text) > bytesMax ? [violation(field, `must be at most ${bytesMax} bytes of UTF-8`)] : []),
];
