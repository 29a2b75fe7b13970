import { describe, expect, it } from "vitest";
import { type AnyChange, enlist, limits, type PromiseImage, run, type Waiter } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import { resolved } from "./images.ts";

const now = 1_500;
const callback: Waiter = { role: "callback", waiter: "awaiter" };
const listener: Waiter = { role: "listener", waiter: "http://host/hook" };
const { dueAt: _, ...unarmed } = imageOf({ tags: { "resonate:scope": "local" } });
const names = Array.from({ length: limits.waitersInPlaceMax }, (_unused, at) => `w${at}`);

/** What the writes make of the promise; undefined where it refuses them. */
const onPromise = (writes: readonly AnyChange[], stored: PromiseImage | undefined): PromiseImage | undefined => {
  const [write] = writes;
  if (write?.of !== "promise") {
    throw new Error("the promise comes first");
  }
  const outcome = run(write, stored);
  return outcome.won ? outcome.image : undefined;
};

/** Enlists as a service does: first knowing nothing, then knowing what refused it. */
function wait(waiter: Waiter, stored: PromiseImage) {
  const blind = enlist("p", waiter, now);
  const after = onPromise(blind, stored);
  if (after !== undefined) {
    return { after, items: blind.slice(1), tries: 1 };
  }
  const sighted = enlist("p", waiter, now, stored);
  return { after: onPromise(sighted, stored), items: sighted.slice(1), tries: 2 };
}

const itemOf = ({ role, waiter }: Waiter) => ({
  of: "waiter",
  in: "p",
  id: `${role}#${waiter}`,
  guards: [],
  change: { kind: "put", image: { role, waiter } },
});

describe("Whoever waits for a promise", () => {
  it("stands in it, in order, known in one write where it is armed", () => {
    const once = wait(callback, imageOf());
    expect(once).toEqual({ after: imageOf({ callbacks: ["awaiter"] }), items: [], tries: 1 });
    const other = wait({ role: "callback", waiter: "a" }, once.after as PromiseImage);
    const all = wait(listener, other.after as PromiseImage);
    expect(all).toEqual({
      after: imageOf({ callbacks: ["a", "awaiter"], listeners: ["http://host/hook"] }),
      items: [],
      tries: 1,
    });
  });

  it("stands in it once, however often it asks", () => {
    const stored = imageOf({ callbacks: ["awaiter"], listeners: [listener.waiter] });
    for (const waiter of [callback, listener]) {
      expect(wait(waiter, stored).after).toEqual(stored);
      expect(enlist("p", waiter, now, stored)).toMatchObject([{ change: { kind: "check" } }]);
      expect(onPromise(enlist("p", waiter, now, stored), stored)).toEqual(stored);
      // It has gone meanwhile.
      expect(onPromise(enlist("p", waiter, now, stored), imageOf())).toBeUndefined();
    }
  });

  it("arms it where nothing was to happen to it", () => {
    expect(wait(callback, unarmed)).toEqual({
      after: { ...unarmed, callbacks: ["awaiter"], dueAt: unarmed.timeoutAt },
      items: [],
      tries: 2,
    });
  });

  it("is never let in by a promise that has become armed, or has not, since it was seen", () => {
    expect(onPromise(enlist("p", callback, now, unarmed), imageOf())).toBeUndefined();
    expect(onPromise(enlist("p", callback, now, imageOf()), unarmed)).toBeUndefined();
  });

  it("becomes a thing of its own where there is no room left", () => {
    const full = imageOf({ callbacks: names });
    expect(wait(callback, full)).toEqual({
      after: { ...full, moreWaiters: true },
      items: [itemOf(callback)],
      tries: 2,
    });
    // There is room of the other sort.
    expect(wait(listener, full)).toMatchObject({ after: { listeners: [listener.waiter] }, items: [], tries: 1 });
  });

  it("becomes a thing of its own where its name is long", () => {
    const long: Waiter = { role: "callback", waiter: "x".repeat(limits.waiterLengthMax + 1) };
    expect(wait(long, imageOf())).toEqual({ after: imageOf({ moreWaiters: true }), items: [itemOf(long)], tries: 1 });
    const fitting: Waiter = { role: "callback", waiter: "x".repeat(limits.waiterLengthMax) };
    expect(wait(fitting, imageOf()).after).toEqual(imageOf({ callbacks: [fitting.waiter] }));
    expect(wait(long, unarmed).after).toEqual({ ...unarmed, moreWaiters: true, dueAt: unarmed.timeoutAt });
  });

  it("becomes a thing of its own where others are, and leaves the promise as it is", () => {
    const crowded = imageOf({ callbacks: ["a"], moreWaiters: true });
    expect(wait(callback, crowded)).toEqual({ after: crowded, items: [itemOf(callback)], tries: 2 });
    expect(enlist("p", callback, now, crowded)[0]?.change).toEqual({ kind: "check" });
    const { dueAt: _unused, ...crowdedUnarmed } = crowded;
    expect(wait(callback, crowdedUnarmed)).toMatchObject({ after: { dueAt: 2_000 }, items: [itemOf(callback)] });
  });

  it("finds no place in a promise that is settled, overdue or missing", () => {
    for (const waiter of [callback, listener, { ...callback, waiter: "x".repeat(200) }]) {
      for (const stored of [resolved, imageOf({ timeoutAt: now }), undefined]) {
        for (const seen of [undefined, imageOf(), imageOf({ callbacks: names }), unarmed]) {
          expect(onPromise(enlist("p", waiter, now, seen), stored)).toBeUndefined();
        }
      }
    }
  });
});
