/**
 * Composites, as their promises are kept: over both stores, by the process that does all by itself.
 *
 * @module
 */

import { describe, expect, it } from "vitest";
import {
  type Create,
  compositeLimits,
  type PromiseImage,
  type Settle,
  type Tags,
  type Verdict,
} from "#lib/core/index.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import { promiseService } from "#lib/service/promises.ts";
import { taskService } from "#lib/service/tasks.ts";
import { worksOver } from "../simulation/works.ts";
import { everyStore, type OpenStore } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const born = 1_000;
const deadline = 100_000;

/** A process over a store of its own, and its clock. */
async function world(open: OpenStore) {
  const { store, close } = await open();
  const clock = { now: born };
  const works = worksOver(store, () => clock.now, { retryMs: 30_000 });
  const conduct = { store, feed: works.feed, retryMs: 30_000, known: noSubscriptions };
  const [promises, tasks] = [promiseService(conduct), taskService(conduct)];
  let tokens = 0;
  const request = (): RequestContext => ({ now: clock.now, token: `t${tokens++}`, cost: { roundTrips: 0 } });
  const create = async (id: string, more: Partial<Create> = {}) => {
    const { promise } = await promises.create({ id, timeoutAt: deadline, param: {}, tags: {}, ...more }, request());
    await works.feed.idle();
    return promise;
  };
  return {
    store,
    close,
    clock,
    works,
    promises,
    tasks,
    request,
    create,
    compose: (id: string, rule: object, more: Partial<Create> = {}) =>
      create(id, { ...more, tags: { ...more.tags, ...tagged(rule) } }),
    async end(id: string, verdict: Verdict = "resolved", value: Settle["value"] = { data: `of ${id}` }) {
      clock.now += 10;
      await promises.settle({ id, verdict, value }, request());
      await works.feed.idle();
    },
    get: (id: string) => promises.get(id, request()),
    async states(...ids: readonly string[]) {
      return (await Promise.all(ids.map((id) => promises.get(id, request())))).map(({ state }) => state);
    },
    async wait(ms: number) {
      clock.now += ms;
      await works.sweep();
      await works.feed.idle();
    },
  };
}

type World = Awaited<ReturnType<typeof world>>;

const tagged = (rule: object): Tags => ({ "resonate:composite": JSON.stringify(rule) });
const three = { of: ["a", "b", "c"], missing: "create" };
const membersIn = ({ value }: Pick<PromiseImage, "value">) => JSON.parse(value.data ?? "").members;

