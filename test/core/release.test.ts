/** Giving tasks up: how long the next offer waits, and what that costs. */

import { describe, expect, it } from "vitest";
import { acquire, advance, continueTask, isOfferedAtOnce, type PromiseImage, release, run } from "#lib/core/index.ts";
import { at, retryMs } from "./images.ts";
import { carryOut, taskIn } from "./tasks.ts";

const now = 2_000;

/** Takes the task and gives it up again, so many times in a row, each time at the same moment. */
function givenUp(times: number, moment = at(now)): PromiseImage {
  let image = taskIn("pending", { retryAt: now, dueAt: now });
  for (let time = 0; time < times; time++) {
    const version = image.taskVersion as number;
    // Each request has a token of its own.
    const taking = { ...moment, token: `take ${time}` };
    const giving = { ...moment, token: `give ${time}` };
    image = carryOut(() => acquire({ id: "p", version, pid: "a", ttl: 100 }, taking), image, now).left as PromiseImage;
    image = carryOut(() => release({ id: "p", version: version + 1 }, giving), image, now).left as PromiseImage;
  }
  return image;
}

describe("A task that is given up", () => {
  it.each([
    [1, retryMs, true],
    [2, retryMs, true],
    [3, 1_000, false],
    [4, 2_000, false],
    [5, 4_000, false],
    [6, 8_000, false],
    [7, 16_000, false],
    [8, retryMs, false],
    [50, retryMs, false],
    [2_000, retryMs, false],
  ])("for the %dth time in a row is offered again after %d ms, and at once: %s", (times, waitMs, isAtOnce) => {
    const image = givenUp(times);
    expect(image).toMatchObject({ taskState: "pending", giveUps: times, retryAt: now + waitMs });
    expect(image.dueAt).toBeLessThanOrEqual(now + waitMs);
    expect(isOfferedAtOnce(image, now)).toBe(isAtOnce);
  });

  it("waits no longer than the interval of retries, however short that is", () => {
    expect(givenUp(3, { ...at(now), retryMs: 200 }).retryAt).toBe(now + 200);
  });

  it("by a lease that ran out waits as long as one that was released", () => {
    for (const giveUps of [0, 1, 2, 3, 9]) {
      const held = taskIn("acquired", { leasedAt: now - 400, dueAt: now, ...(giveUps > 0 && { giveUps }) });
      const step = advance(held, now, retryMs, []);
      const expired = step?.kind === "write" ? run(step.write, held).image : undefined;
      const released = carryOut(() => release({ id: "p", version: 3 }, at(now)), held, now).left;
      expect(expired).toMatchObject({ taskState: "pending", giveUps: giveUps + 1, retryAt: released?.retryAt });
      expect(step).toMatchObject({ offers: giveUps < 2 });
    }
  });

  it("is given up in one write the first time, and in two once it must be known how often before", () => {
    const writes = (fields: Partial<PromiseImage>) =>
      carryOut(() => release({ id: "p", version: 3 }, at(now)), taskIn("acquired", fields), now).writes;
    expect([writes({}), writes({ giveUps: 1 }), writes({ dueAt: 50_000 })]).toEqual([1, 2, 2]);
  });

  it("starts anew once it is let go on", () => {
    const halted = taskIn("halted", { giveUps: 7 });
    const { left } = carryOut(() => continueTask("p", at(now)), halted, now);
    expect(left).toMatchObject({ taskState: "pending", retryAt: now + retryMs });
    expect(left).not.toHaveProperty("giveUps");
    expect(left && isOfferedAtOnce(left, now)).toBe(true);
  });
});

describe("The due key", () => {
  it("is left alone where it is early enough, and moved where it would be too late", () => {
    const released = (dueAt: number) =>
      carryOut(() => release({ id: "p", version: 3 }, at(now)), taskIn("acquired", { dueAt }), now).left?.dueAt;
    const retryAt = now + retryMs;
    expect([released(1_500), released(retryAt), released(retryAt + 1), released(100_000)]).toEqual([
      1_500,
      retryAt,
      retryAt,
      retryAt,
    ]);
    const acquired = (dueAt: number) =>
      carryOut(() => acquire({ id: "p", version: 3, pid: "a", ttl: 400 }, at(now)), taskIn("pending", { dueAt }), now)
        .left?.dueAt;
    expect([acquired(1_300), acquired(2_400), acquired(2_401), acquired(50_000)]).toEqual([1_300, 2_400, 2_400, 2_400]);
  });
});
