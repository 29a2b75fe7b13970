/** Which promises expire, and which are kept because something may still need them, on both stores. */

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  addLink,
  beginRetention,
  create,
  expiring,
  failing,
  type Link,
  type PromiseImage,
  posting,
  type Tags,
  unblock,
} from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { advancer } from "#lib/service/advance.ts";
import { imageOf } from "../support/images.ts";
import { everyStore, type Opened, type OpenStore, openSqlite } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const retentionMs = 10 * dayMs;
/** So much later than everything here is settled. */
const now = 100 * dayMs;
const cost = { roundTrips: 0 };
const old = { state: "resolved", createdAt: 1_000, settledAt: 2_000, timeoutAt: 9e15 } as const;
const young = { ...old, settledAt: now - retentionMs + dayMs };
const pending = { state: "pending", createdAt: 1_000, timeoutAt: 9e15 } as const;

const put = (store: Store, image: PromiseImage) =>
  store.attempt({ of: "promise", id: image.id, guards: [], change: { kind: "put", image } }, cost);

const work = (store: Store, moment: () => number, keptMs: number | "for ever" = retentionMs) =>
  advancer({
    store,
    delivery: { offer: async () => {}, send: async () => {} },
    timer: { arm: () => {} },
    now: moment,
    retryMs: 1_000,
    known: noSubscriptions,
    nextRun: () => undefined,
    ...(keptMs !== "for ever" && { retentionMs: keptMs }),
  });

/** Walks as often as it takes to look at everything once. */
async function walk(store: Store, moment = now, keptMs: number | "for ever" = retentionMs): Promise<void> {
  await store.attempt(beginRetention(moment), cost);
  let at = moment;
  for (let steps = 0; steps < 50; steps++) {
    const thing = await store.find({ of: "retention", id: "retention" }, cost);
    if (thing === undefined || thing.dueAt > at + 1_000) {
      return;
    }
    at = Math.max(at, thing.dueAt);
    await work(store, () => at, keptMs).thing({ of: "retention", id: "retention" }, cost);
  }
}

/** What is there and has not expired. */
async function kept(store: Store, ids: readonly string[]): Promise<string[]> {
  const images = await store.read(ids, cost);
  return images.flatMap(({ id, expiresAt }) => (expiresAt === undefined ? [id] : [])).sort();
}

/** Takes out what has expired, as a table's time to live does: some time, in any order. */
async function takeOut(store: Store, ids: readonly string[]): Promise<void> {
  for (const { id, expiresAt } of await store.read(ids, cost)) {
    if (expiresAt !== undefined) {
      await store.attempt({ of: "promise", id, guards: [], change: { kind: "delete" } }, cost);
    }
  }
}

/** What becomes of these promises: those that are kept. */
async function keptOf(store: Store, images: Readonly<Record<string, Partial<PromiseImage>>>): Promise<string[]> {
  for (const [id, fields] of Object.entries(images)) {
    await put(store, imageOf({ id, ...fields }));
  }
  const ids = Object.keys(images);
  await walk(store);
  await takeOut(store, ids);
  await walk(store, now + dayMs / 2);
  return kept(store, ids);
}

const local: Tags = { "resonate:scope": "local" };

