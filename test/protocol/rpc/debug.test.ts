/** The clock in the client's hand, where the service is started so, and nowhere else (`protocol/rpc.md` 14). */

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Debug } from "#lib/ports/debug.ts";
import { openDoor } from "../../support/door.ts";
import { openSqlite } from "../../support/stores.ts";
import { rpcOf } from "./asking.ts";
import { type Debugged, everyDebuggable, openDebugged } from "./debugged.ts";
import { action, target } from "./lives.ts";

const kinds = ["debug.start", "debug.stop", "debug.reset", "debug.tick", "debug.snap"] as const;
const nothing = {
  promises: [],
  promiseTimeouts: [],
  callbacks: [],
  listeners: [],
  tasks: [],
  taskTimeouts: [],
  messages: [],
};
const schedule = { cron: "* * * * *", promiseId: "{{.id}}.{{.timestamp}}", promiseTimeout: 1_000, promiseTags: target };

describe.each(everyDebuggable)("Over %s", (_, open) => {
  describe("a service that was not started for tests", () => {
    let service: Debugged;

    beforeAll(async () => {
      service = await openDebugged(open, false);
    });
    afterAll(() => service.close());

    it.each(kinds)("refuses %s, whatever its data", async (kind) => {
      for (const data of [{}, { time: 5 }, { time: "x" }]) {
        expect(await service.rpc(kind, data)).toEqual({ status: 403, data: "Debug operations are disabled" });
      }
    });

    it("goes by its own clock, whatever moment a request names", async () => {
      const before = Date.now();
      const { data } = await service.at(5, "promise.create", { id: "p", timeoutAt: 9e15 });
      expect(data.promise.createdAt).toBeGreaterThanOrEqual(before);
      expect((await service.at(9e15, "promise.get", { id: "p" })).data.promise.state).toBe("pending");
    });
  });

  describe("a service that was started for tests", () => {
    let service: Debugged;
    let at: Debugged["at"];

    beforeAll(async () => {
      service = await openDebugged(open);
      at = service.at;
      await service.rpc("debug.start");
    });
    afterAll(async () => {
      await service.close();
      expect(service.failures).toEqual([]);
    });

    const snap = async () => (await service.rpc("debug.snap")).data;

    it("forgets everything, schedules and messages too", async () => {
      await at(1_000, "promise.create", { id: "told", timeoutAt: 9_000 });
      await at(1_000, "promise.register_listener", { awaited: "told", address: "poll://any@g" });
      await at(1_000, "promise.create", { id: "task", timeoutAt: 9_000, tags: target });
      await at(1_000, "schedule.create", { id: "s", ...schedule });
      await at(1_000, "promise.settle", { id: "told", state: "resolved" });
      const { promises, messages } = await snap();
      expect([promises.length, messages.length]).toEqual([2, 2]);
      expect(await service.rpc("debug.reset")).toEqual({ status: 200, data: {} });
      expect(await snap()).toEqual(nothing);
      expect((await service.rpc("schedule.get", { id: "s" })).status).toBe(404);
      await at(60_000, "debug.tick", { time: 60_000 });
      expect(await snap()).toEqual(nothing);
    });

    it("shows everything as it stands, and nothing that clients do not know of", async () => {
      await service.rpc("debug.reset");
      const create = action({ id: "w", timeoutAt: 90_000, tags: target });
      await at(2_000, "task.create", { pid: "p", ttl: 500, action: create });
      await at(2_000, "task.release", { id: "w", version: 1 });
      await at(2_000, "promise.create", { id: "c", timeoutAt: 5_000 });
      await at(2_000, "promise.create", { id: "step", timeoutAt: 5_000, tags: { "resonate:scope": "local" } });
      await at(2_000, "promise.register_callback", { awaited: "c", awaiter: "w" });
      await at(2_000, "promise.register_listener", { awaited: "c", address: "poll://uni@g/me" });
      const promise = { state: "pending", param: {}, value: {}, tags: {}, createdAt: 2_000 };
      expect(await snap()).toEqual({
        promises: [
          { ...promise, id: "c", timeoutAt: 5_000 },
          { ...promise, id: "step", timeoutAt: 5_000, tags: { "resonate:scope": "local" } },
          { ...promise, id: "w", timeoutAt: 90_000, tags: target },
        ],
        promiseTimeouts: [
          { id: "c", timeout: 5_000 },
          { id: "w", timeout: 90_000 },
        ],
        callbacks: [{ awaited: "c", awaiter: "w" }],
        listeners: [{ id: "c", address: "poll://uni@g/me" }],
        tasks: [{ id: "w", state: "pending", version: 1, resumes: 0 }],
        taskTimeouts: [{ id: "w", type: 0, timeout: 32_000 }],
        messages: [
          { address: "poll://any@g", message: { kind: "execute", head: {}, data: { task: { id: "w", version: 1 } } } },
        ],
      });
      await at(5_000, "debug.tick", { time: 5_000 });
      const { promises, messages } = await snap();
      const settled = { ...promise, id: "c", timeoutAt: 5_000, state: "rejected_timedout", settledAt: 5_000 };
      expect(promises[0]).toEqual(settled);
      expect(messages).toContainEqual({
        address: "poll://uni@g/me",
        message: { kind: "unblock", head: {}, data: { promise: settled } },
      });
    });

    it("does by one tick all that is due by then, and nothing before", async () => {
      await service.rpc("debug.reset");
      const create = (id: string) => action({ id, timeoutAt: 90_000, tags: target });
      await at(3_000, "task.create", { pid: "p", ttl: 7_000, action: create("leased") });
      await at(3_000, "promise.create", { id: "dead", timeoutAt: 10_000 });
      await at(3_000, "promise.create", { id: "timer", timeoutAt: 10_000, tags: { "resonate:timer": "true" } });
      await at(3_000, "task.create", { pid: "p", ttl: 60_000, action: create("sleeper") });
      const wait = action({ awaited: "timer", awaiter: "sleeper" });
      await at(3_000, "task.suspend", { id: "sleeper", version: 1, actions: [wait] });
      const stateOf = (moment: number) =>
        Promise.all(["leased", "sleeper"].map(async (id) => (await at(moment, "task.get", { id })).data.task.state));
      expect(await at(9_999, "debug.tick", { time: 9_999 })).toEqual({ status: 200, data: [] });
      expect(await stateOf(9_999)).toEqual(["acquired", "suspended"]);
      expect(await service.rpc("debug.tick", { time: 10_000 })).toEqual({ status: 200, data: [] });
      const { promises, tasks } = await snap();
      expect(promises.map(({ id, state }: { id: string; state: string }) => `${id} ${state}`)).toEqual([
        "dead rejected_timedout",
        "leased pending",
        "sleeper pending",
        "timer resolved",
      ]);
      expect(tasks.map(({ state }: { state: string }) => state)).toEqual(["pending", "pending"]);
    });

    it.each([{}, { time: null }, { time: "5" }, { time: 1.5 }, { time: 2 ** 64 }])(
      "takes no tick at %j",
      async (data) => {
        expect(await service.rpc("debug.tick", data)).toEqual({ status: 400, data: "Missing or invalid 'time' field" });
      },
    );

    it("takes no tick at another moment than the request's own", async () => {
      expect(await at(6, "debug.tick", { time: 5 })).toEqual({
        status: 400,
        data: "resonate:debug_time must equal data.time",
      });
    });

    it.each([
      ["of no such shape", "promise.create", { id: 5 }],
      ["that breaks a rule", "promise.get", { id: "" }],
      ["of what is not there", "task.get", { id: "none" }],
      ["for a tick of another moment", "debug.tick", { time: 8_888 }],
    ])("does not have its clock moved by a request %s, which is refused", async (_, kind, data) => {
      await service.rpc("debug.reset");
      const born = async () => {
        const { data } = await service.rpc("promise.create", { id: `${kind}/${Math.random()}`, timeoutAt: 9e15 });
        return data.promise.createdAt;
      };
      await at(3_000, "promise.create", { id: "first", timeoutAt: 9e15 });
      const before = (await snap()).promises.length;
      const { createdAt } = (await service.rpc("promise.get", { id: "first" })).data.promise;
      expect((await at(7_777_777, kind, data)).status).toBeGreaterThanOrEqual(400);
      expect([createdAt, await born(), before]).toEqual([3_000, 3_000, 1]);
      await service.rpc("debug.stop");
    });

    it("does nothing by itself until it is let go, and then goes by its own clock", async () => {
      await service.rpc("debug.reset");
      const create = (id: string) => service.rpc("promise.create", { id, timeoutAt: Date.now() + 50 });
      const isSettled = async (id: string) =>
        (await snap()).promises.some(
          (each: { id: string; state: string }) => each.id === id && each.state !== "pending",
        );
      await service.rpc("debug.stop");
      await service.rpc("debug.start");
      const { data } = await create("still");
      expect(Math.abs(data.promise.createdAt - Date.now())).toBeLessThan(10_000);
      await sleep(200);
      expect(await isSettled("still")).toBe(false);
      await at(5, "promise.get", { id: "none" });
      expect(await service.rpc("debug.stop")).toEqual({ status: 200, data: {} });
      await create("moving");
      await expect.poll(() => isSettled("moving"), { timeout: 5_000 }).toBe(true);
      expect(await isSettled("still")).toBe(true);
    });
  });
});

describe("A service that was started for tests", () => {
  it("answers when nothing more follows from what was asked, even where it is refused", async () => {
    const done: string[] = [];
    const never = () => expect.unreachable();
    const debug: Debug = {
      at(moment) {
        done.push(`at ${moment}`);
        return () => done.push("taken back");
      },
      start: never,
      stop: never,
      reset: never,
      tick: never,
      snap: never,
      async idle() {
        await sleep(20);
        done.push("idle");
      },
    };
    const door = await openDoor(openSqlite, { debug });
    const ask = async (kind: string) => {
      const { status } = await rpcOf(door)(kind, { id: "p", timeoutAt: 9e15 }, { "resonate:debug_time": 7 });
      done.push(`answered ${status}`);
    };
    await ask("promise.create");
    await ask("task.get");
    expect(done).toEqual(["at 7", "idle", "answered 200", "at 7", "idle", "taken back", "answered 404"]);
    door.close();
  });
});
