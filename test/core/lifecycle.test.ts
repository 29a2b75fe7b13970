import { describe, expect, it } from "vitest";
import {
  acquire,
  create,
  expire,
  expiring,
  leaving,
  lifecycle,
  lifecycleKey,
  type PromiseImage,
  run,
  type Settle,
  settlement,
} from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import { at, pending, resolved } from "./images.ts";

const born = (timeoutAt: number, tags: PromiseImage["tags"] = {}): PromiseImage =>
  run(create({ id: "x", param: {}, tags, timeoutAt }, at(1_000)).write, undefined).image as PromiseImage;

const settledBy = (verdict: Settle["verdict"]): PromiseImage =>
  run(
    settlement({ id: pending.id, verdict, value: {} }, at(1_500), [], leaving({ id: pending.id, verdict }, at(1_500))),
    pending,
  ).image as PromiseImage;

describe("a lifecycle event", () => {
  it("is the creation of a promise, at its birth", () => {
    expect(lifecycle(undefined, born(2_000))).toEqual([{ kind: "created", at: 1_000 }]);
  });

  it.each([
    ["resolved", "resolved"],
    ["rejected", "rejected"],
    ["rejected_canceled", "canceled"],
  ] as const)("is a promise's being %s: %s, at its settlement", (verdict, kind) => {
    expect(lifecycle(pending, settledBy(verdict))).toEqual([{ kind, at: 1_500 }]);
  });

  it.each([
    [{}, "timedout"],
    [{ "resonate:timer": "true" }, "resolved"],
  ] as const)("is what the deadline makes of tags %o: %s, at the deadline however late it is written", (tags, kind) => {
    const image = imageOf({ tags });
    expect(lifecycle(image, run(expire(image, 9_000, []), image).image)).toEqual([{ kind, at: 2_000 }]);
  });

  it("of a promise born settled is two: its creation, then what its deadline made of it", () => {
    const [created, ended] = lifecycle(undefined, born(500));
    expect([created, ended]).toEqual([
      { kind: "created", at: 500 },
      { kind: "timedout", at: 500 },
    ]);
    expect(lifecycle(undefined, born(500, { "resonate:timer": "true" })).map(({ kind }) => kind)).toEqual([
      "created",
      "resolved",
    ]);
  });

  it("is nothing else that is written: leases, waiters, wakes, expiry, and being gone", () => {
    const task = born(2_000, { "resonate:target": "http://a" });
    const held = run(acquire({ id: "x", version: 0, pid: "p", ttl: 100 }, at(1_100)).write, { ...task, dueAt: 0 });
    const awaited = { ...pending, listeners: ["http://a"] };
    expect(held.won).toBe(true);
    expect(lifecycle(task, held.image)).toEqual([]);
    expect(lifecycle(pending, awaited)).toEqual([]);
    const expired = run<"promise">(expiring({ ...resolved, settledAt: 1_500 }, 9_000), resolved);
    expect(lifecycle(resolved, expired.image)).toEqual([]);
    expect(lifecycle(resolved, undefined)).toEqual([]);
    expect(lifecycle(undefined, undefined)).toEqual([]);
  });

  it("has one key however often it is told, another than any other event's", () => {
    const images = [pending, { ...pending, id: "b" }, { ...pending, createToken: "later" }];
    const keys = images.flatMap((image) => [lifecycleKey(image, "created"), lifecycleKey(image, "resolved")]);
    expect(new Set(keys).size).toBe(keys.length);
    expect(lifecycleKey(settledBy("resolved"), "created")).toBe(lifecycleKey(pending, "created"));
  });
});