describe.each(everyStore)("Over %s", (_, open: OpenStore) => {
  let opened: Opened;
  let store: Store;
  beforeEach(async () => {
    opened = await open();
    store = opened.store;
  });
  afterEach(() => opened.close());

  it("what was settled long ago expires, and nothing that is pending or was settled since", async () => {
    expect(await keptOf(store, { old, young, pending, timedOut: { ...old, state: "rejected_timedout" } })).toEqual([
      "pending",
      "young",
    ]);
  });

  it("links go with their promise, whether or not they were made while anything expires", async () => {
    const terms = { outcomes: ["resolve"], encoding: "json", createToken: "t", createdAt: 1_000 } as const;
    const putLink = async (promiseId: string, id: string, more: Partial<Link> = {}) => {
      const link: Link = { ...terms, promiseId, id, hash: promiseId + id, expiresAt: 9e15, ...more };
      await store.attempt(addLink(link), cost);
    };
    await putLink("old", "0001", { decision: { outcome: "resolve", decidedAt: 2_000, ip: "192.0.2.1" } });
    await putLink("old", "0002", { keptUntil: 9e15 });
    await putLink("old", "0003", { keptUntil: 3_000 });
    await putLink("young", "0001");
    await putLink("pending", "0001");
    expect(await keptOf(store, { old, young, pending })).toEqual(["pending", "young"]);
    const untils = async (of: string) => (await store.members("link", of, 9, cost)).map(({ keptUntil }) => keptUntil);
    // The embedded store has taken them out at the walk's next step, a table does so by itself.
    expect(await untils("old")).toEqual(store.reap === undefined ? [now, now, 3_000] : []);
    expect([await untils("young"), await untils("pending")]).toEqual([[undefined], [undefined]]);
  });

  it("a lineage expires as a whole, its unlisted steps too, or not at all", async () => {
    const lineages = {
      done: old,
      "done:0": { ...old, tags: local },
      "done:0.1": { ...old, tags: local },
      "done:1": old,
      running: pending,
      "running:0": { ...old, tags: local },
      "running:1": old,
      left: old,
      "left:0": { ...pending, tags: local },
      fresh: old,
      "fresh:0": { ...young, tags: local },
    };
    expect(await keptOf(store, lineages)).toEqual([
      "fresh",
      "fresh:0",
      "left",
      "left:0",
      "running",
      "running:0",
      "running:1",
    ]);
  });

  it("what somebody still waits for is kept until they are told", async () => {
    const waited = {
      a: { ...old, callbacks: ["w"] },
      b: { ...old, listeners: ["http://w"] },
      c: { ...old, moreWaiters: true },
    };
    expect(await keptOf(store, waited as Record<string, Partial<PromiseImage>>)).toEqual(["a", "b", "c"]);
  });

  it("what a parked message tells of is kept until it is sent", async () => {
    const message = unblock("told", "https://example.com/", 1_000);
    await store.attempt(posting(message), cost);
    await store.attempt(failing(message, { error: "gone", isFinal: true }, 2_000, 0), cost);
    expect(await keptOf(store, { told: old, other: old })).toEqual(["told"]);
  });

  it("what a running workflow has called under an id of its own is kept as long as it runs", async () => {
    const called = { ...old, tags: { "resonate:origin": "caller", "resonate:parent": "caller" } };
    expect(
      await keptOf(store, {
        caller: pending,
        called,
        "other-called": { ...called, tags: { "resonate:origin": "gone" } },
      }),
    ).toEqual(["called", "caller"]);
  });

  it("all of many are looked at, step by step, by however many walk", async () => {
    const ids = Array.from({ length: 230 }, (_, at) => `many/${at}`);
    await Promise.all(
      ids.map((id, at) => put(store, imageOf({ id, ...(at % 2 === 0 ? old : pending), createdAt: 1_000 + at }))),
    );
    await Promise.all([walk(store), walk(store)]);
    expect(await kept(store, ids)).toEqual(ids.filter((_, at) => at % 2 === 1).sort());
  });

  it("an hour passes until it is walked again, and the walk ends where nothing is to expire any more", async () => {
    await keptOf(store, { young });
    const thing = await store.find({ of: "retention", id: "retention" }, cost);
    expect(thing?.dueAt).toBeGreaterThanOrEqual(now + dayMs / 2 + 60 * 60 * 1_000);
    await work(store, () => now + dayMs, "for ever").thing({ of: "retention", id: "retention" }, cost);
    expect(await store.find({ of: "retention", id: "retention" }, cost)).toBeUndefined();
    expect(await kept(store, ["young"])).toEqual(["young"]);
  });

  it("an id whose promise has gone names a new one, and until then the old one", async () => {
    const write = create(
      { id: "again", timeoutAt: 9e15, param: {}, tags: {} },
      { now, token: "t", retryMs: 1, subscriptions: [] },
    ).write;
    await put(store, imageOf({ id: "again", ...old }));
    await store.attempt(expiring({ ...imageOf({ id: "again" }), ...old }, now), cost);
    expect((await store.attempt(write, cost)).won).toBe(false);
    await takeOut(store, ["again"]);
    expect((await store.attempt(write, cost)).won).toBe(true);
  });

  it("a root stays as it is while any step of it is there, and goes when they have all gone", async () => {
    const ids = ["root", "root:0", "root:1"];
    for (const id of ids) {
      await put(store, imageOf({ id, ...old }));
    }
    await walk(store);
    expect(await kept(store, ids)).toEqual(["root"]);
    await store.attempt({ of: "promise", id: "root:0", guards: [], change: { kind: "delete" } }, cost);
    await put(store, imageOf({ id: "root:1", ...old, expiresAt: 9e15 }));
    await walk(store, now + dayMs / 4);
    expect(await kept(store, ids)).toEqual(["root"]);
    await takeOut(store, ids);
    await walk(store, now + dayMs / 2);
    expect(await kept(store, ids)).toEqual([]);
  });

  it("a step that comes when the others have expired keeps its root", async () => {
    await put(store, imageOf({ id: "root", ...old }));
    await put(store, imageOf({ id: "root:0", ...old }));
    await walk(store);
    await put(store, imageOf({ id: "root:1", ...pending, createdAt: now }));
    await takeOut(store, ["root", "root:0"]);
    await walk(store, now + dayMs / 2);
    expect(await kept(store, ["root", "root:0", "root:1"])).toEqual(["root", "root:1"]);
  });

  it("a step that its workflow has left behind is settled by its deadline, and keeps nothing for ever", async () => {
    const left = { ...pending, timeoutAt: 3_000, tags: local };
    expect(
      await keptOf(store, { done: old, "done:0": left, late: old, "late:0": { ...left, timeoutAt: now - 1 } }),
    ).toEqual(["late", "late:0"]);
    expect(await store.get("late:0", cost)).toMatchObject({ state: "rejected_timedout", settledAt: now - 1 });
  });

  it("a promise that has come by the id of one that was seen to be old does not expire in its place", async () => {
    const seen = { ...imageOf({ id: "x" }), ...old };
    for (const other of [{ createdAt: 1_001 }, { settledAt: 2_001 }]) {
      await put(store, { ...seen, ...other });
      expect((await store.attempt(expiring(seen, now), cost)).won).toBe(false);
    }
  });

  it("a promise is marked once, at no earlier moment, and not while anybody waits", async () => {
    const ended = { ...imageOf({ id: "x" }), ...old };
    for (const waiters of [
      { callbacks: ["w"] },
      { listeners: ["http://w"] },
      { moreWaiters: true as const },
      { hasMembers: true as const },
    ]) {
      await put(store, { ...ended, ...waiters });
      expect((await store.attempt(expiring(ended, now), cost)).won).toBe(false);
    }
    await put(store, ended);
    expect((await store.attempt(expiring(ended, now + 1), cost)).won).toBe(true);
    const marked = await store.get("x", cost);
    expect(marked?.expiresAt).toBeGreaterThan(now);
    expect((await store.attempt(expiring(ended, now + dayMs), cost)).won).toBe(false);
    expect(await store.get("x", cost)).toEqual(marked);
  });

  it("a lineage of many, all listed, is read once by a walk", async () => {
    const ids = Array.from({ length: 330 }, (_, at) => `order:${at}`);
    await Promise.all(
      ids.map((id, at) => put(store, imageOf({ id, ...(at === 0 ? pending : old), createdAt: 1_000 + at }))),
    );
    let reads = 0;
    const lineage: Store["lineage"] = (root, after, spent) => {
      reads += 1;
      return store.lineage(root, after, spent);
    };
    await walk(new Proxy(store, { get: (of, name) => (name === "lineage" ? lineage : Reflect.get(of, name)) }));
    expect([reads, (await kept(store, ids)).length]).toEqual([1, ids.length]);
  });
});

describe("Whatever lineages there are", () => {
  const state = fc.constantFrom("old", "young", "pending", "awaited");
  const lineages = fc.dictionary(
    fc.constantFrom("a", "b", "c/d"),
    fc.dictionary(fc.constantFrom("", ":0", ":0.1", ".1", ":d00000000000000"), state, { minKeys: 1 }),
  );
  const fieldsOf = { old, young, pending, awaited: { ...old, callbacks: ["w"] } } as const;

  it("those expire of which all is old and at rest, and of no other anything", async () => {
    await fc.assert(
      fc.asyncProperty(lineages, async (given) => {
        const { store, close } = await openSqlite();
        const images = Object.entries(given).flatMap(([root, members]) =>
          Object.entries(members).map(([suffix, each]) => [root + suffix, fieldsOf[each]] as const),
        );
        const found = await keptOf(store, Object.fromEntries(images));
        const expected = Object.entries(given)
          .filter(([, members]) => Object.values(members).some((each) => each !== "old"))
          .flatMap(([root, members]) => Object.keys(members).map((suffix) => root + suffix));
        expect(found).toEqual(expected.sort());
        close();
      }),
      { numRuns: 200 },
    );
  });
});
