/** What subscriptions ask for, and what the writes of events leave for them. */

import { describe, expect, it } from "vitest";
import {
  advance,
  checkSubscription,
  expire,
  leaving,
  newborn,
  type PromiseImage,
  run,
  type Subscription,
  subscriptionLimits,
  telling,
} from "#lib/core/index.ts";
import { isWatched } from "#lib/core/subscription.ts";
import { untoldEvent } from "#lib/core/tell.ts";
import { imageOf } from "../support/images.ts";
import { at, pending, retryMs } from "./images.ts";

const subscriptionOf = (changed: Partial<Subscription> = {}): Subscription => ({
  id: "books",
  url: "https://books.example",
  prefix: "",
  tags: {},
  events: ["created", "resolved", "rejected", "canceled", "timedout"],
  secrets: [],
  version: 1,
  createdAt: 1,
  changedAt: 1,
  changeToken: "t",
  ...changed,
});
const all = subscriptionOf();
const local = { "resonate:scope": "local" };

describe("A subscription asks for", () => {
  it.each<[string, Partial<Subscription>, Partial<PromiseImage>, boolean]>([
    ["all promises", {}, {}, true],
    ["ids of its prefix", { prefix: "p/" }, { id: "p/1" }, true],
    ["no others", { prefix: "p/" }, { id: "p" }, false],
    ["promises that have its tags", { tags: { a: "1" } }, { tags: { a: "1", b: "2" } }, true],
    ["none that have only some of them", { tags: { a: "1", b: "2" } }, { tags: { a: "1" } }, false],
    ["none that have others", { tags: { a: "1" } }, { tags: { a: "2" } }, false],
    ["none by what every object has", { tags: { toString: "x" } }, { tags: {} }, false],
    ["its events", { events: ["resolved"] }, {}, false],
    ["no steps of workflows", {}, { tags: local }, false],
    ["steps that it names", { tags: local }, { tags: local }, true],
    ["steps that are run elsewhere", {}, { tags: { ...local, "resonate:target": "poll://any@g" } }, true],
  ])("%s", (_, terms, promise, isAsked) => {
    expect(isWatched([subscriptionOf(terms)], "created", imageOf(promise))).toBe(isAsked);
  });
});

describe("A settlement of what nobody has looked at", () => {
  const leavingOf = (id: string, terms: Partial<Subscription>) =>
    leaving({ id, verdict: "resolved" }, { subscriptions: [subscriptionOf(terms)] });

  it("is due where the id is asked for, whatever the tags", () => {
    expect(leavingOf("p", { tags: { a: "1" } })).toEqual({ isDue: true, isWatched: true, isUnarmed: false });
    expect(leavingOf("p", { prefix: "q" })).toEqual({ isDue: false, isWatched: false, isUnarmed: false });
    expect(leavingOf("p", { events: ["created", "rejected"] })).toEqual({
      isDue: false,
      isWatched: false,
      isUnarmed: false,
    });
  });

  it("takes the id of a step for one, unless steps are asked for", () => {
    expect(leavingOf("p:0.1", {})).toEqual({ isDue: false, isWatched: false, isUnarmed: true });
    expect(leavingOf("p:0.1", { tags: local })).toEqual({ isDue: true, isWatched: true, isUnarmed: false });
  });
});

