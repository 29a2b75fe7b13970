/** The service's own URL in front of an id, wherever an id can stand: it names the same, and is repeated. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, ownUrl } from "../../support/door.ts";
import { everyStore } from "../../support/stores.ts";
import { type Rpc, rpcOf } from "./asking.ts";
import { action, target } from "./lives.ts";

const fronts = [`${ownUrl}/promises/`, "promises.test/promises/", "HTTP://Promises.Test/promises/"];
const timeoutAt = 9e15;
const lease = { pid: "p", ttl: 1_000 };

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  let rpc: Rpc;
  let names = 0;

  beforeAll(async () => {
    door = await openDoor(open);
    rpc = rpcOf(door);
  });
  afterAll(() => door.close());

  const done = async (kind: string, data: object) => {
    const reply = await rpc(kind, data);
    expect(reply, kind).toMatchObject({ status: 200 });
    return reply.data;
  };
  const image = (id: string) => door.store.get(id, { roundTrips: 0 });
  const promise = async (tags = {}) => {
    const id = `n${names++}`;
    await done("promise.create", { id, timeoutAt, tags });
    return id;
  };
  const held = async () => {
    const id = await promise(target);
    await done("task.acquire", { id, version: 0, ...lease });
    return id;
  };

  describe.each(fronts)("with %s in front", (front) => {
    it("a promise is made, read and settled, and shown as it was named", async () => {
      const id = `n${names++}`;
      const sent = { id: front + id, timeoutAt };
      const made = await done("promise.create", sent);
      expect(made.promise.id).toBe(front + id);
      expect((await image(id))?.id).toBe(id);
      expect((await done("promise.create", { ...sent, id })).promise).toEqual({ ...made.promise, id });
      expect((await done("promise.get", { id: front + id })).promise).toEqual(made.promise);
      const settled = await done("promise.settle", { id: front + id, state: "resolved" });
      expect(settled.promise).toMatchObject({ id: front + id, state: "resolved" });
      expect((await done("promise.get", { id })).promise).toEqual({ ...settled.promise, id });
    });

    it("waiters wait for the promise, and awaiters are woken", async () => {
      const [awaited, awaiter] = [await promise(), await promise(target)];
      const callback = await done("promise.register_callback", { awaited: front + awaited, awaiter: front + awaiter });
      const listener = await done("promise.register_listener", { awaited: front + awaited, address: "poll://any@g" });
      expect([callback.promise.id, listener.promise.id]).toEqual([front + awaited, front + awaited]);
      expect(await image(awaited)).toMatchObject({ callbacks: [awaiter], listeners: ["poll://any@g"] });
    });

    it("a task is made, taken, kept, given back, stopped and read", async () => {
      const id = `n${names++}`;
      const create = action({ id: front + id, timeoutAt, tags: target });
      const made = await done("task.create", { ...lease, action: create });
      expect([made.task.id, made.promise.id]).toEqual([front + id, front + id]);
      expect((await image(id))?.taskVersion).toBe(1);
      door.clock.now += 1;
      await done("task.heartbeat", { pid: "p", tasks: [{ id: front + id, version: 1 }] });
      expect((await image(id))?.leasedAt).toBe(door.clock.now);
      await done("task.release", { id: front + id, version: 1 });
      const taken = await done("task.acquire", { id: front + id, version: 1, ...lease });
      expect([taken.task.id, taken.promise.id]).toEqual([front + id, front + id]);
      await done("task.halt", { id: front + id });
      expect((await done("task.get", { id: front + id })).task).toMatchObject({ id: front + id, state: "halted" });
      await done("task.continue", { id: front + id });
      expect((await image(id))?.taskState).toBe("pending");
    });

    it("a task is fulfilled in either form, whichever its action is in", async () => {
      for (const [outer, inner] of [
        [front, ""],
        ["", front],
        [front, front],
      ]) {
        const id = await held();
        const settle = action({ id: inner + id, state: "resolved" });
        const { promise: shown } = await done("task.fulfill", { id: outer + id, version: 1, action: settle });
        expect(shown).toMatchObject({ id: inner + id, state: "resolved" });
        expect((await image(id))?.state).toBe("resolved");
      }
    });

    it("a task sleeps on a promise that is named twice in two forms", async () => {
      const [id, awaited] = [await held(), await promise()];
      const wait = (to: string, by: string) => action({ awaited: to, awaiter: by });
      const actions = [wait(front + awaited, id), wait(awaited, front + id)];
      expect(await rpc("task.suspend", { id: front + id, version: 1, actions })).toEqual({ status: 200, data: {} });
      expect((await image(id))?.taskState).toBe("suspended");
      expect((await image(awaited))?.callbacks).toEqual([id]);
    });

    it("a fence makes and settles the promise, and shows it as it was named", async () => {
      const [id, child] = [await held(), `n${names++}`];
      const fence = async (kind: string, members: object) => {
        const data = { id: front + child, ...members };
        return (await done("task.fence", { id: front + id, version: 1, action: { kind, data } })).action.data.promise;
      };
      expect((await fence("promise.create", { timeoutAt })).id).toBe(front + child);
      expect(await fence("promise.settle", { state: "resolved" })).toMatchObject({
        id: front + child,
        state: "resolved",
      });
      expect((await image(child))?.state).toBe("resolved");
    });

    it("two forms of one id are one id to every rule", async () => {
      const id = await held();
      const refusal = async (kind: string, data: object) => {
        const reply = await rpc(kind, data);
        return [reply.status, reply.data];
      };
      const itself = "Awaited and awaiter must be different promises";
      expect(await refusal("promise.register_callback", { awaited: front + id, awaiter: id })).toEqual([400, itself]);
      const actions = [action({ awaited: front + id, awaiter: id })];
      expect(await refusal("task.suspend", { id, version: 1, actions })).toEqual([400, itself]);
      for (const [kind, members] of [
        ["promise.create", { timeoutAt }],
        ["promise.settle", { state: "resolved" }],
      ] as const) {
        const fence = { id, version: 1, action: { kind, data: { id: front + id, ...members } } };
        expect(await refusal("task.fence", fence)).toEqual([400, "Action ID must not equal the task ID"]);
      }
      expect((await image(id))?.state).toBe("pending");
    });

    it("a schedule is made, read and deleted", async () => {
      const id = `n${names++}`;
      const schedule = { cron: "@daily", promiseId: "x{{.timestamp}}", promiseTimeout: 1, promiseTags: target };
      const made = await done("schedule.create", { id: front + id, ...schedule });
      expect(made.schedule.id).toBe(front + id);
      expect((await done("schedule.get", { id: front + id })).schedule).toEqual(made.schedule);
      expect((await done("schedule.get", { id })).schedule).toEqual({ ...made.schedule, id });
      await done("schedule.delete", { id: front + id });
      expect((await rpc("schedule.get", { id })).status).toBe(404);
    });
  });

  it("a foreign URL is an id like any other", async () => {
    const id = "https://else.where/promises/x";
    expect((await done("promise.create", { id, timeoutAt })).promise.id).toBe(id);
    expect((await image(id))?.id).toBe(id);
    expect((await rpc("promise.get", { id: "x" })).status).toBe(404);
  });
});
