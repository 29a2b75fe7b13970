import { beforeEach, describe, expect, it } from "vitest";
import { expire, isOverdue, type Key, type PromiseImage } from "#lib/core/index.ts";
import type { DueEntry, Store } from "#lib/ports/store.ts";
import type { Advancer } from "#lib/service/advance.ts";
import { type SweepOptions, type Swept, sweep, workOff } from "#lib/service/sweep.ts";
import { imageOf } from "../support/images.ts";
import { openSqlite } from "../support/stores.ts";

const now = 5_000;

let store: Store;
let armed: number[];
let things: Key[];

beforeEach(async () => {
  ({ store } = await openSqlite());
  armed = [];
  things = [];
});

/** Settles what its deadline has come for, and counts things of other kinds. */
const overdue = (over: Store): Advancer => ({
  async promise(image, cost) {
    return isOverdue(image, now) && (await over.attempt(expire(image, now, []), cost)).won ? 1 : 0;
  },
  async thing(key) {
    things.push(key);
    return 1;
  },
  claim: async () => 0,
});

const run = (options: Partial<SweepOptions> = {}): Promise<Swept> =>
  sweep(
    {
      store,
      advancer: overdue(options.store ?? store),
      timer: { arm: (at) => armed.push(at) },
      now: () => now,
      lookAheadMs: 1_000,
      isTimeUp: () => false,
      ...options,
    },
    { roundTrips: 0 },
  );

/** Puts promises with these deadlines: `p0`, `p1` … */
async function putDue(...deadlines: readonly number[]): Promise<void> {
  await Promise.all(
    deadlines.map((timeoutAt, at) =>
      store.attempt(
        {
          of: "promise",
          id: `p${at}`,
          guards: [],
          change: { kind: "put", image: imageOf({ id: `p${at}`, timeoutAt }) },
        },
        { roundTrips: 0 },
      ),
    ),
  );
}

const find = async (id: string): Promise<PromiseImage | undefined> => store.get(id, { roundTrips: 0 });

async function* batches(...all: readonly (readonly DueEntry[])[]): AsyncGenerator<readonly DueEntry[]> {
  yield* all;
}

const many = (count: number): number[] => Array.from({ length: count }, (_, at) => 2_000 + at);

describe("a sweep", () => {
  it("settles what is due by now, at its deadline, and nothing else", async () => {
    await putDue(2_000, now, now + 1);
    expect(await run()).toEqual({ looked: 2, changed: 2, failures: [], isDone: true });
    expect(await find("p0")).toMatchObject({ state: "rejected_timedout", settledAt: 2_000 });
    expect(await find("p1")).toMatchObject({ state: "rejected_timedout", settledAt: now });
    expect(await find("p2")).toMatchObject({ state: "pending" });
  });

  it("finds nothing more to do once it is done", async () => {
    await putDue(2_000, 3_000);
    await run();
    expect(await run()).toEqual({ looked: 0, changed: 0, failures: [], isDone: true });
  });

  it("reads no more than a batch at once, however much is due", async () => {
    await putDue(...many(250));
    const sizes: number[] = [];
    const watched: Store = {
      ...store,
      read(ids, cost) {
        sizes.push(ids.length);
        return store.read(ids, cost);
      },
    };
    expect(await run({ store: watched })).toMatchObject({ looked: 250, changed: 250 });
    expect(sizes).toEqual([100, 100, 50]);
  });

  it("ends after the batch in which its time is up, and the next goes on from there", async () => {
    await putDue(...many(250));
    expect(await run({ isTimeUp: () => true })).toEqual({ looked: 100, changed: 100, failures: [], isDone: false });
    expect([await find("p99"), await find("p100")]).toMatchObject([
      { state: "rejected_timedout" },
      { state: "pending" },
    ]);
    expect(await run()).toEqual({ looked: 150, changed: 150, failures: [], isDone: true });
  });

  it("settles each promise once, though another sweeps at the same time", async () => {
    await putDue(...many(300));
    const swept = await Promise.all([run(), run(), run()]);
    expect(swept.reduce((all, { changed }) => all + changed, 0)).toBe(300);
    expect(swept.flatMap(({ failures }) => failures)).toEqual([]);
  });

  it("looks at entries that are out of date, and leaves their promises alone", async () => {
    const settled = imageOf({ id: "settled", state: "resolved", settledAt: 1_500 });
    const later = imageOf({ id: "later", timeoutAt: 9_000 });
    for (const image of [settled, later]) {
      await store.attempt(
        { of: "promise", id: image.id, guards: [], change: { kind: "put", image } },
        { roundTrips: 0 },
      );
    }
    const entries = ["settled", "later", "gone"].map((id) => ({ of: "promise" as const, id, dueAt: 2_000 }));
    const stale: Store = { ...store, due: () => batches(entries) };
    expect(await run({ store: stale })).toEqual({ looked: 3, changed: 0, failures: [], isDone: true });
    expect([await find("settled"), await find("later")]).toEqual([settled, later]);
  });
});

