import { beforeEach, describe, expect, it } from "vitest";
import { type Create, expire, type Fault, type PromiseImage, type Settle } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { type Promises, promiseService } from "#lib/service/promises.ts";
import { imageOf } from "../support/images.ts";
import { openSqlite } from "../support/stores.ts";

const birth: Create = { id: "p", timeoutAt: 2_000, param: {}, tags: {} };
const resolving: Settle = { id: "p", verdict: "resolved", value: { data: "x" } };

let store: Store;
let armed: number[];
let promises: Promises;
let tokens = 0;

const serve = (over: Store): Promises => promiseService({ store: over, timer: { arm: (at) => armed.push(at) } });

/** A request at this moment, with a token of its own. */
const at = (now: number) => ({ now, token: `token-${tokens++}`, cost: { roundTrips: 0 } });

const faultOf = (code: Fault<"invalid">["code"] | string) => expect.objectContaining({ name: "Fault", code });

beforeEach(async () => {
  ({ store } = await openSqlite());
  armed = [];
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
    const forgetful = serve({ ...store, attempt: async () => ({ won: false, image: undefined }) });
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
        return { won: false, image: imageOf() };
      },
    });
    await expect(stubborn.settle(resolving, at(1_500))).rejects.toThrow(faultOf("storeUnavailable"));
    expect(attempts).toBe(4);
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

describe("the timer", () => {
  it("is armed for the deadline of a promise that is created", async () => {
    await promises.create(birth, at(1_000));
    expect(armed).toEqual([2_000]);
  });

  it("is left alone by a create that found the promise there, and by whatever settles it", async () => {
    await store.attempt({ id: "p", guards: [], change: { kind: "put", image: imageOf() } }, { roundTrips: 0 });
    await promises.create(birth, at(1_100));
    await promises.settle(resolving, at(1_500));
    expect(armed).toEqual([]);
  });

  it("is left alone by a promise born settled, and by a step inside a workflow", async () => {
    await promises.create(birth, at(2_000));
    await promises.create({ ...birth, id: "step", tags: { "resonate:scope": "local" } }, at(1_000));
    expect(armed).toEqual([]);
  });
});

it("a sweep that comes between a refusal and the answer does no harm", async () => {
  await promises.create(birth, at(1_000));
  const swept = serve({
    ...store,
    async attempt(write, cost) {
      const outcome = await store.attempt(write, cost);
      await store.attempt(expire(imageOf(), 2_500), cost);
      return outcome;
    },
  });
  expect(await swept.settle(resolving, at(2_500))).toMatchObject({
    changed: false,
    promise: { state: "rejected_timedout", settledAt: 2_000 },
  });
});
