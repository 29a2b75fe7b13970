/** The task's state machine (`protocol/rpc.md` 8), each verb over a task in each state. */

import { describe, expect, it } from "vitest";
import {
  acquire,
  continueTask,
  createTask,
  fulfill,
  halt,
  type PromiseImage,
  release,
  type TaskImage,
  toTask,
  type Verb,
} from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import { at, retryMs } from "./images.ts";
import { carryOut, type Stored, shown, target, taskIn } from "./tasks.ts";

const now = 1_200;
const held = { id: "p", version: 3 };
const lease = { pid: "other", ttl: 700 };
const asked = { id: "p", timeoutAt: 100_000, param: {}, tags: target, ...lease };

/** What is stored before: a task in each state, one that has ended or ought to have, a promise with no task, nothing. */
const stocks: Readonly<Record<Stored | "fulfilled" | "overdue" | "taskless" | "absent", PromiseImage | undefined>> = {
  pending: taskIn("pending", { resumes: 2 }),
  acquired: taskIn("acquired", { resumes: 2 }),
  suspended: taskIn("suspended"),
  halted: taskIn("halted", { resumes: 2 }),
  fulfilled: taskIn("pending", { state: "resolved", settledAt: 1_150 }),
  overdue: taskIn("acquired", { timeoutAt: now, dueAt: now }),
  taskless: imageOf({ timeoutAt: 100_000 }),
  absent: undefined,
};

const verbs: Readonly<Record<string, () => Verb<unknown>>> = {
  "task.create": () => createTask(asked, at(now)),
  "task.acquire": () => acquire({ ...held, ...lease }, at(now)),
  "task.acquire of another version": () => acquire({ id: "p", version: 2, ...lease }, at(now)),
  "task.release": () => release(held, at(now)),
  "task.release of another version": () => release({ id: "p", version: 2 }, at(now)),
  "task.fulfill": () => fulfill({ ...held, verdict: "resolved", value: { data: "done" } }, at(now)),
  "task.fulfill of another version": () => fulfill({ id: "p", version: 4, verdict: "resolved", value: {} }, at(now)),
  "task.halt": () => halt("p", at(now)),
  "task.continue": () => continueTask("p", at(now)),
};

type Row = Readonly<Record<keyof typeof stocks, string>>;

const same = (fault: string, other: Partial<Row> = {}): Row => ({
  pending: fault,
  acquired: fault,
  suspended: fault,
  halted: fault,
  fulfilled: fault,
  overdue: fault,
  taskless: "taskNotFound",
  absent: "taskNotFound",
  ...other,
});

/** The state and version of the task afterwards, or the fault. */
const table: Readonly<Record<keyof typeof verbs, Row>> = {
  "task.create": same("taskExists", {
    pending: "acquired 4",
    fulfilled: "fulfilled 3",
    overdue: "fulfilled 3",
    taskless: "promiseWithoutTask",
    absent: "acquired 1",
  }),
  "task.acquire": same("taskNotPending", { pending: "acquired 4" }),
  "task.acquire of another version": same("taskNotPending", { pending: "taskVersionMismatch" }),
  "task.release": same("taskNotHeld", { acquired: "pending 3" }),
  "task.release of another version": same("taskNotHeld"),
  "task.fulfill": same("taskNotHeld", { acquired: "fulfilled 3" }),
  "task.fulfill of another version": same("taskNotHeld"),
  "task.halt": same("halted 3", { fulfilled: "taskFulfilled", overdue: "taskFulfilled" }),
  "task.continue": same("taskNotHalted", { halted: "pending 3" }),
};

const rows = Object.entries(table).flatMap(([verb, row]) =>
  Object.entries(row).map(([stock, outcome]) => [verb, stock as keyof typeof stocks, outcome] as const),
);

