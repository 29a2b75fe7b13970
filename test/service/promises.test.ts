import { beforeEach, describe, expect, it } from "vitest";
import { type Create, expire, type Fault, type PromiseImage, type Settle } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { attemptsMax } from "#lib/service/carry-out.ts";
import { type Promises, promiseService } from "#lib/service/promises.ts";
import { imageOf } from "../support/images.ts";
import { openSqlite } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const birth: Create = { id: "p", timeoutAt: 2_000, param: {}, tags: {} };
const resolving: Settle = { id: "p", verdict: "resolved", value: { data: "x" } };

let store: Store;
let written: [image: PromiseImage, isOffer: boolean, isNew?: boolean | undefined][];
let promises: Promises;
let tokens = 0;

const unasked = () => {
  throw new Error("nobody asks for this");
};

const serve = (over: Store): Promises =>
  promiseService({
    store: over,
    feed: { written: (...told) => written.push(told), arm: unasked, heardFrom: unasked, taken: unasked },
    retryMs: 30_000,
    known: noSubscriptions,
  });

/** A request at this moment, with a token of its own. */
const at = (now: number) => ({ now, token: `token-${tokens++}`, cost: { roundTrips: 0 } });

const faultOf = (code: Fault<"invalid">["code"] | string) => expect.objectContaining({ name: "Fault", code });

beforeEach(async () => {
  ({ store } = await openSqlite());
  written = [];
  promises = serve(store);
});

describe("a time-out that a request meets is written down before it is answered", () => {
  const meetings: readonly (readonly [string, () => Promise<PromiseImage>])[] = [
    ["a read", () => promises.get("p", at(2_500))],
    ["a completion", async () => (await promises.settle(resolving, at(2_500))).promise],
    ["a repeated create", async () => (await promises.create(birth, at(2_500))).promise],
  ];

  it.each(meetings)("%s shows it, and so does whoever reads later by a clock that is behind", async (_name, meet) => {
    await promises.create(birth, at(1_000));
    const shown = await meet();
    expect(shown).toMatchObject({ state: "rejected_timedout", settledAt: 2_000, value: {} });
    expect(await promises.get("p", at(1_500))).toEqual(shown);
    expect(await promises.settle(resolving, at(1_500))).toEqual({ changed: false, promise: shown });
  });

  it("is not met before its deadline", async () => {
    await promises.create(birth, at(1_000));
    expect(await promises.get("p", at(1_999))).toMatchObject({ state: "pending" });
    expect(await promises.settle(resolving, at(1_999))).toMatchObject({ changed: true });
  });

  it("gives way to a completion that was in time and is written first", async () => {
    await promises.create(birth, at(1_000));
    const overtaken = serve({
      ...store,
      async attempt(write, cost) {
        await promises.settle(resolving, at(1_999));
        return store.attempt(write, cost);
      },
    });
    expect(await overtaken.get("p", at(2_500))).toMatchObject({ state: "resolved", settledAt: 1_999 });
  });

  it("is a failure of the store where the promise is gone by then", async () => {
    await promises.create(birth, at(1_000));
    const forgetful = serve({ ...store, attempt: async () => ({ won: false, image: undefined }) as const });
    await expect(forgetful.get("p", at(2_500))).rejects.toThrow(faultOf("storeFailed"));
  });
});

describe("a completion", () => {
  it("by a clock that is behind the promise's birth counts from its birth", async () => {
    await promises.create(birth, at(1_000));
    const { changed, promise } = await promises.settle(resolving, at(400));
    expect([changed, promise.settledAt, promise.state]).toEqual([true, 1_000, "resolved"]);
  });

  it("is given up as unavailable when the promise will neither be settled nor say why", async () => {
    let attempts = 0;
    const stubborn = serve({
      ...store,
      async attempt() {
        attempts += 1;
        return { won: false, image: imageOf() } as never;
      },
    });
    await expect(stubborn.settle(resolving, at(1_500))).rejects.toThrow(faultOf("storeUnavailable"));
    expect(attempts).toBe(attemptsMax);
  });

  it("of a promise that is not there says so", async () => {
    await expect(promises.settle(resolving, at(1_500))).rejects.toThrow(faultOf("promiseNotFound"));
  });
});

describe("a verb", () => {
  it("is one attempt at the store, won or lost", async () => {
    let attempts = 0;
    const counted = serve({
      ...store,
      get: () => Promise.reject(new Error("no verb reads before it writes")),
      attempt(write, cost) {
        attempts += 1;
        return store.attempt(write, cost);
      },
    });
    const outcomes = [
      await counted.create(birth, at(1_000)),
      await counted.create(birth, at(1_001)),
      await counted.settle(resolving, at(1_500)),
      await counted.settle(resolving, at(1_600)),
    ];
    expect(outcomes.map(({ changed }) => changed)).toEqual([true, false, true, false]);
    expect(attempts).toBe(4);
  });

  it("that breaks a limit never reaches the store", async () => {
    const untouched = serve({
      ...store,
      get: () => Promise.reject(new Error("asked")),
      attempt: () => Promise.reject(new Error("asked")),
    });
    await expect(untouched.get("", at(1_000))).rejects.toThrow(faultOf("invalid"));
    await expect(untouched.create({ ...birth, id: "\0" }, at(1_000))).rejects.toThrow(faultOf("invalid"));
    await expect(untouched.settle({ ...resolving, id: "" }, at(1_000))).rejects.toThrow(faultOf("invalid"));
  });
});

it("a read of a promise that is not there says so", async () => {
  await expect(promises.get("p", at(1_000))).rejects.toThrow(faultOf("promiseNotFound"));
});

describe("whoever does what follows", () => {
  const targeted: Create = { ...birth, tags: { "resonate:target": "poll://any@g" } };

  it("is told of a promise that was created or settled, and of a time-out that was met", async () => {
    const { promise: born } = await promises.create(birth, at(1_000));
    const { promise: resolved } = await promises.settle(resolving, at(1_500));
    await promises.create({ ...birth, id: "late" }, at(1_000));
    const timedOut = await promises.get("late", at(2_500));
    expect(written.map(([image]) => image)).toEqual([
      born,
      resolved,
      expect.objectContaining({ id: "late" }),
      timedOut,
    ]);
    expect(written.map(([, isOffer]) => isOffer)).toEqual([false, false, false, false]);
  });

  it("is told that a task may be offered only where the write has made it pending", async () => {
    await promises.create(targeted, at(1_000));
    await promises.settle(resolving, at(1_500));
    expect(written.map(([, isOffer]) => isOffer)).toEqual([true, false]);
  });

  it("is told nothing by what has written nothing", async () => {
    await promises.create(birth, at(1_000));
    await promises.settle(resolving, at(1_500));
    written = [];
    await promises.create(targeted, at(1_100));
    await promises.settle(resolving, at(1_600));
    await promises.get("p", at(2_500));
    expect(written).toEqual([]);
  });
});

it("a sweep that comes between a refusal and the answer does no harm", async () => {
  await promises.create(birth, at(1_000));
  const swept = serve({
    ...store,
    async attempt(write, cost) {
      const outcome = await store.attempt(write, cost);
      await store.attempt(expire(imageOf(), 2_500, []), cost);
      return outcome;
    },
  });
  expect(await swept.settle(resolving, at(2_500))).toMatchObject({
    changed: false,
    promise: { state: "rejected_timedout", settledAt: 2_000 },
  });
});
