/** Each step that the service takes on its own (`protocol/rpc.md` 9): not before its time, once, and what it leaves. */

import { describe, expect, it } from "vitest";
import { advance, expire, type PromiseImage, run } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import { resolved, retryMs } from "./images.ts";
import { target, taskIn } from "./tasks.ts";

/** Steps until nothing is due any more: what is left, how many writes there were, and how often the task was offered. */
function advanced(first: PromiseImage, now: number) {
  let image = first;
  let writes = 0;
  let offers = 0;
  for (let step = advance(image, now, retryMs, []); step !== undefined; step = advance(image, now, retryMs, [])) {
    if (step.kind !== "write" || writes > 10) {
      return { image, writes, offers, next: step.kind };
    }
    const outcome = run(step.write, image);
    if (!outcome.won) {
      throw new Error("nobody else is there to refuse it");
    }
    image = outcome.image;
    writes += 1;
    offers += step.offers ? 1 : 0;
  }
  return { image, writes, offers, next: undefined };
}

const idle = (image: PromiseImage) => ({ image, writes: 0, offers: 0, next: undefined });

describe("What is not due", () => {
  it.each<[string, PromiseImage, number]>([
    ["a pending promise before its deadline", imageOf(), 1_999],
    ["a settled promise that nobody waits for", resolved, 9_000],
    [
      "a step of a workflow that nobody waits for, before its deadline",
      imageOf({ timeoutAt: 5_000, dueAt: 5_000 }),
      4_999,
    ],
    ["a pending task before its retry", taskIn("pending"), 1_299],
    ["a held task before its lease ends", taskIn("acquired"), 1_499],
    ["a sleeping task", taskIn("suspended", { dueAt: 100_000 }), 99_999],
    ["a halted task", taskIn("halted", { dueAt: 100_000 }), 99_999],
    ["a settled promise with waiters, before it is due", { ...resolved, callbacks: ["a"], dueAt: 1_500 }, 1_499],
  ])("is left alone: %s", (_what, image, now) => {
    expect(advanced(image, now)).toEqual(idle(image));
  });
});

describe("A deadline", () => {
  it.each<[string, PromiseImage]>([
    ["an armed promise", imageOf()],
    ["an unarmed step", (({ dueAt: _, ...image }) => image)(imageOf({ tags: { "resonate:scope": "local" } }))],
    ["a promise that is due later", imageOf({ dueAt: 9_000 })],
    ...(["pending", "acquired", "suspended", "halted"] as const).map((state): [string, PromiseImage] => [
      `a promise whose task is ${state}`,
      taskIn(state, { timeoutAt: 2_000 }),
    ]),
  ])("settles %s, before anything else that is due", (_what, image) => {
    const { image: left, writes, offers, next } = advanced(image, 2_000);
    expect(left).toMatchObject({ state: "rejected_timedout", settledAt: 2_000, value: {} });
    expect(left).not.toHaveProperty("dueAt");
    expect([writes, offers, next]).toEqual([1, 0, undefined]);
  });

  it.each([{ callbacks: ["a"] }, { listeners: ["http://a"] }, { moreWaiters: true }] as const)(
    "leaves a promise due at once where somebody waits for it: %o",
    (waiters) => {
      const { image, next } = advanced(imageOf(waiters), 7_000);
      expect(image).toEqual(imageOf({ ...waiters, state: "rejected_timedout", settledAt: 2_000, dueAt: 2_000 }));
      expect(next).toBe("moreWaiters" in waiters ? "dischargeMore" : "discharge");
    },
  );

  it("is not written over somebody who has begun to wait meanwhile", () => {
    for (const waiters of [{ callbacks: ["a"] }, { listeners: ["http://a"] }, { moreWaiters: true }] as const) {
      expect(run(expire(imageOf(), 2_000, []), imageOf(waiters))).toEqual({ won: false, image: imageOf(waiters) });
    }
  });
});

describe("A settled promise", () => {
  const settled = (fields: Partial<PromiseImage>) =>
    imageOf({ state: "resolved", settledAt: 1_500, dueAt: 1_500, ...fields });

  it("has those who stand in it told first, and then the others", () => {
    expect(advance(settled({ callbacks: ["a"], moreWaiters: true }), 1_500, retryMs, [])).toEqual({
      kind: "discharge",
    });
    expect(advance(settled({ listeners: ["a"], moreWaiters: true }), 1_500, retryMs, [])).toEqual({
      kind: "discharge",
    });
    expect(advance(settled({ moreWaiters: true }), 1_500, retryMs, [])).toEqual({ kind: "dischargeMore" });
  });

  it("that is still due though nobody waits is so no more", () => {
    const { image, writes } = advanced(settled({}), 1_500);
    const { dueAt: _, ...left } = settled({});
    expect([image, writes]).toEqual([left, 1]);
  });
});

