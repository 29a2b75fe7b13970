import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { endOfTime, isFault, type Tags, type Value } from "#lib/core/index.ts";
import { checkCreate } from "#lib/core/limits.ts";
import { type CreateSchedule, type CronFlaw, type NextRun, occurrence } from "#lib/core/schedule.ts";
import { asked, everyTen, scheduleOf } from "./schedules.ts";

/** What is wrong with a schedule: the fault's code, and each message. */
function wrongWith(
  fields: Partial<CreateSchedule>,
  next: NextRun = everyTen,
  flawOf: CronFlaw = () => undefined,
): readonly string[] {
  try {
    scheduleOf({ ...asked, ...fields }, 1_003, next, flawOf);
    return [];
  } catch (error) {
    if (!isFault(error) || !(error.code === "invalid" || error.code === "tooLarge")) {
      throw error;
    }
    return [error.code, ...error.details.violations.map(({ message }) => message)];
  }
}

const entries = (count: number): Tags => Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, ""]));
const tagsOf = (bytes: number): Tags => ({ t: "x".repeat(bytes - JSON.stringify({ t: "" }).length) });
const paramOf = (bytes: number): Value => ({ data: "x".repeat(bytes - JSON.stringify({ data: "" }).length) });

describe("a limit of a schedule", () => {
  const added = Object.entries(occurrence({ ...asked, promiseId: "p", promiseTags: {} }, endOfTime).tags);
  const addedBytes = JSON.stringify(Object.fromEntries(added)).length - 1;

  it.each<[string, within: Partial<CreateSchedule>, beyond: Partial<CreateSchedule>, message: readonly string[]]>([
    [
      "id",
      { id: "é".repeat(500), promiseId: "p" },
      { id: "é".repeat(501) },
      ["invalid", "id must be at most 1000 bytes of UTF-8"],
    ],
    [
      "cron",
      { cron: "é".repeat(500) },
      { cron: "é".repeat(501) },
      ["invalid", "cron must be at most 1000 bytes of UTF-8"],
    ],
    [
      "zone",
      { timezone: "x".repeat(1_000) },
      { timezone: "x".repeat(1_001) },
      ["invalid", "timezone must be at most 1000 bytes of UTF-8"],
    ],
    [
      "description",
      { description: "x".repeat(1_000) },
      { description: "x".repeat(1_001) },
      ["invalid", "description must be at most 1000 bytes of UTF-8"],
    ],
    [
      "template",
      { promiseId: "x".repeat(1_000) },
      { promiseId: "x".repeat(1_001) },
      ["invalid", "promiseId must be at most 1000 bytes of UTF-8"],
    ],
    [
      "template once it is filled in with the longest moment",
      { promiseId: `${"x".repeat(984)}{{.timestamp}}` },
      { promiseId: `${"x".repeat(985)}{{.timestamp}}` },
      ["invalid", "promiseId must be at most 1000 bytes of UTF-8"],
    ],
    ["template's text", {}, { promiseId: "{{.name}}" }, ["invalid", "promiseId is required"]],
    ["tags", { tags: entries(100) }, { tags: entries(101) }, ["tooLarge", "tags must have at most 100 entries"]],
    [
      "promises' tags",
      { promiseTags: entries(94) },
      { promiseTags: entries(95) },
      ["tooLarge", "promiseTags must have at most 100 entries"],
    ],
    [
      "promises' tags' bytes",
      { promiseId: "p", promiseTags: tagsOf(32_768 - addedBytes) },
      { promiseId: "p", promiseTags: tagsOf(32_769 - addedBytes) },
      ["tooLarge", "promiseTags must be at most 32768 bytes of JSON"],
    ],
    [
      "promises' param",
      { promiseParam: paramOf(2_500_000) },
      { promiseParam: paramOf(2_500_001) },
      ["tooLarge", "promiseParam must be at most 2500000 bytes of JSON"],
    ],
    [
      "promises' param's headers",
      { promiseParam: { headers: entries(100) } },
      { promiseParam: { headers: entries(101) } },
      ["tooLarge", "promiseParam.headers must have at most 100 entries"],
    ],
  ])(
    "on its %s takes what is just within it, and names itself to what is just beyond",
    (_name, within, beyond, message) => {
      expect(wrongWith(within)).toEqual([]);
      expect(wrongWith(beyond)).toEqual(message);
    },
  );

  it.each<[Partial<CreateSchedule>, field: string]>([
    [{ id: "\ud800" }, "id"],
    [{ cron: "\ud800" }, "cron"],
    [{ timezone: "\ud800" }, "timezone"],
    [{ description: "\ud800" }, "description"],
    [{ promiseId: "\ud800" }, "promiseId"],
    [{ tags: { t: "\ud800" } }, "tags"],
    [{ idempotencyKey: "\ud800" }, "idempotency-key"],
    [{ promiseParam: { data: "\ud800" } }, "promiseParam.data"],
    [{ promiseParam: { headers: { h: "\ud800" } } }, "promiseParam.headers"],
    [{ promiseTags: { t: "\ud800" } }, "promiseTags"],
  ])("lets no lone surrogate into %j", (fields, field) => {
    expect(wrongWith(fields)).toEqual(["invalid", `${field} must be well-formed Unicode, without lone surrogates`]);
  });

  it("refuses an address that its promises could not have", () => {
    expect(wrongWith({ promiseTags: { "resonate:target": "" } })).toEqual([
      "invalid",
      "Invalid resonate:target address",
    ]);
  });

  it.each([
    [-1, "must be a whole number of milliseconds, at least 0"],
    [0.5, "must be a whole number of milliseconds, at least 0"],
    [Number.NaN, "must be a whole number of milliseconds, at least 0"],
    [2 ** 53, "must be at most 9007199254740991 milliseconds"],
  ])("refuses %d as the timeout of its promises", (promiseTimeout, rule) => {
    expect(wrongWith({ promiseTimeout })).toEqual(["invalid", `promiseTimeout ${rule}`]);
  });

  it.each([0, endOfTime])("takes %d as the timeout of its promises", (promiseTimeout) => {
    expect(wrongWith({ promiseTimeout })).toEqual([]);
  });

  it("refuses a delay of its promises: it says itself when", () => {
    const promiseTags = { "resonate:target": "poll://any@workers", "resonate:delay": "soon" };
    expect(wrongWith({ promiseTags })).toEqual([
      "invalid",
      "promiseTags must not contain resonate:delay: the schedule says when",
    ]);
  });

  it("tells what the calendar says is wrong with its expression or zone", () => {
    const violation = { field: "timezone", message: "timezone is on the moon" };
    expect(wrongWith({}, everyTen, () => violation)).toEqual(["invalid", violation.message]);
  });

  it("refuses an expression that names no moment any more", () => {
    expect(wrongWith({}, () => undefined)).toEqual(["invalid", "cron must name a moment that comes"]);
  });

  it("tells at once, and once each, all that is wrong", () => {
    const target = { "resonate:target": "nowhere" };
    expect(
      wrongWith({ id: "\ud800", promiseId: "{{.id}}", promiseTimeout: -1, promiseTags: target }, everyTen, () => ({
        field: "cron",
        message: "cron is none",
      })),
    ).toEqual([
      "invalid",
      "id must be well-formed Unicode, without lone surrogates",
      "cron is none",
      "promiseTimeout must be a whole number of milliseconds, at least 0",
      "Invalid resonate:target address",
    ]);
  });

  it("leaves no run whose promise could not be created", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "é", "{{.id}}", "{{.timestamp}}", "{{.x}}"), maxLength: 200 });
    const tags = fc.dictionary(text, text, { maxKeys: 100 });
    let taken = 0;
    fc.assert(
      fc.property(text, text, tags, fc.nat(endOfTime), (id, promiseId, promiseTags, dueAt) => {
        const fields = { id, promiseId, promiseTags };
        if (wrongWith(fields).length === 0) {
          taken++;
          checkCreate(occurrence({ ...asked, ...fields }, Math.max(dueAt, 1_010)));
        }
      }),
      { numRuns: 500 },
    );
    expect(taken).toBeGreaterThan(50);
  });
});