describe.each(everyStore)("over %s, a composite", (_name, open) => {
  const playing = (play: (world: World) => Promise<void>) => async () => {
    const made = await world(open);
    try {
      await play(made);
      expect(made.works.failures).toEqual([]);
    } finally {
      made.close();
    }
  };

  it(
    "of the first of three is resolved by it, and the others are canceled",
    playing(async ({ compose, end, get, states }) => {
      await compose("first", { ...three, need: 1 });
      expect(await states("first", "a", "b", "c")).toEqual(["pending", "pending", "pending", "pending"]);
      await end("b");
      expect(await states("a", "b", "c")).toEqual(["rejected_canceled", "resolved", "rejected_canceled"]);
      const first = await get("first");
      expect(first).toMatchObject({ state: "resolved", value: { headers: { "content-type": "application/json" } } });
      expect(membersIn(first)).toEqual([{ id: "b", state: "resolved", settledAt: born + 10, value: { data: "of b" } }]);
      expect([first.hasMembers, first.outcomes, first.dueAt]).toEqual([undefined, undefined, undefined]);
    }),
  );

  it(
    "of two of three is resolved by the second, and tells of both in their order",
    playing(async ({ compose, end, get, states }) => {
      await compose("two", { ...three, need: 2 });
      await end("c");
      expect(await states("two", "a", "b")).toEqual(["pending", "pending", "pending"]);
      await end("a");
      expect(await states("two", "b")).toEqual(["resolved", "rejected_canceled"]);
      expect(membersIn(await get("two")).map(({ id }: { id: string }) => id)).toEqual(["c", "a"]);
    }),
  );

  it(
    "of all of three is rejected as soon as one is not resolved, and of two of three by the second",
    playing(async ({ compose, end, get, states }) => {
      await compose("all", { ...three, need: "all" });
      await end("b", "rejected", { data: "no" });
      expect(await states("all", "a", "c")).toEqual(["rejected", "rejected_canceled", "rejected_canceled"]);
      expect(membersIn(await get("all"))).toEqual([
        { id: "b", state: "rejected", settledAt: born + 10, value: { data: "no" } },
      ]);
      await compose("two", { of: ["d", "e", "f"], missing: "create", need: 2 });
      await end("d", "rejected_canceled");
      expect(await states("two")).toEqual(["pending"]);
      await end("e", "rejected");
      expect(await states("two", "f")).toEqual(["rejected", "rejected_canceled"]);
    }),
  );

  it(
    "counts a member that its deadline resolves or rejects",
    playing(async ({ create, compose, wait, get, states }) => {
      await create("timer", { timeoutAt: 5_000, tags: { "resonate:timer": "true" } });
      await create("late", { timeoutAt: 5_000 });
      await create("work");
      await compose("race", { of: ["work", "timer"], need: 1 });
      await compose("both", { of: ["late", "work"], need: 2, losers: "keep" });
      await wait(4_000);
      expect(await states("race", "both", "work")).toEqual(["resolved", "rejected", "rejected_canceled"]);
      expect(membersIn(await get("both"))).toEqual([
        { id: "late", state: "rejected_timedout", settledAt: 5_000, value: {} },
      ]);
    }),
  );

  it(
    "that is ended by hand or by its own deadline cancels its members too",
    playing(async ({ compose, end, wait, get, states }) => {
      await compose("off", { ...three, need: 2 });
      await end("off", "rejected_canceled", {});
      expect(await states("off", "a", "b", "c")).toEqual(Array(4).fill("rejected_canceled"));
      await compose("late", { of: ["d", "e"], missing: "create", need: 2 }, { timeoutAt: 5_000, members: [made("d")] });
      await wait(4_000);
      expect(await states("late", "d", "e")).toEqual(["rejected_timedout", "rejected_canceled", "rejected_timedout"]);
      expect((await get("late")).settledAt).toBe(5_000);
    }),
  );

  it(
    "that keeps its losers leaves them as they were, with nobody waiting",
    playing(async ({ create, compose, end, get, store, request }) => {
      const long = "x".repeat(200);
      await create("shared");
      for (const id of ["one", long]) {
        await compose(id, { of: ["shared", `${id}/own`], need: 1, losers: "keep", missing: "create" });
        await end(`${id}/own`);
        expect((await get(id)).state).toBe("resolved");
      }
      expect(await get("shared")).toMatchObject({ state: "pending" });
      expect((await get("shared")).callbacks).toBeUndefined();
      expect(await store.members("waiter", "shared", 10, request().cost)).toEqual([]);
    }),
  );

  it(
    "of members that have ended before is settled at once",
    playing(async ({ create, compose, end, states, get }) => {
      await create("a");
      await create("b");
      await end("a");
      await compose("now", { ...three, need: 1 });
      expect(await states("now", "b", "c")).toEqual(["resolved", "rejected_canceled", "rejected_canceled"]);
      await compose("half", { of: ["a", "d"], missing: "create", need: 2 });
      expect(await states("half", "d")).toEqual(["pending", "pending"]);
      await end("d");
      expect(membersIn(await get("half")).map(({ id }: { id: string }) => id)).toEqual(["a", "d"]);
    }),
  );

  it(
    "is not created where a member is missing, and nothing else is",
    playing(async ({ create, compose, promises, request, get }) => {
      await create("a");
      await expect(compose("k", { of: ["a", "b"], need: 1 })).rejects.toMatchObject({
        code: "memberNotFound",
        details: { id: "b" },
      });
      await expect(promises.get("k", request())).rejects.toMatchObject({ code: "promiseNotFound" });
      expect((await get("a")).callbacks).toBeUndefined();
    }),
  );

  it(
    "is created once, however often it is asked for, and then its members are not created again",
    playing(async ({ compose, end, promises, request, get, states }) => {
      const what = { id: "k", timeoutAt: deadline, param: {}, tags: tagged({ ...three, need: 1 }) };
      const asked = await Promise.all([1, 2, 3].map(() => promises.create(what, request())));
      expect(asked.filter(({ changed }) => changed)).toHaveLength(1);
      await end("a");
      expect((await promises.create(what, request())).changed).toBe(false);
      expect(await states("k", "b")).toEqual(["resolved", "rejected_canceled"]);
      await compose("k", { of: ["z"], need: 1 });
      await expect(get("z")).rejects.toMatchObject({ code: "promiseNotFound" });
    }),
  );

  it(
    "takes members with tasks, params and deadlines of their own, and says whose they are",
    playing(async ({ compose, get, works }) => {
      const target = { "resonate:target": "poll://any@workers" };
      await compose(
        "k",
        { of: ["job", "b"], need: 1, missing: "create" },
        { members: [{ ...made("job"), param: { data: "do" }, timeoutAt: 7_000, tags: target }] },
      );
      expect(await get("job")).toMatchObject({
        param: { data: "do" },
        timeoutAt: 7_000,
        tags: { ...target, "resonate:parent": "k" },
        callbacks: ["k"],
      });
      expect(works.sent.map(({ message }) => [message.kind, "id" in message && message.id])).toEqual([
        ["execute", "job"],
      ]);
    }),
  );

  it(
    "of composites ends with them, all the way up and all the way down",
    playing(async ({ compose, end, states }) => {
      await compose("left", { of: ["l1", "l2"], missing: "create", need: "all" });
      await compose("right", { of: ["r1", "r2"], missing: "create", need: "all" });
      await compose("either", { of: ["left", "right"], need: 1 });
      await end("r1");
      await end("r2");
      expect(await states("either", "right", "left", "l1", "l2")).toEqual([
        "resolved",
        "resolved",
        ...Array(3).fill("rejected_canceled"),
      ]);
    }),
  );

  it(
    "may have as many members as its limit says, of which each may have many who wait",
    playing(async ({ create, compose, end, states, promises, request }) => {
      const of = Array.from({ length: compositeLimits.membersMax }, (_, number) => `m${number}`);
      await create("m0");
      for (let listener = 0; listener < 12; listener++) {
        await promises.registerListener("m0", `poll://any@g${listener}`, request());
      }
      await compose("many", { of, need: "all", missing: "create" });
      await Promise.all(of.map((id) => end(id)));
      expect(await states("many")).toEqual(["resolved"]);
    }),
  );

  it(
    "wakes a workflow that awaits it, and is created by one only while that holds its task",
    playing(async ({ tasks, create, end, get, request, promises }) => {
      await create("flow", { tags: { "resonate:target": "poll://any@workers" } });
      await tasks.acquire({ id: "flow", version: 0, pid: "w", ttl: 60_000 }, request());
      const what = {
        id: "flow:0",
        timeoutAt: deadline,
        param: {},
        tags: tagged({ ...three, need: 2, encoding: "sdk" }),
      };
      const fence = (version: number) => tasks.fence({ id: "flow", version }, { kind: "create", what }, request());
      await expect(fence(7)).rejects.toMatchObject({ code: "taskNotHeld" });
      await expect(promises.get("a", request())).rejects.toMatchObject({ code: "promiseNotFound" });
      expect(await fence(1)).toMatchObject({ id: "flow:0", state: "pending" });
      expect(await fence(1)).toMatchObject({ id: "flow:0", state: "pending" });
      expect(await tasks.suspend({ id: "flow", version: 1 }, ["flow:0"], request())).toBe("suspended");
      await end("a", "resolved", { data: Buffer.from('{"ok":"é"}').toString("base64") });
      await end("b", "resolved", { data: "no JSON" });
      expect((await get("flow")).taskState).toBe("pending");
      const { value } = await get("flow:0");
      expect(JSON.parse(Buffer.from(value.data ?? "", "base64").toString())).toEqual({
        members: [
          { id: "a", state: "resolved", settledAt: born + 10, value: { ok: "é" } },
          { id: "b", state: "resolved", settledAt: born + 20 },
        ],
      });
    }),
  );

  it(
    "names a member whose value is large, and keeps it for whoever reads it there",
    playing(async ({ compose, end, get }) => {
      await compose("k", { ...three, need: 1 });
      await end("a", "resolved", { data: "x".repeat(compositeLimits.valueBytesMax) });
      expect(membersIn(await get("k"))).toEqual([{ id: "a", state: "resolved", settledAt: born + 10 }]);
    }),
  );

  it(
    "that is settled in the table and no further is finished by whoever finds it due",
    playing(async ({ compose, end, states, store, clock, wait, request }) => {
      await compose("k", { ...three, need: 1 });
      clock.now += 10;
      // A process that ends right after the write that settles a member, or the composite.
      const unheard = promiseService({
        store,
        retryMs: 30_000,
        known: noSubscriptions,
        feed: { written: () => {}, arm: () => {}, heardFrom: () => {}, taken: () => {} },
      });
      await unheard.settle({ id: "a", verdict: "resolved", value: {} }, request());
      expect(await states("k", "b")).toEqual(["pending", "pending"]);
      await wait(1);
      expect(await states("k", "b")).toEqual(["resolved", "rejected_canceled"]);
      await compose("d", { of: ["e", "f"], missing: "create", need: 1 });
      await unheard.settle({ id: "d", verdict: "rejected", value: {} }, request());
      expect(await states("e", "f")).toEqual(["pending", "pending"]);
      await wait(1);
      expect(await states("e", "f")).toEqual(["rejected_canceled", "rejected_canceled"]);
      await end("d", "resolved");
      expect(await states("d")).toEqual(["rejected"]);
    }),
  );
});

const made = (id: string): Create => ({ id, timeoutAt: deadline, param: {}, tags: {} });
