/** Going to sleep, going on, acting while a task is held, and staying awake (`protocol/rpc.md` 7.12 to 7.14). */

import { describe, expect, it } from "vitest";
import {
  awaiting,
  fence,
  type GuardedChange,
  goOn,
  heartbeat,
  type PromiseImage,
  run,
  suspension,
} from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import { at, resolved } from "./images.ts";
import { type Stored, taskIn, transact } from "./tasks.ts";

const now = 1_200;
const held = { id: "p", version: 3 };
const given = taskIn("acquired", { resumes: 2, giveUps: 3 });

const changes: Readonly<Record<string, (moment: ReturnType<typeof at>) => GuardedChange>> = {
  sleeps: (moment) => suspension(held, moment),
  "goes on": (moment) => goOn(held, moment),
  acts: (moment) => fence(held, moment),
};

const refusing: Readonly<Record<string, PromiseImage | undefined>> = {
  ...Object.fromEntries(
    (["pending", "suspended", "halted"] as const satisfies Stored[]).map((state) => [state, taskIn(state)]),
  ),
  "of another version": taskIn("acquired", { taskVersion: 4 }),
  overdue: taskIn("acquired", { timeoutAt: now }),
  settled: taskIn("acquired", { state: "resolved", settledAt: 1_150 }),
  "not born yet": taskIn("acquired", { createdAt: now + 1 }),
  taskless: imageOf(),
  absent: undefined,
};

describe("Whoever holds a task", () => {
  it.each(Object.keys(changes).flatMap((doing) => Object.keys(refusing).map((state) => [doing, state] as const)))(
    "%s by no task that is %s",
    (doing, state) => {
      const outcome = run((changes[doing] as (typeof changes)[string])(at(now)), refusing[state]);
      expect(outcome).toEqual({ won: false, image: refusing[state] });
    },
  );

  it("lets go of it by sleeping, and all that was counted of it", () => {
    const { pid: _p, ttl: _t, leasedAt: _l, resumes: _r, giveUps: _g, ...left } = given;
    expect(run(suspension(held, at(now)), given)).toEqual({
      won: true,
      image: { ...left, taskState: "suspended", taskToken: "t" },
    });
  });

  it("keeps it by going on, and has seen what has woken it", () => {
    const { resumes: _, ...left } = given;
    expect(run(goOn(held, at(now)), given)).toEqual({ won: true, image: { ...left, taskToken: "t/on" } });
  });

  it("changes nothing of it by acting", () => {
    expect(run(fence(held, at(now)), given)).toEqual({ won: true, image: given });
  });

  it("sleeps only together with its place in each promise that it awaits", () => {
    const awaited = ["a", "b"];
    const writes = [suspension(held, at(now)), ...awaiting("p", awaited, at(now), new Map())];
    const stock = new Map([given, ...awaited.map((id) => imageOf({ id }))].map((image) => [image.id, image]));
    const made = transact(writes, stock);
    expect(made?.get("p")?.taskState).toBe("suspended");
    expect(awaited.map((id) => made?.get(id)?.callbacks)).toEqual([["p"], ["p"]]);
    for (const missing of awaited) {
      expect(transact(writes, new Map([...stock].filter(([id]) => id !== missing)))).toBeUndefined();
      expect(transact(writes, new Map([...stock, [missing, { ...resolved, id: missing }]]))).toBeUndefined();
    }
  });

  it("sleeps where an awaited promise was unarmed or is full, once that is known", () => {
    const { dueAt: _, ...step } = imageOf({ id: "a" });
    const full = imageOf({ id: "b", callbacks: Array.from({ length: 8 }, (_u, nr) => `w${nr}`) });
    const stock = new Map([given, step, full].map((image) => [image.id, image]));
    expect(transact(awaiting("p", ["a", "b"], at(now), new Map()), stock)).toBeUndefined();
    const made = transact(awaiting("p", ["a", "b"], at(now), stock), stock);
    expect(made?.get("a")).toMatchObject({ callbacks: ["p"], dueAt: 2_000 });
    expect(made?.get("b")).toMatchObject({ callbacks: full.callbacks, moreWaiters: true });
  });
});

describe("A heartbeat", () => {
  const beat = (image: PromiseImage | undefined, moment = now, pid = "process") =>
    run(heartbeat(held, pid, moment), image);

  it("renews the lease for as long as it was taken for, and moves nothing else", () => {
    expect(beat(given)).toEqual({ won: true, image: { ...given, leasedAt: now } });
  });

  it("renews a lease that has run out, as long as nobody has noticed", () => {
    expect(beat(given, 1_600).won).toBe(true);
  });

  it.each(Object.entries(refusing).filter(([state]) => state !== "not born yet"))(
    "of a task that is %s does nothing",
    (_state, image) => {
      expect(beat(image).won).toBe(false);
    },
  );

  it("of another process does nothing", () => {
    expect(beat(given, now, "other").won).toBe(false);
  });

  it("that comes late takes nothing back from an earlier one", () => {
    expect(beat(given, 1_099).won).toBe(false);
    expect(beat(given, 1_100).won).toBe(true);
  });
});