describe("A task", () => {
  it.each(rows)("asked by %s, where it is %s: %s", (verb, stock, outcome) => {
    const before = stocks[stock];
    const { fault, left } = carryOut(verbs[verb] as () => Verb<unknown>, before, now);
    const after = shown(left);
    expect(fault ?? `${after?.task} ${after?.version}`).toBe(outcome);
    if (fault !== undefined && stock !== "overdue") {
      expect(left).toBe(before);
    }
    if (stock === "overdue") {
      expect(left).toMatchObject({ state: "rejected_timedout", settledAt: now, value: {} });
    }
  });

  it("that is taken is held by whoever took it, for as long as that asked, and its wakes are counted anew", () => {
    for (const verb of ["task.create", "task.acquire"] as const) {
      const { left } = carryOut(verbs[verb] as () => Verb<unknown>, stocks.pending, now);
      expect(left).toMatchObject({ pid: "other", ttl: 700, leasedAt: now, taskToken: "t" });
      expect(left).not.toHaveProperty("retryAt");
      expect(left && toTask(left as TaskImage)).toEqual({
        id: "p",
        state: "acquired",
        version: 4,
        resumes: 0,
        pid: "other",
        ttl: 700,
      });
    }
  });

  it.each([
    ["task.release", "acquired", 2],
    ["task.halt", "pending", 2],
    ["task.halt", "acquired", 2],
    ["task.continue", "halted", 2],
  ] as const)("asked by %s, where it is %s, keeps its wakes, and nobody holds it then", (verb, stock, resumes) => {
    const { left } = carryOut(verbs[verb] as () => Verb<unknown>, stocks[stock], now);
    expect(left).toMatchObject({ resumes });
    expect(Object.keys(left ?? {}).filter((field) => ["pid", "ttl", "leasedAt"].includes(field))).toEqual([]);
    expect(left?.retryAt).toBe(verb === "task.halt" ? undefined : now + retryMs);
  });

  it("that is fulfilled settles its promise", () => {
    const { said, left } = carryOut(verbs["task.fulfill"] as () => Verb<unknown>, stocks.acquired, now);
    expect(left).toMatchObject({ state: "resolved", value: { data: "done" }, settledAt: now, settleToken: "t" });
    expect(left).not.toHaveProperty("dueAt");
    expect(said).toEqual({ changed: true, promise: left });
    expect(toTask(left as TaskImage)).toEqual({ id: "p", state: "fulfilled", version: 3, resumes: 0 });
  });

  it("that is fulfilled leaves its promise due at once where somebody waits for it", () => {
    for (const waiters of [{ callbacks: ["a"] }, { listeners: ["http://a"] }, { moreWaiters: true }] as const) {
      const { left } = carryOut(verbs["task.fulfill"] as () => Verb<unknown>, taskIn("acquired", waiters), now);
      expect(left).toMatchObject({ state: "resolved", dueAt: now, ...waiters });
    }
  });

  it("can be taken once at a version: whoever repeats the request finds it no more pending", () => {
    const once = carryOut(() => acquire({ ...held, ...lease }, at(now, "first")), stocks.pending, now);
    const again = carryOut(() => acquire({ ...held, ...lease }, at(now, "second")), once.left, now);
    expect([once.fault, again.fault]).toEqual([undefined, "taskNotPending"]);
    // A write that the database's client has repeated is no other request.
    expect(carryOut(() => acquire({ ...held, ...lease }, at(now, "first")), once.left, now).fault).toBeUndefined();
  });

  it.each([
    ["task.acquire", "pending"],
    ["task.release", "acquired"],
    ["task.fulfill", "acquired"],
    ["task.halt", "pending"],
    ["task.continue", "halted"],
  ] as const)("asked by %s, by a clock behind its birth, does as at its birth", (verb, stock) => {
    const early: Readonly<Record<typeof verb, () => Verb<unknown>>> = {
      "task.acquire": () => acquire({ ...held, ...lease }, at(10)),
      "task.release": () => release(held, at(10)),
      "task.fulfill": () => fulfill({ ...held, verdict: "resolved", value: {} }, at(10)),
      "task.halt": () => halt("p", at(10)),
      "task.continue": () => continueTask("p", at(10)),
    };
    const { fault, left } = carryOut(early[verb], stocks[stock], 10);
    expect(fault).toBeUndefined();
    expect(left?.leasedAt ?? left?.settledAt ?? left?.retryAt ?? 1_000).toBeGreaterThanOrEqual(1_000);
    expect(left?.retryAt ?? 1_000 + retryMs).toBe(1_000 + retryMs);
  });
});
