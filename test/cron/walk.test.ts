/**
 * Every moment that an expression names, found the slow way: walk the minutes, look at the clock on the wall, and ask
 * each field. What the engine answers one after the other must be the same moments.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextOccurrence } from "#lib/cron.ts";

const minuteMs = 60_000;

interface Fields {
  readonly minute: readonly number[];
  /** Absent: all. */
  readonly hour?: readonly number[];
  readonly day?: readonly number[];
  readonly month?: readonly number[];
  readonly weekday?: readonly number[];
}

const toExpression = ({ minute, hour, day, month, weekday }: Fields): string =>
  [minute, hour, day, month, weekday].map((field) => field?.join() ?? "*").join(" ");

/** The wall clock's time, as if it were UTC. */
const wallClock = (timeZone: string) => {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
  });
  return (at: number): number => {
    const parts = Object.fromEntries(format.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    const { year = 0, month = 1, day, hour, minute } = parts;
    return Date.UTC(year, month - 1, day, hour, minute);
  };
};

function matches({ minute, hour, day, month, weekday }: Fields, wall: number): boolean {
  const date = new Date(wall);
  const isDay = day?.includes(date.getUTCDate());
  const isWeekday = weekday?.some((one) => one % 7 === date.getUTCDay());
  return (
    minute.includes(date.getUTCMinutes()) &&
    (hour?.includes(date.getUTCHours()) ?? true) &&
    (month?.includes(date.getUTCMonth() + 1) ?? true) &&
    (isDay === undefined || isWeekday === undefined ? (isDay ?? isWeekday ?? true) : isDay || isWeekday)
  );
}

/** Named hours are the wall clock's: once each, and at the leap's end where it leaps. All hours are time as it passes. */
function walk(fields: Fields, timezone: string, from: number, to: number): readonly number[] {
  const wallAt = wallClock(timezone);
  const found: number[] = [];
  let latest = wallAt(from);
  for (let at = from + minuteMs; at <= to; at += minuteMs) {
    const wall = wallAt(at);
    const isNamed = fields.hour !== undefined && fields.hour.length < 24;
    const passed = isNamed ? wall - latest : minuteMs;
    if (
      Array.from({ length: Math.max(0, passed / minuteMs) }, (_, back) => wall - back * minuteMs).some((one) =>
        matches(fields, one),
      )
    ) {
      found.push(at);
    }
    latest = Math.max(latest, wall);
  }
  return found;
}

function follow(expression: string, timezone: string | undefined, from: number, to: number): readonly number[] {
  const found: number[] = [];
  for (let at = nextOccurrence(expression, timezone, from); at !== undefined && at <= to; ) {
    found.push(at);
    const next = nextOccurrence(expression, timezone, at);
    expect(next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(at);
    at = next;
  }
  return found;
}

const some = (min: number, max: number) => fc.uniqueArray(fc.integer({ min, max }), { minLength: 1, maxLength: 6 });
const sometimes = (min: number, max: number) => fc.option(some(min, max), { nil: undefined });
const fields = fc.record({
  minute: some(0, 59),
  hour: sometimes(0, 23),
  day: sometimes(1, 31),
  month: sometimes(1, 12),
  weekday: sometimes(0, 7),
}) as fc.Arbitrary<Fields>;

describe("one after the other, the moments of an expression", () => {
  it("are in UTC exactly those that match", () => {
    fc.assert(
      fc.property(fields, fc.integer({ min: 0, max: 4e9 }), (asked, second) => {
        const from = Math.floor((second * 1_000) / minuteMs) * minuteMs;
        const to = from + 3 * 86_400_000;
        expect(follow(toExpression(asked), undefined, from, to)).toEqual(walk(asked, "UTC", from, to));
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ["America/New_York", "2026-03-08T00:00Z"],
    ["America/New_York", "2026-11-01T00:00Z"],
    ["Europe/Berlin", "2026-03-28T20:00Z"],
    ["Europe/Berlin", "2026-10-24T20:00Z"],
    ["Australia/Lord_Howe", "2026-10-03T10:00Z"],
    ["Australia/Lord_Howe", "2026-04-04T10:00Z"],
    ["America/Havana", "2026-03-08T00:00Z"],
    ["America/Havana", "2026-11-01T00:00Z"],
  ])("are in %s around %s each met once, and none is lost", (timezone, begin) => {
    const from = Date.parse(begin);
    const night = fc.record({
      minute: some(0, 59),
      hour: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 4 }), { minLength: 1 }), { nil: undefined }),
      weekday: sometimes(0, 7),
    }) as fc.Arbitrary<Fields>;
    fc.assert(
      fc.property(night, (asked) => {
        const to = from + 18 * 3_600_000;
        expect(follow(toExpression(asked), timezone, from, to)).toEqual(walk(asked, timezone, from, to));
      }),
      { numRuns: 60 },
    );
  });
});

describe("where the clocks are changed", () => {
  const newYork = (expression: string, from: string, to: string) =>
    follow(expression, "America/New_York", Date.parse(from), Date.parse(to)).map((at) =>
      new Date(at).toISOString().slice(11, 16),
    );
  const [springFrom, springTo] = ["2026-03-08T05:59Z", "2026-03-08T09:00Z"] as const;
  const [autumnFrom, autumnTo] = ["2026-11-01T04:59Z", "2026-11-01T07:59Z"] as const;

  it.each([
    ["30 2 * * *", ["07:00"]],
    ["0,30 2,3 * * *", ["07:00", "07:30"]],
    ["0 */2 * * *", ["07:00", "08:00"]],
    ["0 0/2 * * *", ["07:00", "08:00"]],
    ["* 2 * * *", ["07:00"]],
    ["*/20 2 * * *", ["07:00"]],
    ["0 30 2 * * *", ["07:00"]],
    ["30 * * * *", ["06:30", "07:30", "08:30"]],
    ["30 */1 * * *", ["06:30", "07:30", "08:30"]],
    ["@every 1h", ["06:59", "07:59", "08:59"]],
  ])("%s is not lost in the hour that does not exist", (expression, moments) => {
    expect(newYork(expression, springFrom, springTo)).toEqual(moments);
  });

  it.each([
    ["30 1 * * *", ["05:30"]],
    ["15,45 1 * * *", ["05:15", "05:45"]],
    ["*/30 1-2 * * *", ["05:00", "05:30", "07:00", "07:30"]],
    ["30 * * * *", ["05:30", "06:30", "07:30"]],
    ["30 0-23 * * *", ["05:30", "06:30", "07:30"]],
    ["@hourly", ["05:00", "06:00", "07:00"]],
  ])("%s is not repeated in the hour that comes twice, unless it is for every hour", (expression, moments) => {
    expect(newYork(expression, autumnFrom, autumnTo)).toEqual(moments);
  });
});
