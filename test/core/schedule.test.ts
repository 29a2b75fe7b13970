import { describe, expect, it } from "vitest";

import { endOfTime } from "#lib/core/index.ts";
import { afterRun, type CreateSchedule, isToRun, type NextRun, occurrence } from "#lib/core/schedule.ts";
import { asked, everyTen, scheduleOf } from "./schedules.ts";

const born = (fields: Partial<CreateSchedule> = {}) => scheduleOf({ ...asked, ...fields }, 1_003, everyTen);

describe("a schedule", () => {
  it("is born with its first run after its birth, and due then", () => {
    expect(born()).toStrictEqual({
      ...asked,
      createdAt: 1_003,
      nextRunAt: 1_010,
      dueAt: 1_010,
      createToken: "creator",
    });
  });

  it("asks for its runs by its own expression and zone", () => {
    const questions: unknown[] = [];
    const next: NextRun = (...question) => {
      questions.push(question);
      return 2_000;
    };
    const schedule = scheduleOf({ ...asked, timezone: "Asia/Tokyo" }, 1_003, next);
    afterRun(schedule, 2_000, next);
    expect(questions).toEqual([
      ["0 0 * * *", "Asia/Tokyo", 1_003],
      ["0 0 * * *", "Asia/Tokyo", 2_000],
    ]);
  });

  it.each([
    [1_009, false],
    [1_010, true],
    [9_999, true],
  ])("whose run is at 1010 is to run at %d: %s", (now, isNow) => {
    expect(isToRun(born(), now)).toBe(isNow);
  });

  it("catches up on its missed runs one after the other, none skipped", () => {
    let schedule = born();
    const planned: number[] = [];
    while (isToRun(schedule, 1_045)) {
      planned.push(schedule.nextRunAt);
      schedule = { ...schedule, ...afterRun(schedule, schedule.nextRunAt, everyTen) };
    }
    expect(planned).toEqual([1_010, 1_020, 1_030, 1_040]);
    expect(schedule).toMatchObject({ lastRunAt: 1_040, nextRunAt: 1_050, dueAt: 1_050 });
  });

  it("that has run for the last time is never due again", () => {
    expect(afterRun(born(), 1_010, () => undefined)).toEqual({
      lastRunAt: 1_010,
      nextRunAt: endOfTime,
      dueAt: endOfTime,
    });
  });
});

describe("the promise of a run", () => {
  it("is born at the planned moment, keyed by its id, with the tags of both generations", () => {
    expect(occurrence(born(), 1_010)).toStrictEqual({
      id: "nightly.1010",
      createdAt: 1_010,
      timeoutAt: 1_510,
      param: { data: "go" },
      tags: {
        "resonate:target": "poll://any@workers",
        "resonate:schedule": "nightly",
        "resonate:invocation": "true",
        "resonate:origin": "nightly.1010",
        "resonate:branch": "nightly.1010",
        "resonate:parent": "nightly.1010",
        "resonate:prefix": "nightly.1010",
      },
      idempotencyKey: "nightly.1010",
    });
  });

  it("has the service's tags whatever the schedule says of them", () => {
    const names = ["schedule", "invocation", "origin", "branch", "parent", "prefix"].map((name) => `resonate:${name}`);
    const promiseTags = Object.fromEntries([...names, "mine"].map((name) => [name, "forged"]));
    const { tags } = occurrence({ ...asked, promiseTags }, 7);
    expect(Object.keys(tags).filter((name) => tags[name] === "forged")).toEqual(["mine"]);
  });

  it("has no deadline past the end of time", () => {
    expect(occurrence(born({ promiseTimeout: endOfTime }), 1_010).timeoutAt).toBe(endOfTime);
  });

  it.each([
    ["{{.id}}.{{.timestamp}}", "nightly.1010"],
    ["{{.id}}-{{.timestamp}}", "nightly-1010"],
    ["{{ .id }}/{{  .timestamp\t}}/{{.id}}", "nightly/1010/nightly"],
    ["fixed", "fixed"],
    ["a{{.name}}b{{}}c{{id}}d{{.constructor}}", "abcd"],
    ["{.id} {{.id", "{.id} {{.id"],
    ["{{{.id}}}", "{nightly}"],
    ["$&{{.id}}$1", "$&nightly$1"],
  ])("of the template %j is called %j", (promiseId, id) => {
    expect(occurrence({ ...asked, promiseId }, 1_010).id).toBe(id);
  });

  it("is not called by what looks like a name in its schedule's id", () => {
    expect(occurrence({ ...asked, id: "{{.timestamp}}$&" }, 1_010).id).toBe("{{.timestamp}}$&.1010");
  });
});