describe("A promise that is asked for", () => {
  const moment = { ...at(1_000), subscriptions: [all] };
  const request = { id: "p", timeoutAt: 5_000, param: {}, tags: {} };

  it("is due at birth, and rests until its deadline when that is told", () => {
    const born = newborn(request, moment);
    expect(born).toMatchObject({ birthUntold: true, dueAt: 1_000 });
    const step = advance(born, 1_000, retryMs, []);
    if (step?.kind !== "tell") {
      return expect.unreachable();
    }
    expect(step.event).toBe("created");
    const { write } = step;
    const [, message] = telling(write, { image: born, kind: "created", subscriptions: [all] }, 1_001);
    expect(message).toMatchObject({ of: "message", in: "subscription:books", id: "created#p" });
    const { image } = run(write, born);
    expect(image).toEqual({ ...born, birthUntold: undefined, dueAt: 5_000 });
    expect(run(write, image).won).toBe(false);
    expect(advance(image as PromiseImage, 1_002, retryMs, [])).toBeUndefined();
  });

  it("is told of as created and then as ended, where its time has passed before it is born", () => {
    const born = newborn({ ...request, timeoutAt: 500 }, moment);
    expect(born).toMatchObject({ state: "rejected_timedout", birthUntold: true, endUntold: true, dueAt: 500 });
    const told: string[] = [];
    let image: PromiseImage | undefined = born;
    for (let step = advance(born, 1_000, retryMs, []); step?.kind === "tell"; ) {
      told.push(step.event);
      image = run(step.write, image).image as PromiseImage;
      step = advance(image, 1_000, retryMs, []);
    }
    expect(told).toEqual(["created", "timedout"]);
    expect(image).toEqual({ ...born, birthUntold: undefined, endUntold: undefined, dueAt: undefined });
  });

  it("is left due by its deadline, and not by one that is not asked for", () => {
    expect(run(expire(pending, 2_000, [all]), pending).image).toMatchObject({ endUntold: true, dueAt: 2_000 });
    const others = subscriptionOf({ prefix: "other" });
    expect(run(expire(pending, 2_000, [others]), pending).image).not.toHaveProperty("dueAt");
  });

  it("has its time-out noticed, though it is a step, if steps are asked for", () => {
    const asked = subscriptionOf({ tags: local, events: ["timedout"] });
    expect(newborn({ ...request, tags: local }, { ...moment, subscriptions: [asked] })).toMatchObject({ dueAt: 5_000 });
    expect(newborn({ ...request, tags: local }, moment)).not.toHaveProperty("dueAt");
  });

  it("ends only after its birth is told", () => {
    expect(untoldEvent(imageOf({ state: "resolved", settledAt: 1_500, birthUntold: true, endUntold: true }))).toBe(
      "created",
    );
    expect(untoldEvent(imageOf({ state: "resolved", settledAt: 1_500, endUntold: true }))).toBe("resolved");
    expect(untoldEvent(imageOf({ state: "resolved", settledAt: 1_500 }))).toBeUndefined();
  });
});

it("as many messages as there may be subscriptions, and the promise, are one transaction", () => {
  expect(subscriptionLimits.subscriptionsMax + 1).toBeLessThanOrEqual(100);
});

it.each<[Partial<Subscription>, string]>([
  [{ id: "Books" }, "subscription must be a name"],
  [{ url: "poll://any@g" }, "url must be an address that is sent to"],
  [{ url: "ftp://x" }, "url must be an address that is sent to"],
  [{ url: `https://x/${"x".repeat(1_000)}` }, "url must be at most 1000 bytes of UTF-8"],
  [{ prefix: "x".repeat(1_001) }, "prefix must be at most 1000 bytes of UTF-8"],
  [{ prefix: "\ud800" }, "prefix must be well-formed Unicode"],
  [
    { tags: Object.fromEntries(Array.from({ length: 11 }, (_, n) => [`t${n}`, ""])) },
    "tags must have at most 10 entries",
  ],
  [{ tags: { a: "x".repeat(2_048) } }, "tags must be at most 2048 bytes of JSON"],
  [{ events: [] }, "events must be some of created, resolved, rejected, canceled, timedout"],
])("%j is refused: %s", (terms, message) => {
  const violations = (() => {
    try {
      checkSubscription(subscriptionOf(terms));
      return [];
    } catch (error) {
      return (error as { details: { violations: { message: string }[] } }).details.violations;
    }
  })();
  expect(violations.map((each) => each.message).join()).toContain(message);
});
