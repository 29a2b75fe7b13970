/** What follows from a promise's end (`protocol/rpc.md` 6): awaiters are woken, listeners are told. */

import { describe, expect, it } from "vitest";
import {
  type AnyChange,
  discharge,
  dischargeMore,
  mailboxOf,
  type PromiseImage,
  run,
  settledAlone,
  type Waiter,
} from "#lib/core/index.ts";
import { resume } from "#lib/core/wake.ts";
import { imageOf } from "../support/images.ts";
import { retryMs } from "./images.ts";
import { taskIn, transact } from "./tasks.ts";

const now = 1_200;
const listeners = ["http://host/hook", "poll://any@g/1", "poll://any@g/2", "poll://uni@g/1"];
const settledBy = (fields: Partial<PromiseImage>): PromiseImage =>
  imageOf({ id: "done", state: "resolved", settledAt: 1_150, dueAt: 1_150, ...fields });
const waiting = (...awaiters: PromiseImage[]) => ({
  awaiters: new Map(awaiters.map((image) => [image.id, image])),
  now,
  retryMs,
});
const woken = (image: PromiseImage | undefined): PromiseImage | undefined => {
  const write = resume(image, now, retryMs);
  return write && run(write, image).image;
};

describe("An awaiter", () => {
  it("that sleeps is offered again, having been woken once", () => {
    expect(woken(taskIn("suspended"))).toEqual(
      taskIn("suspended", { taskState: "pending", retryAt: now + retryMs, resumes: 1 }),
    );
  });

  it.each(["pending", "acquired", "halted"] as const)("that is %s remembers it", (state) => {
    expect(woken(taskIn(state))).toEqual(taskIn(state, { resumes: 1 }));
    expect(woken(taskIn(state, { resumes: 4 }))).toEqual(taskIn(state, { resumes: 5 }));
  });

  it.each<[string, PromiseImage | undefined]>([
    ["is missing", undefined],
    ["has no task", imageOf()],
    ["has ended", taskIn("suspended", { state: "resolved", settledAt: 1_100 })],
    ["ought to have ended", taskIn("suspended", { timeoutAt: now })],
  ])("that %s is left alone", (_what, image) => {
    expect(resume(image, now, retryMs)).toBeUndefined();
  });

  it("is offered again in time: its due key moves where it would be too late", () => {
    const dueAfter = (dueAt: number) => woken(taskIn("suspended", { dueAt }))?.dueAt;
    const retryAt = now + retryMs;
    expect([dueAfter(1_300), dueAfter(retryAt), dueAfter(retryAt + 1)]).toEqual([1_300, retryAt, retryAt]);
  });

  it("is not woken by what was read of it before it moved on", () => {
    for (const [before, after] of [
      [taskIn("suspended"), taskIn("pending")],
      [taskIn("acquired"), taskIn("suspended")],
      [taskIn("suspended"), taskIn("suspended", { state: "resolved", settledAt: 1_100 })],
    ] as const) {
      const write = resume(before, now, retryMs);
      expect(write && run(write, after).won).toBe(false);
    }
  });
});

describe("The end of a promise", () => {
  const sleeper = taskIn("suspended", { id: "a" });
  const halted = taskIn("halted", { id: "b" });
  const settled = settledBy({ callbacks: ["a", "b", "gone"], listeners });

  it("wakes and tells each who stands in it, and leaves it with nothing to do", () => {
    const changes = discharge(settled, waiting(sleeper, halted));
    const made = transact(changes, new Map([settled, sleeper, halted].map((image) => [image.id, image])));
    const { callbacks: _c, listeners: _l, dueAt: _d, ...left } = settled;
    expect(made?.get("done")).toEqual(left);
    expect(made?.get("a")).toMatchObject({ taskState: "pending", resumes: 1 });
    expect(made?.get("b")).toMatchObject({ taskState: "halted", resumes: 1 });
    const messages = changes.flatMap((change) =>
      change.of === "message" && change.change.kind === "put" ? [change.change.image] : [],
    );
    expect(messages.map(({ address }) => address)).toEqual(listeners);
    for (const message of messages) {
      expect(message).toMatchObject({
        kind: "unblock",
        promiseId: "done",
        createdAt: now,
        attempts: 0,
        mailbox: mailboxOf(message.address),
      });
      expect(message.dueAt).toBeGreaterThan(now);
    }
  });

  it("is no two changes of one thing, whatever the ids and addresses", () => {
    const odd = settledBy({
      id: "p#1",
      callbacks: ["p", "p#1#", "#"],
      listeners: [...listeners, "http://host/hook#x", "poll://any@g"],
    });
    const changes = discharge(odd, waiting(...(odd.callbacks ?? []).map((id) => taskIn("suspended", { id }))));
    const keys = changes.map(({ of, in: within, id }) => JSON.stringify([of, within, id]));
    expect(keys).toHaveLength(1 + 3 + 6);
    expect(new Set(keys).size).toBe(keys.length);
    // Nor is a message to a worker by name taken for one about a promise that is called so.
    const other = discharge(settledBy({ id: "p", listeners: ["poll://any@g/1"] }), waiting());
    expect(keys).not.toContain(JSON.stringify(["message", "poll://any@g", other[1]?.id]));
  });

  it("is told once: who has been told stands there no more", () => {
    const first = discharge(settled, waiting(sleeper, halted));
    const left = transact(first, new Map([settled, sleeper, halted].map((image) => [image.id, image])));
    expect(left && transact(first, left)).toBeUndefined();
    for (const lacking of [{ callbacks: ["a", "b"] }, { listeners: listeners.slice(1) }]) {
      const [write] = first as readonly [AnyChange];
      expect(write.of === "promise" && run(write, { ...settled, ...lacking }).won).toBe(false);
    }
  });

  it("stays due where there are others, who are told some at a time until none is left", () => {
    const crowded = settledBy({ callbacks: ["a"], moreWaiters: true });
    const left = transact(
      discharge(crowded, waiting(sleeper)),
      new Map([crowded, sleeper].map((image) => [image.id, image])),
    )?.get("done");
    expect(left).toEqual(settledBy({ moreWaiters: true }));
    expect(run(settledAlone(crowded), crowded).won).toBe(false);
    expect(run(settledAlone(crowded), imageOf({ id: "done", moreWaiters: true })).won).toBe(false);
    const { dueAt: _, ...ended } = settledBy({});
    expect(run(settledAlone(crowded), left)).toEqual({ won: true, image: ended });
  });

  it("takes each of the others out as it wakes or tells it", () => {
    const others: readonly Waiter[] = [
      { role: "callback", waiter: "a" },
      { role: "callback", waiter: "gone" },
      { role: "listener", waiter: "http://host/hook" },
    ];
    const changes = dischargeMore(settledBy({ moreWaiters: true }), others, waiting(sleeper));
    expect(changes.map(({ of, in: within, id, change }) => [of, within, id, change.kind])).toEqual([
      ["waiter", "done", "callback#a", "delete"],
      ["promise", undefined, "a", "update"],
      ["waiter", "done", "callback#gone", "delete"],
      ["waiter", "done", "listener#http://host/hook", "delete"],
      ["message", "http://host/hook", "unblock#done", "put"],
    ]);
    for (const change of changes.filter(({ of }) => of === "waiter")) {
      expect(change.guards).not.toEqual([]);
    }
  });
});
