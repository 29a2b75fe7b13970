/** Tasks as they are born with their promises (`protocol/rpc.md` 5, 7.2, 7.8), and how soon they are offered. */

import { describe, expect, it } from "vitest";
import { create, createTask, endOfTime, isOfferedAtOnce, type PromiseImage, type Tags } from "#lib/core/index.ts";
import { at, retryMs } from "./images.ts";
import { carryOut, target } from "./tasks.ts";

const now = 1_000;
const asked = { id: "p", timeoutAt: 100_000, param: {}, tags: target };
const held = { ...asked, pid: "process", ttl: 500 };

const born = (tags: Tags, moment = now): PromiseImage =>
  carryOut(() => create({ ...asked, tags }, at(moment)), undefined, moment).left as PromiseImage;

const takeAlong = (tags: Tags, ttl = 500, moment = now): PromiseImage =>
  carryOut(() => createTask({ ...held, tags, ttl }, at(moment)), undefined, moment).left as PromiseImage;

const taskOf = ({ taskState, taskVersion, retryAt, dueAt }: PromiseImage) => ({
  taskState,
  taskVersion,
  retryAt,
  dueAt,
});

describe("A promise that is created", () => {
  it.each<[what: string, tags: Tags, retryAt: number | undefined, dueAt: number | undefined, isOffered: boolean]>([
    ["a target", target, now + retryMs, now + retryMs, true],
    ["a delay that has passed", { ...target, "resonate:delay": "1000" }, now + retryMs, now + retryMs, true],
    ["a delay", { ...target, "resonate:delay": "1001" }, 1_001, 1_001, false],
    ["a delay longer than the retry", { ...target, "resonate:delay": "90000" }, 90_000, 90_000, false],
    ["a target in a workflow", { ...target, "resonate:scope": "local" }, now + retryMs, now + retryMs, true],
    ["a timer and a target", { ...target, "resonate:timer": "true" }, undefined, 100_000, false],
  ])("with %s has a pending task", (_what, tags, retryAt, dueAt, isOffered) => {
    const image = born(tags);
    expect(taskOf(image)).toEqual({ taskState: "pending", taskVersion: 0, retryAt, dueAt });
    expect(isOfferedAtOnce(image, now)).toBe(isOffered);
  });

  it("without a target has no task, and is never offered", () => {
    const image = born({});
    expect(taskOf(image)).toEqual({ dueAt: 100_000 });
    expect(isOfferedAtOnce(image, now)).toBe(false);
  });

  it("whose deadline comes before its first retry is due at its deadline", () => {
    const { left } = carryOut(() => create({ ...asked, timeoutAt: 5_000 }, at(now)), undefined, now);
    expect(left).toMatchObject({ retryAt: now + retryMs, dueAt: 5_000 });
  });

  it("after its deadline has a task that is fulfilled from the start", () => {
    for (const image of [born(target, 100_000), takeAlong(target, 500, 100_000)]) {
      expect(image).toMatchObject({ state: "rejected_timedout", createdAt: 100_000, taskVersion: 0 });
      expect(taskOf(image)).toEqual({ taskState: "pending", taskVersion: 0 });
      expect(isOfferedAtOnce(image, now)).toBe(false);
    }
  });
});

describe("A promise that is created with its task taken", () => {
  it("is held at version 1 until the lease ends, and not offered", () => {
    const image = takeAlong(target);
    expect(image).toMatchObject({ pid: "process", ttl: 500, leasedAt: now });
    expect(taskOf(image)).toEqual({ taskState: "acquired", taskVersion: 1, dueAt: 1_500 });
    expect(isOfferedAtOnce(image, now)).toBe(false);
  });

  it("is due at its deadline where that comes before the lease ends, however long that is", () => {
    expect(takeAlong(target, 200_000)).toMatchObject({ dueAt: 100_000 });
    expect(takeAlong(target, endOfTime)).toMatchObject({ dueAt: 100_000, ttl: endOfTime });
  });

  it("is what a repetition of the request made, and no other's", () => {
    const first = () => createTask(held, at(now, "mine"));
    const once = carryOut(first, undefined, now);
    expect(carryOut(first, once.left, now)).toMatchObject({ said: once.said, writes: 1 });
    expect(carryOut(() => createTask(held, at(now, "other")), once.left, now)).toMatchObject({ fault: "taskExists" });
  });

  it("takes a timer's task as any other", () => {
    expect(taskOf(takeAlong({ ...target, "resonate:timer": "true" }))).toMatchObject({ taskState: "acquired" });
  });
});
