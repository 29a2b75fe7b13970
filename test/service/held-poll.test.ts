/** Workers that ask their mailbox, on both stores, with a clock in the test's hand. */

import { describe, expect, it, onTestFinished } from "vitest";
import { creation, execute, newborn, posting, unblock } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import { heldPoll } from "#lib/service/held-poll.ts";
import { everyStore, openSqlite } from "../support/stores.ts";

const worker = { group: "g", id: "w" };
const cost = { roundTrips: 0 };

const keepTask = async (store: Store, id: string) => {
  const request = { id, timeoutAt: 1e9, param: {}, tags: { "resonate:target": "poll://any@g" } };
  await store.attempt(creation(newborn(request, { now: 1_000, token: id, retryMs: 30_000, subscriptions: [] })), cost);
  await store.attempt(posting(execute(id, 0, "poll://any@g", 1_000)), cost);
};

describe.each(everyStore)("Over %s", (_, open) => {
  const setUp = async () => {
    const { store, close } = await open();
    onTestFinished(close);
    const clock = { now: 1_000, slept: 0 };
    let whileAsleep = async () => {};
    const ask = () =>
      heldPoll(
        {
          store,
          now: () => clock.now,
          sleep: async (ms) => {
            clock.now += ms;
            clock.slept += 1;
            await whileAsleep();
          },
          holdMs: 25_000,
          lookEveryMs: 500,
        },
        worker,
        cost,
      );
    return { store, clock, ask, meanwhile: (doing: () => Promise<void>) => (whileAsleep = doing) };
  };

  it("an offer that waits is handed out once", async () => {
    const { store, ask, clock } = await setUp();
    await keepTask(store, "p");
    expect(await ask()).toEqual([{ kind: "execute", address: "poll://any@g", id: "p", version: 0 }]);
    expect(clock.slept).toBe(0);
    expect(await ask()).toEqual([]);
    expect(clock.now).toBe(26_000);
  });

  it("an offer that comes while the request is held ends it", async () => {
    const { store, ask, clock, meanwhile } = await setUp();
    meanwhile(async () => (clock.slept === 3 ? keepTask(store, "p") : undefined));
    expect(await ask()).toMatchObject([{ id: "p" }]);
    expect(clock.slept).toBe(3);
  });

  it("what stands no more is not handed out", async () => {
    const { store, ask } = await setUp();
    await store.attempt(posting(execute("gone", 0, "poll://any@g", 1_000)), cost);
    await keepTask(store, "p");
    await store.attempt(posting(execute("p", 7, "poll://any@g", 1_000)), cost);
    expect(await ask()).toEqual([]);
  });

  it("news for the worker itself comes with the promise; news for another stays", async () => {
    const { store, ask } = await setUp();
    const request = { id: "p", timeoutAt: 500, param: {}, tags: {} };
    await store.attempt(creation(newborn(request, { now: 1_000, token: "t", retryMs: 1, subscriptions: [] })), cost);
    for (const each of ["w", "other"]) {
      await store.attempt(posting(unblock("p", `poll://uni@g/${each}`, 1_000)), cost);
    }
    expect(await ask()).toMatchObject([
      { kind: "unblock", address: "poll://uni@g/w", promise: { id: "p", state: "rejected_timedout" } },
    ]);
    expect(await store.members("message", "poll://uni@g/other", 10, cost)).toHaveLength(1);
  });

  it("of two that ask at once, one is handed each message", async () => {
    const { store, ask } = await setUp();
    await Promise.all(Array.from({ length: 8 }, (_, number) => keepTask(store, `p${number}`)));
    const answers = (await Promise.all([ask(), ask(), ask()])).flat();
    expect(answers.map((each) => (each.kind === "execute" ? each.id : "")).toSorted()).toEqual(
      Array.from({ length: 8 }, (_, number) => `p${number}`),
    );
  });
});

describe("What one answer does not hold", () => {
  const news = async (store: Store, ids: readonly string[]) => {
    for (const id of ids) {
      const request = { id, timeoutAt: 500, param: { data: "x".repeat(1_000) }, tags: {} };
      await store.attempt(creation(newborn(request, { now: 1_000, token: id, retryMs: 1, subscriptions: [] })), cost);
      await store.attempt(posting(unblock(id, "poll://uni@g/w", 1_000)), cost);
    }
  };
  const setUp = async (bytesMax: number) => {
    const { store, close } = await openSqlite();
    onTestFinished(close);
    const bytesOf = (message: object) => JSON.stringify(message).length;
    const options = { now: () => 1_000, sleep: async () => {}, holdMs: 0, lookEveryMs: 1, room: { bytesOf, bytesMax } };
    return { store, ask: (over = store) => heldPoll({ ...options, store: over }, worker, cost) };
  };
  const idsOf = (messages: readonly Outgoing[]) =>
    messages.map((message) => (message.kind === "execute" ? message.id : message.promise.id));

  it("comes with the next ones, each once", async () => {
    const { store, ask } = await setUp(3_500);
    await news(store, ["a", "b", "c", "d", "e"]);
    expect([idsOf(await ask()), idsOf(await ask()), idsOf(await ask())]).toEqual([["a", "b"], ["c", "d"], ["e"]]);
  });

  it("by itself stays, with the reason, and holds up no other", async () => {
    const { store, ask } = await setUp(1_100);
    await news(store, ["large"]);
    await keepTask(store, "p");
    expect(idsOf(await ask())).toEqual(["p"]);
    expect(await ask()).toEqual([]);
    expect(await store.members("message", "poll://uni@g/w", 10, cost)).toMatchObject([
      { promiseId: "large", attempts: 1, lastError: expect.stringContaining("larger than the answer") },
    ]);
  });

  it("is not taken where it cannot be read", async () => {
    const { store, ask } = await setUp(100_000);
    await news(store, ["a", "b"]);
    const failing = { ...store, whole: () => Promise.reject(new Error("out of reach")) };
    await expect(ask(failing)).rejects.toThrow("out of reach");
    expect(idsOf(await ask())).toEqual(["a", "b"]);
  });
});