describe("A lease", () => {
  it("that has run out makes the task pending, its version as it was, and offers it", () => {
    const { image, writes, offers } = advanced(taskIn("acquired", { resumes: 2 }), 1_500);
    const { pid: _p, ttl: _t, leasedAt: _l, ...left } = taskIn("acquired", { resumes: 2 });
    const retryAt = 1_500 + retryMs;
    expect(image).toEqual({ ...left, taskState: "pending", giveUps: 1, retryAt, dueAt: retryAt });
    expect([writes, offers]).toEqual([1, 1]);
  });

  it("that was renewed only moves what is due", () => {
    const renewed = taskIn("acquired", { leasedAt: 1_400 });
    expect(advanced(renewed, 1_500)).toEqual({
      image: { ...renewed, dueAt: 1_800 },
      writes: 1,
      offers: 0,
      next: undefined,
    });
  });

  it("is not ended by who has not seen that it was renewed, or that it is another's", () => {
    const step = advance(taskIn("acquired"), 1_500, retryMs, []);
    for (const fields of [{ leasedAt: 1_101 }, { taskVersion: 4 }, { taskState: "suspended" as const }]) {
      expect(step?.kind === "write" && run(step.write, taskIn("acquired", fields)).won).toBe(false);
    }
  });
});

describe("A retry", () => {
  it("offers the pending task, once, and comes again", () => {
    const { image, writes, offers } = advanced(taskIn("pending"), 5_000);
    expect(image).toEqual(taskIn("pending", { retryAt: 5_000 + retryMs, dueAt: 5_000 + retryMs }));
    expect([writes, offers]).toEqual([1, 1]);
  });

  it("comes no later than the deadline is looked at", () => {
    expect(advanced(taskIn("pending", { timeoutAt: 6_000 }), 5_000).image).toMatchObject({ dueAt: 6_000 });
  });

  it("of two that come at once offers the task once", () => {
    const step = advance(taskIn("pending"), 5_000, retryMs, []);
    const first = step?.kind === "write" ? run(step.write, taskIn("pending")).image : undefined;
    expect(step?.kind === "write" && run(step.write, first).won).toBe(false);
  });

  it("of a task that was taken meanwhile offers nothing", () => {
    const step = advance(taskIn("pending"), 5_000, retryMs, []);
    expect(step?.kind === "write" && run(step.write, taskIn("acquired")).won).toBe(false);
  });

  it("comes at the delay, and no sooner", () => {
    const delayed = taskIn("pending", {
      tags: { ...target, "resonate:delay": "40000" },
      retryAt: 40_000,
      dueAt: 40_000,
    });
    expect(advanced(delayed, 39_999)).toEqual(idle(delayed));
    expect(advanced(delayed, 40_000)).toMatchObject({ offers: 1 });
  });
});

describe("A due key that was only a lower bound", () => {
  it.each([
    ["pending", 9_000],
    ["suspended", 100_000],
    ["halted", 100_000],
  ] as const)("of a task that is %s moves to %d, and nothing else does", (state, dueAt) => {
    const image = taskIn(state, { dueAt: 1_200, ...(state === "pending" && { retryAt: 9_000 }) });
    expect(advanced(image, 1_200)).toEqual({ image: { ...image, dueAt }, writes: 1, offers: 0, next: undefined });
  });

  it("of a promise without a task moves to its deadline", () => {
    expect(advanced(imageOf({ dueAt: 1_200 }), 1_200).image).toEqual(imageOf());
  });

  it("is not moved by who has not seen what has happened since", () => {
    const image = taskIn("suspended", { dueAt: 1_200 });
    const step = advance(image, 1_200, retryMs, []);
    for (const fields of [{ taskState: "pending" as const, retryAt: 1_250 }, { taskVersion: 4 }, { dueAt: 1_250 }]) {
      expect(step?.kind === "write" && run(step.write, { ...image, ...fields }).won).toBe(false);
    }
  });
});
