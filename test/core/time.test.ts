/** What time alone does to a promise: written down (expire, advance), or only shown (project). */

import { describe, expect, it } from "vitest";
import { advance, expire, isOverdue, type PromiseImage, project, run } from "#lib/core/index.ts";
import { pending, resolved } from "./images.ts";

const timer: PromiseImage = { ...pending, tags: { "resonate:timeout": "true" } };
const { dueAt: _, ...unarmed } = pending;

describe("A deadline that has come", () => {
  it.each([1_999, 2_000, 9_999])("at %i is met exactly from its own moment on", (now) => {
    expect(isOverdue(pending, now)).toBe(now >= 2_000);
    expect(run(expire(pending, now), pending).won).toBe(now >= 2_000);
    expect(advance(pending, now)).toHaveLength(now >= 2_000 ? 1 : 0);
    expect(project(pending, now).state).toBe(now >= 2_000 ? "rejected_timedout" : "pending");
  });

  it("is written as of the deadline, however late, and leaves nothing to be done", () => {
    expect(run(expire(pending, 9_999), pending).image).toEqual({
      ...unarmed,
      state: "rejected_timedout",
      settledAt: 2_000,
    });
  });

  it("resolves a timer, with an empty value", () => {
    expect(run(expire(timer, 2_000), timer).image).toMatchObject({ state: "resolved", value: {}, settledAt: 2_000 });
    expect(project(timer, 2_000)).toMatchObject({ state: "resolved", settledAt: 2_000 });
  });

  it("changes nothing of what is settled already", () => {
    expect(run(expire(pending, 9_999), resolved)).toEqual({ won: false, image: resolved });
    expect(advance(resolved, 9_999)).toEqual([]);
    expect(project(resolved, 9_999)).toBe(resolved);
  });

  it("is written once: whoever comes second has lost, and is shown the same", () => {
    const { image } = run(expire(pending, 2_000), pending);
    expect(run(expire(pending, 3_000), image)).toEqual({ won: false, image });
  });

  it("is shown as it will be written", () => {
    const written = run(expire(pending, 5_000), pending).image;
    expect(project(pending, 5_000)).toEqual({ ...written, dueAt: pending.dueAt });
  });

  it("is found by whoever looks at an overdue promise, and is exactly the time-out", () => {
    expect(advance(pending, 2_500)).toEqual([expire(pending, 2_500)]);
  });
});
