/**
 * When a schedule runs: the dialect of `protocol/rest.md` 7, computed by croner. The dialect is narrower than what
 * croner takes (years, `L`, `W`, `#`, `+`), so an expression is held against the dialect first.
 *
 * Where clocks are changed, an hour field that names hours means that wall clock's time: each is met once, the first
 * time that it comes; one that the clocks leap over is met at the leap's end. An hour field of all hours goes with time
 * as it passes, through the repeated hour twice, and past the missing one.
 *
 * @module
 */

import { Cron } from "croner";
import type { Calendar, EpochMs, Violation } from "#lib/core/index.ts";

/** What becomes of an expression and a zone: the moments that they name, or what is wrong with them. */
export type ParsedCron =
  | { readonly valid: true; readonly next: (after: EpochMs) => EpochMs | undefined }
  | { readonly valid: false; readonly violation: Violation };

const expressionLengthMax = 1_000;

/** Expressions that are kept as they were read, so that catching up reads each of them once. */
const parsedMax = 1_000;
const parsed = new Map<string, ParsedCron>();

/** Reads a cron expression, in UTC unless a zone of the IANA database is named. */
export function parseCron(expression: string, timezone?: string): ParsedCron {
  const key = JSON.stringify([expression, timezone]);
  const known = parsed.get(key);
  if (known !== undefined) {
    return known;
  }
  const cron = parse(expression.trim(), timezone);
  if (cron.valid) {
    if (parsed.size >= parsedMax) {
      parsed.clear();
    }
    parsed.set(key, cron);
  }
  return cron;
}

/** The first moment strictly after another that an expression names; none: it is invalid, or time has run out. */
export function nextOccurrence(expression: string, timezone: string | undefined, after: EpochMs): EpochMs | undefined {
  const cron = parseCron(expression, timezone);
  return cron.valid ? cron.next(after) : undefined;
}

/** The calendar by which schedules are created and run. */
export const calendar: Calendar = {
  nextRun: nextOccurrence,
  flawOf(expression, timezone) {
    const cron = parseCron(expression, timezone);
    return cron.valid ? undefined : cron.violation;
  },
};

const invalid = (field: "cron" | "timezone", rule: string): ParsedCron => ({
  valid: false,
  violation: { field, message: `${field} ${rule}` },
});

function parse(expression: string, timezone: string | undefined): ParsedCron {
  const zone = timezone === undefined ? "UTC" : zoneOf(timezone);
  if (zone === undefined) {
    return invalid("timezone", "must be a name of the IANA time zone database, like Europe/Berlin");
  }
  if (expression.startsWith("@every")) {
    return parseEvery(expression);
  }
  if (expression.length > expressionLengthMax) {
    return invalid("cron", `must have at most ${expressionLengthMax} characters`);
  }
  const fields = macros.get(expression) ?? expression;
  const wrong = outsideDialect(fields);
  if (wrong !== undefined) {
    return invalid("cron", wrong);
  }
  return parseFields(fields, zone);
}

/** The zone's name as the database spells it. Offsets (`+02:00`), which `Intl` takes too, are no names. */
function zoneOf(timezone: string): string | undefined {
  if (!/^[a-z]/i.test(timezone)) {
    return undefined;
  }
  try {
    return new Intl.DateTimeFormat("en", { timeZone: timezone }).resolvedOptions().timeZone;
  } catch {
    return undefined;
  }
}

/** The latest moment that a `Date` can hold. */
const latestDate: EpochMs = 8_640_000_000_000_000;

const unitMs = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3, µs: 1e-3, μs: 1e-3, ns: 1e-6 } as const;

/** Go's longest duration. */
const everyMsMax = 2 ** 63 / 1e6;

function parseEvery(expression: string): ParsedCron {
  const amount = /(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)/g;
  const duration = expression.match(/^@every\s+(\S{1,100})$/)?.[1];
  if (duration === undefined || duration.replace(amount, "") !== "") {
    return invalid("cron", "must give @every a duration like 90s or 1h30m");
  }
  const everyMs = duration
    .matchAll(amount)
    .reduce((sum, [, count, unit]) => sum + Number(count) * unitMs[unit as keyof typeof unitMs], 0);
  if (everyMs < 1_000 || everyMs % 1_000 !== 0 || everyMs > everyMsMax) {
    return invalid("cron", "must give @every a duration of whole seconds, at least one, at most 292 years");
  }
  return {
    valid: true,
    next: (after) => {
      const next = Math.floor(after / 1_000) * 1_000 + everyMs;
      return next <= latestDate ? next : undefined;
    },
  };
}

