import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { nextOccurrence, parseCron } from "#lib/cron.ts";

const newYear = Date.parse("2026-01-01T00:00:00Z");

/** The first moments that an expression names after the beginning of 2026, a Thursday. */
function runs(expression: string, count: number, timezone?: string): readonly string[] {
  const moments: string[] = [];
  let after: number | undefined = newYear;
  while (moments.length < count) {
    after = nextOccurrence(expression, timezone, after);
    if (after === undefined) {
      return moments;
    }
    moments.push(new Date(after).toISOString().replace(":00.000Z", "").replace(".000Z", ""));
  }
  return moments;
}

const wrongWith = (expression: string, timezone?: string): string | undefined => {
  const cron = parseCron(expression, timezone);
  return cron.valid ? undefined : cron.violation.message;
};

describe("the dialect", () => {
  it.each([
    ["* * * * *", ["2026-01-01T00:01", "2026-01-01T00:02"]],
    ["  30\t4  * *   * ", ["2026-01-01T04:30", "2026-01-02T04:30"]],
    ["05 04 * * *", ["2026-01-01T04:05", "2026-01-02T04:05"]],
    ["* * * * * *", ["2026-01-01T00:00:01", "2026-01-01T00:00:02"]],
    ["15,45 0 0 * * *", ["2026-01-01T00:00:15", "2026-01-01T00:00:45"]],
    ["? 3 ? * ?", ["2026-01-01T03", "2026-01-01T03:01"]],
    ["*/25 * * * *", ["2026-01-01T00:25", "2026-01-01T00:50", "2026-01-01T01"]],
    ["5/25 * * * *", ["2026-01-01T00:05", "2026-01-01T00:30", "2026-01-01T00:55", "2026-01-01T01:05"]],
    ["0 9-17/4 * * *", ["2026-01-01T09", "2026-01-01T13", "2026-01-01T17", "2026-01-02T09"]],
    ["0 0 ? * mon-WED,Sat", ["2026-01-03T00", "2026-01-05T00", "2026-01-06T00", "2026-01-07T00"]],
    ["0 0 1 FEB-apr/2 *", ["2026-02-01T00", "2026-04-01T00", "2027-02-01T00"]],
    ["0 0 * * 0", ["2026-01-04T00", "2026-01-11T00"]],
    ["0 0 * * 7", ["2026-01-04T00", "2026-01-11T00"]],
    ["0 0 * * 6-7", ["2026-01-03T00", "2026-01-04T00", "2026-01-10T00"]],
    ["0 0 * * 1-5", ["2026-01-02T00", "2026-01-05T00"]],
    ["0 0 29 2 *", ["2028-02-29T00", "2032-02-29T00"]],
    ["@yearly", ["2027-01-01T00", "2028-01-01T00"]],
    ["@annually", ["2027-01-01T00", "2028-01-01T00"]],
    ["@monthly", ["2026-02-01T00", "2026-03-01T00"]],
    ["@weekly", ["2026-01-04T00", "2026-01-11T00"]],
    ["@daily", ["2026-01-02T00", "2026-01-03T00"]],
    ["@midnight", ["2026-01-02T00", "2026-01-03T00"]],
    ["@hourly", ["2026-01-01T01", "2026-01-01T02"]],
    ["@every 90s", ["2026-01-01T00:01:30", "2026-01-01T00:03"]],
    ["@every 1h30m", ["2026-01-01T01:30", "2026-01-01T03"]],
    ["@every  1.5h0.5m1000ms", ["2026-01-01T01:30:31", "2026-01-01T03:01:02"]],
  ])("reads %s as %j", (expression, moments) => {
    expect(runs(expression, moments.length)).toEqual(moments.map((moment) => moment.replace(/T(\d\d)$/, "T$1:00")));
  });

  it("meets either of two day fields when both are restricted, a step being a restriction", () => {
    const days = ["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00", "2026-01-16T00:00"];
    expect(runs("0 0 13 * 5", 4)).toEqual(days);
    expect(runs("0 0 13 * FRI", 4)).toEqual(days);
    expect(runs("0 0 */12 * FRI", 3)).toEqual(["2026-01-02T00:00", "2026-01-09T00:00", "2026-01-13T00:00"]);
    expect(runs("0 0 31 2 1", 2)).toEqual(["2026-02-02T00:00", "2026-02-09T00:00"]);
  });

  it("reads the clock of the zone that is named", () => {
    expect(runs("0 12 * * *", 1, "Europe/Berlin")).toEqual(["2026-01-01T11:00"]);
    expect(runs("@daily", 1, "Asia/Kolkata")).toEqual(["2026-01-01T18:30"]);
    expect(runs("@daily", 1, "Etc/UTC")).toEqual(["2026-01-02T00:00"]);
  });
});

