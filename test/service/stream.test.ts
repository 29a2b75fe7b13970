/** What follows from a change of the table: offered, looked at now, or looked at in time. */

import { beforeEach, expect, it } from "vitest";
import type { Endpoint, Key, PromiseImage, Things } from "#lib/core/index.ts";
import { aheadMs, type Changed, follow } from "#lib/service/stream.ts";
import { imageOf } from "../support/images.ts";

const now = 10_000;
const alive = { timeoutAt: 10_000_000, dueAt: 10_000_000 };
const target = { tags: { "resonate:target": "poll://any@g" } };
const pending = { ...alive, ...target, taskState: "pending", taskVersion: 0, retryAt: 40_000, dueAt: 40_000 } as const;
const acquired = { ...pending, taskState: "acquired", pid: "w", ttl: 60_000, leasedAt: now } as const;

let offered: string[];
let advanced: string[];
let claimed: string[];
let delayed: (Key & { dueAt: number })[];

beforeEach(() => {
  offered = [];
  advanced = [];
  delayed = [];
  claimed = [];
});

const options = {
  advancer: {
    promise: async ({ id }: PromiseImage) => advanced.push(id),
    thing: async ({ id }: Key) => advanced.push(id),
    claim: async ({ id }: PromiseImage) => claimed.push(id),
  },
  delivery: {
    offer: async ({ id }: PromiseImage) => void offered.push(id),
    send: async () => {},
  },
  delays: { put: async (entries: readonly (Key & { dueAt: number })[]) => void delayed.push(...entries) },
  now: () => now,
};

const promise = (before: Partial<PromiseImage> | undefined, after: Partial<PromiseImage>): Changed => ({
  key: { of: "promise", id: "p" },
  ...(before && { before: imageOf(before) }),
  after: imageOf(after),
});

const after = async (changed: Changed) => {
  await follow(changed, options, { roundTrips: 0 });
  return { offered, advanced, delayed: delayed.map(({ dueAt }) => dueAt) };
};

const nothing = { offered: [], advanced: [], delayed: [] };

it.each<[string, Partial<PromiseImage> | undefined, Partial<PromiseImage>, object]>([
  ["a task is born", undefined, pending, { offered: ["p"], delayed: [40_000] }],
  ["a task is released or its lease has run out", acquired, pending, { offered: ["p"], delayed: [] }],
  ["a task is woken", { ...pending, taskState: "suspended" }, pending, { offered: ["p"] }],
  ["a task is offered again", pending, { ...pending, retryAt: 70_000, dueAt: 70_000 }, { delayed: [70_000] }],
  ["a task has been given up too often", acquired, { ...pending, giveUps: 3, dueAt: 12_000 }, { delayed: [12_000] }],
  [
    "a task is not to be run yet",
    undefined,
    { ...pending, tags: { ...target.tags, "resonate:delay": "40000" } },
    { delayed: [40_000] },
  ],
  [
    "a timer with a target is born",
    undefined,
    { ...pending, tags: { ...target.tags, "resonate:timer": "true" }, dueAt: 12_000 },
    { delayed: [12_000] },
  ],
  ["a lease is taken: the sweep looks after it", pending, { ...acquired, dueAt: 20_000 }, {}],
  ["a heartbeat comes", acquired, { ...acquired, leasedAt: 11_000 }, {}],
  ["a promise is born that lives long", undefined, alive, {}],
  [
    "a promise is born whose deadline is near",
    undefined,
    { timeoutAt: now + aheadMs, dueAt: now + aheadMs },
    { delayed: [now + aheadMs] },
  ],
  [
    "a promise is born whose deadline the next sweep looks ahead to",
    undefined,
    { timeoutAt: now + aheadMs + 1, dueAt: now + aheadMs + 1 },
    {},
  ],
  [
    "somebody begins to wait",
    { timeoutAt: 12_000, dueAt: 12_000 },
    { timeoutAt: 12_000, dueAt: 12_000, callbacks: ["w"] },
    {},
  ],
  [
    "an awaited promise is settled",
    { ...alive, callbacks: ["w"] },
    { ...alive, state: "resolved", settledAt: now, dueAt: now, callbacks: ["w"] },
    { advanced: ["p"] },
  ],
  [
    "a task's own promise is settled",
    acquired,
    { ...acquired, state: "resolved", settledAt: now, dueAt: now, listeners: ["x"] },
    { advanced: ["p"] },
  ],
])("when %s", async (_, before, changed, expected) => {
  expect(await after(promise(before, changed))).toEqual({ ...nothing, ...expected });
});

const message = (fields: Partial<Things["message"]>): Things["message"] => ({
  id: "unblock#p",
  mailbox: "http://r",
  kind: "unblock",
  address: "http://r",
  promiseId: "p",
  createdAt: 1,
  attempts: 0,
  ...fields,
});

it("a message that has failed is looked at when it is to be tried again; one on its first way is not", async () => {
  const key = { of: "message", in: "http://r", id: "unblock#p" } as const;
  expect(await after({ key, after: message({ dueAt: 12_000 }) })).toEqual(nothing);
  expect(await after({ key, after: message({ attempts: 1, dueAt: 12_000 }) })).toEqual({
    ...nothing,
    delayed: [12_000],
  });
  expect(delayed).toEqual([{ ...key, dueAt: 12_000 }]);
});

it("nothing follows from what is gone", async () => {
  expect(await after({ key: { of: "promise", id: "p" }, before: imageOf(pending) })).toEqual(nothing);
});

it("looks for events that have waited for a promise when it is created, and at no other change of it", async () => {
  await follow(promise(undefined, alive), options, { roundTrips: 0 });
  expect(claimed).toEqual(["p"]);
  await follow(promise(alive, { ...alive, state: "resolved" }), options, { roundTrips: 0 });
  expect(claimed).toEqual(["p"]);
});

const endpoint: Endpoint = {
  id: "ep_1",
  mailbox: "https://a.example/",
  address: "https://a.example/",
  state: "paused",
  failures: 12,
  failingSince: 1_000,
  lastFailedAt: 9_000,
  lastError: "no",
  version: 3,
  dueAt: now + 60_000,
};

it.each<[string, Partial<Endpoint>, Partial<Endpoint>, object]>([
  ["is paused", { state: "failing", version: 2, dueAt: now + 3_600_000 }, {}, { delayed: [now + 60_000] }],
  ["has failed once more", { failures: 11 }, {}, {}],
  ["works again", {}, { state: "releasing", version: 4, dueAt: now }, { advanced: ["ep_1"] }],
  ["is to be tried now", {}, { version: 4, dueAt: now }, { advanced: ["ep_1"] }],
  ["has failed once more when it was due", { dueAt: now }, { failures: 13, dueAt: now }, {}],
])("a receiver %s", async (_, before, changed, expected) => {
  const told = { before: { ...endpoint, ...before }, after: { ...endpoint, ...changed } };
  expect(await after({ key: { of: "endpoint", id: "ep_1" }, ...told })).toEqual({ ...nothing, ...expected });
});