describe("a thing that is due and no promise", () => {
  const keys = [
    { of: "schedule", id: "s" },
    { of: "message", in: "m", id: "execute#p" },
  ] as const;

  it("is advanced by its key, and one that fails holds up no other", async () => {
    await putDue(2_000);
    const entries = [...keys, { of: "promise" as const, id: "p0" }].map((key) => ({ ...key, dueAt: 2_000 }));
    const listing: Store = { ...store, due: () => batches(entries) };
    expect(await run({ store: listing })).toEqual({ looked: 3, changed: 3, failures: [], isDone: true });
    expect(things).toMatchObject(keys);

    const broken = new Error("no schedule");
    const failing: Advancer = { ...overdue(store), thing: () => Promise.reject(broken) };
    await putDue(2_000);
    expect(await run({ store: listing, advancer: failing })).toEqual({
      looked: 3,
      changed: 1,
      failures: [broken, broken],
      isDone: true,
    });
  });
});

describe("a failure", () => {
  const broken = new Error("the store is down");

  it("to write one promise holds up no other, and the next sweep mends it", async () => {
    await putDue(...many(150));
    const failing: Store = {
      ...store,
      attempt: (write, cost) => (write.id === "p3" ? Promise.reject(broken) : store.attempt(write, cost)),
    };
    expect(await run({ store: failing })).toEqual({ looked: 150, changed: 149, failures: [broken], isDone: true });
    expect(await run()).toMatchObject({ looked: 1, changed: 1 });
  });

  it("of one shard holds up no other, and leaves the sweep undone", async () => {
    await putDue(2_000, 2_001);
    const failing: Store = {
      ...store,
      dueShards: 3,
      async *due(shard, until, cost) {
        if (shard === 1) {
          throw broken;
        }
        yield* shard === 0 ? store.due(0, until, cost) : [];
      },
    };
    expect(await run({ store: failing })).toEqual({ looked: 2, changed: 2, failures: [broken], isDone: false });
  });

  it("to read a batch does not keep the others of it from being settled", async () => {
    await putDue(2_000, 2_001, 2_002);
    const { value: entries } = await store.due(0, now, { roundTrips: 0 })[Symbol.asyncIterator]().next();
    const failing: Store = {
      ...store,
      read: () => Promise.reject(broken),
      get: (id, cost) => (id === entries?.[0]?.id ? Promise.reject(broken) : store.get(id, cost)),
    };
    expect(await run({ store: failing })).toMatchObject({ looked: 3, changed: 2, failures: [broken] });
  });
});

describe("the timer", () => {
  it("is armed for the first that is not due yet, no further than the sweep looks ahead", async () => {
    await putDue(2_000, now + 1, now + 2, now + 1_000);
    await run();
    expect(armed).toEqual([now + 1]);
    armed = [];
    await run({ lookAheadMs: 0 });
    expect(armed).toEqual([]);
  });

  it("is armed for what comes exactly at the end of the look ahead", async () => {
    await putDue(now + 1_000);
    expect(await run()).toEqual({ looked: 0, changed: 0, failures: [], isDone: true });
    expect(armed).toEqual([now + 1_000]);
  });

  it("is armed for each shard's first, and a shard that has come to the future is not read on", async () => {
    let isReadOn = false;
    const sharded: Store = {
      ...store,
      dueShards: 2,
      async *due(shard) {
        yield [{ of: "promise" as const, id: `q${shard}`, dueAt: now + 10 + shard }];
        isReadOn = true;
      },
    };
    expect(await run({ store: sharded })).toMatchObject({ looked: 0, isDone: true });
    expect(armed.sort()).toEqual([now + 10, now + 11]);
    expect(isReadOn).toBe(false);
  });
});

describe("where others can do it too", () => {
  const handing = (options: Partial<SweepOptions> = {}) => {
    const handed: DueEntry[] = [];
    const delays = { put: async (entries: readonly DueEntry[]) => void handed.push(...entries) };
    return run({ delays, ...options }).then((swept) => ({ swept, ids: handed.map(({ id }) => id) }));
  };

  it("a sweep does a first batch of what is due, and hands on the rest and all that falls due soon", async () => {
    await putDue(...many(250), now + 1, now + 1_000, now + 1_001);
    const { swept, ids } = await handing();
    expect(swept).toEqual({ looked: 250, changed: 100, failures: [], isDone: true });
    expect([await find("p99"), await find("p100")]).toMatchObject([
      { state: "rejected_timedout" },
      { state: "pending" },
    ]);
    expect(ids).toEqual(Array.from({ length: 152 }, (_, at) => `p${100 + at}`));
  });

  it("what was handed on and not done is handed on again", async () => {
    await putDue(...many(250));
    await handing();
    const { swept, ids } = await handing();
    expect([swept.changed, ids.length]).toEqual([100, 50]);
    await handing();
    expect(await run()).toMatchObject({ looked: 0 });
  });

  it("what is handed on is worked off by itself: one that fails holds up no other, and what is not due yet is left", async () => {
    await putDue(2_000, 2_001, now + 5);
    const broken = new Error("the store is down");
    const failing: Store = {
      ...store,
      attempt: (write, cost) => (write.id === "p0" ? Promise.reject(broken) : store.attempt(write, cost)),
    };
    const entries = ["p0", "p1", "p2", "gone"].map((id) => ({ of: "promise" as const, id, dueAt: 2_000 }));
    const done = await workOff({ store, advancer: overdue(failing) }, entries, { roundTrips: 0 });
    expect(done).toMatchObject({ changed: 1, failures: [broken] });
    expect([await find("p1"), await find("p2")]).toMatchObject([{ state: "rejected_timedout" }, { state: "pending" }]);
  });
});