describe("refused as outside the dialect", () => {
  it.each([
    "",
    "* * * *",
    "* * * * * * *",
    "0 0 0 1 1 * 2030",
    "0 0 1 1 * 2030",
    "0 0 L * *",
    "0 0 * * 5L",
    "0 0 15W * *",
    "0 0 * * 1#2",
    "0 0 * * MON#2",
    "0 0 1 * +1",
    "TZ=UTC * * * * *",
    "CRON_TZ=UTC * * * * *",
    "H * * * *",
    "@reboot",
    "@Daily",
    "@daily * * * *",
    "@constructor",
    "60 * * * *",
    "0 24 * * *",
    "0 0 0 * *",
    "0 0 32 * *",
    "0 0 * 13 *",
    "0 0 * * 8",
    "0 0 * * MONDAY",
    "0 0 * MON *",
    "0 0 * * JAN",
    "*/0 * * * *",
    "*/90 * * * *",
    "/5 * * * *",
    "5/ * * * *",
    "1-2-3 * * * *",
    "50-10 * * * *",
    "0 0 * * 6-1",
    "1,,2 * * * *",
    ",1 * * * *",
    "0 0 * * *,1",
    "** * * * *",
    "-1 * * * *",
    "1.5 * * * *",
    "١ * * * *",
    "@every",
    "@every 5",
    "@every h",
    "@every -5m",
    "@every 5m 5m",
    "@every5m",
    "@every 0s",
    "@every 999ms",
    "@every 1500ms",
    "@every 2562048h",
    `@every ${"9".repeat(99)}h`,
    `0 ${"1,".repeat(600)}1 * * *`,
  ])("%j", (expression) => {
    expect(wrongWith(expression)).toMatch(/^cron must /);
    expect(nextOccurrence(expression, undefined, newYear)).toBeUndefined();
  });

  it.each(["0 0 31 2 *", "0 0 30 FEB *", "59 59 23 31 2,4,6,9,11 ?"])("%s, which never comes", (expression) => {
    expect(wrongWith(expression)).toBe("cron must name a moment that comes: no such day is in any year");
    expect(wrongWith(expression, "Europe/Berlin")).toBe(wrongWith(expression));
  });

  it.each(["", "Mars/Olympus", "+02:00", "UTC+2", "Europe/Berlin "])("the zone %j", (timezone) => {
    expect(wrongWith("@daily", timezone)).toMatch(/^timezone must /);
    expect(wrongWith("@every 5m", timezone)).toMatch(/^timezone must /);
    expect(nextOccurrence("@daily", timezone, newYear)).toBeUndefined();
  });
});

describe("whatever the expression", () => {
  const value = fc.oneof(fc.integer({ min: 0, max: 61 }).map(String), fc.constantFrom("*", "?", "mon", "DEC", "L", ""));
  const item = fc
    .tuple(value, fc.option(value), fc.option(fc.integer({ min: 0, max: 61 })))
    .map(([from, to, step]) => `${from}${to === null ? "" : `-${to}`}${step === null ? "" : `/${step}`}`);
  const field = fc.array(item, { minLength: 1, maxLength: 4 }).map((items) => items.join(","));
  const expression = fc.oneof(
    fc.array(field, { minLength: 4, maxLength: 7 }).map((fields) => fields.join(" ")),
    fc.string({ unit: fc.constantFrom(..."0123456789*/-,? @L#evryhms") }),
    fc.string({ unit: "binary" }),
  );

  it("it is answered soon, and with a later moment or a reason", () => {
    fc.assert(
      fc.property(expression, fc.constantFrom(undefined, "Europe/Berlin"), (text, timezone) => {
        const began = performance.now();
        const next = nextOccurrence(text, timezone, newYear);
        expect(next === undefined).toBe(wrongWith(text, timezone) !== undefined);
        expect(next ?? Number.POSITIVE_INFINITY).toBeGreaterThan(newYear);
        expect(performance.now() - began).toBeLessThan(1_000);
      }),
      { numRuns: 2_000 },
    );
  });
});

it.each([
  ["* * * * * *", 999, 1_000],
  ["* * * * * *", 1_000, 2_000],
  ["* * * * *", 59_999, 60_000],
  ["@every 90s", 1_000, 91_000],
  ["@every 90s", 1_999, 91_000],
  ["@every 1s", 1_999, 2_000],
])("%s after %d ms is at the whole second %d", (expression, after, next) => {
  expect(nextOccurrence(expression, undefined, after)).toBe(next);
  expect(nextOccurrence(expression, "Europe/Berlin", after)).toBe(next);
});

it("is remembered for each zone apart, however many expressions there are", () => {
  expect(runs("0 12 * * *", 1, "Europe/Berlin")).toEqual(["2026-01-01T11:00"]);
  for (let second = 0; second < 3_000; second++) {
    nextOccurrence(`${second % 60} ${Math.floor(second / 60)} * * * *`, undefined, newYear);
  }
  expect(runs("0 12 * * *", 1)).toEqual(["2026-01-01T12:00"]);
  expect(runs("0 12 * * *", 1, "Europe/Berlin")).toEqual(["2026-01-01T11:00"]);
});

it("time runs out at the end of the calendar, without an error", () => {
  for (const expression of ["* * * * *", "@every 1h"]) {
    expect(nextOccurrence(expression, undefined, 8_640_000_000_000_000)).toBeUndefined();
    expect(nextOccurrence(expression, undefined, Number.MAX_SAFE_INTEGER)).toBeUndefined();
  }
});

it("a thousand missed runs are found in a moment", () => {
  for (const timezone of [undefined, "America/New_York"]) {
    const began = performance.now();
    expect(runs("*/7 9-17 * * 1-5", 1_000, timezone)).toHaveLength(1_000);
    // Some 10 and 50 ms; the rest is for a busy machine.
    expect(performance.now() - began).toBeLessThan(1_000);
  }
});
