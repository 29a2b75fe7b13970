import { describe, expect, it } from "vitest";
import { advance, expire, isOverdue, project, run } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import { retryMs } from "./images.ts";

const pending = imageOf();
const resolved = imageOf({ state: "resolved", settledAt: 1_500, value: { data: "x" } });

describe("a deadline", () => {
  it.each([
    [1_999, false],
    [2_000, true],
    [9_000, true],
  ])("looked at by %d has come: %s", (now, hasCome) => {
    expect(isOverdue(pending, now)).toBe(hasCome);
    expect(run(expire(pending, now, []), pending).won).toBe(hasCome);
    expect(advance(pending, now, retryMs, [])).toEqual(
      hasCome ? { kind: "write", write: expire(pending, now, []), offers: false } : undefined,
    );
  });

  it.each([
    [{}, "rejected_timedout"],
    [{ "resonate:timeout": "true" }, "resolved"],
    [{ "resonate:timer": "true" }, "resolved"],
    [{ "resonate:timeout": "false" }, "rejected_timedout"],
    [{ "resonate:timeout": "" }, "rejected_timedout"],
  ] as const)("of a promise with tags %o makes it %s, at the deadline however late it is noticed", (tags, state) => {
    const image = imageOf({ tags });
    const { dueAt: _, ...kept } = image;
    expect(run(expire(image, 7_000, []), image)).toStrictEqual({
      won: true,
      image: { ...kept, state, settledAt: 2_000 },
    });
  });

  it("of a settled promise is nothing to anybody", () => {
    expect(run(expire(resolved, 9_000, []), resolved)).toEqual({ won: false, image: resolved });
    expect(advance(resolved, 9_000, retryMs, [])).toBeUndefined();
    expect(project(resolved, 9_000)).toBe(resolved);
  });

  it("is done once: advance asks for nothing of what it has made", () => {
    const after = run(expire(pending, 2_000, []), pending).image;
    expect(after?.state).toBe("rejected_timedout");
    expect(after && advance(after, 2_000, retryMs, [])).toBeUndefined();
  });

  it("shows in a search before it is written, just as it will be written", () => {
    expect(project(pending, 1_999)).toBe(pending);
    const { dueAt: _, ...shown } = project(pending, 2_000);
    expect(shown).toStrictEqual(run(expire(pending, 2_000, []), pending).image);
    expect(pending.state).toBe("pending");
  });
});