const macros: ReadonlyMap<string, string> = new Map([
  ["@yearly", "0 0 1 1 *"],
  ["@annually", "0 0 1 1 *"],
  ["@monthly", "0 0 1 * *"],
  ["@weekly", "0 0 * * 0"],
  ["@daily", "0 0 * * *"],
  ["@midnight", "0 0 * * *"],
  ["@hourly", "0 * * * *"],
]);

/** One item of a list: `*`, a value or a range, each with a step or without. */
const item = /^(?:[*?]|(?:\d{1,2}|[a-z]{3})(?:-(?:\d{1,2}|[a-z]{3}))?)(?:\/\d{1,2})?$/i;

function outsideDialect(expression: string): string | undefined {
  if (expression.startsWith("@")) {
    return `must use one of the macros ${[...macros.keys()].join(", ")}, @every`;
  }
  const fields = expression.split(/\s+/);
  if (fields.length !== 5 && fields.length !== 6) {
    return "must have 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds in front";
  }
  for (const field of fields) {
    const items = field.split(",");
    // A list that holds `*` as well would leave open whether its day field is restricted.
    if (!items.every((one) => item.test(one)) || (items.length > 1 && items.some((one) => /^[*?]$/.test(one)))) {
      return `must have fields of *, values, ranges, lists and /steps: ${JSON.stringify(field.slice(0, 40))} is none`;
    }
  }
  return undefined;
}

function parseFields(expression: string, zone: string): ParsedCron {
  const cron = engineOf(expression.replaceAll("?", "*"), "UTC");
  if (cron === undefined) {
    return invalid(
      "cron",
      "must have fields in their range: 0-59 0-59 0-23 1-31 1-12 0-7, from the lower to the higher, by steps that fit",
    );
  }
  // croner looks through the years for the day: one that it does not find from here is in none of them.
  if (cron.nextRun(new Date(0)) === null) {
    return invalid("cron", "must name a moment that comes: no such day is in any year");
  }
  const local = zone === "UTC" ? cron : engineOf(byWallClock(expression.replaceAll("?", "*")), zone);
  return {
    valid: true,
    next: (after) => (after < latestDate ? local?.nextRun(new Date(after))?.getTime() : undefined),
  };
}

function engineOf(expression: string, zone: string): Cron | undefined {
  try {
    return new Cron(expression, {
      mode: "5-or-6-parts",
      // `5/15` is 5, 20, 35, 50, as it always was in Go.
      sloppyRanges: true,
      fixedTimeRule: "no-wildcard",
      // By its offset croner computes UTC ten times as fast as by its name.
      ...(zone === "UTC" ? { utcOffset: 0 } : { timezone: zone }),
    });
  } catch {
    return undefined;
  }
}

/**
 * croner goes by the wall clock only where the time of day has neither wildcard nor step, and would leap over what
 * `0 0/2 * * *` means by 2:00. So where hours are named, the time of day is written out; where all are, it is not.
 */
function byWallClock(expression: string): string {
  const fields = expression.split(/\s+/);
  const [second = "0", minute = "*", hour = "*", ...days] = fields.length === 6 ? fields : ["0", ...fields];
  const hours = writtenOut(hour, 24);
  const time =
    hours.length === 24
      ? [second, minute, "*"]
      : [writtenOut(second, 60).join(), writtenOut(minute, 60).join(), hours.join()];
  return [...time, ...days].join(" ");
}

/** The values of a field that croner has accepted, of so many that it could have. */
function writtenOut(field: string, size: number): readonly number[] {
  const values = field.split(",").flatMap((one) => {
    const [range = "", step] = one.split("/");
    const [from, to = step === undefined ? from : size - 1] =
      range === "*" ? [0, size - 1] : range.split("-").map(Number);
    return Array.from({ length: size }, (_, value) => value).filter(
      (value) => value >= Number(from) && value <= Number(to) && (value - Number(from)) % Number(step ?? 1) === 0,
    );
  });
  return [...new Set(values)];
}
