/** Promises and who waits for them, case by case (`protocol/rpc.md` 7.1 to 7.5). */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable, openDebugged } from "./debugged.ts";
import { lifeMs, lives, openStage, type Stage, target } from "./lives.ts";

const param = { headers: { h: "1", __proto__: "no" }, data: "in" };
const value = { headers: { h: "2" }, data: "out" };
const address = "poll://uni@g/me";

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let service: Debugged;
  let stage: Stage;

  beforeAll(async () => {
    service = await openDebugged(open);
    stage = await openStage(service);
  });
  afterAll(async () => {
    await service.close();
    expect(service.failures).toEqual([]);
  });

  const read = async (id: string) => (await stage.done("promise.get", { id })).promise;
  const settle = (id: string, state = "resolved") => stage.done("promise.settle", { id, state });
  const snap = async () => (await service.rpc("debug.snap")).data;
  const waitersOf = async (id: string) => {
    const { callbacks, listeners } = await snap();
    return {
      callbacks: callbacks.flatMap((each: Record<string, string>) => (each["awaited"] === id ? [each["awaiter"]] : [])),
      listeners: listeners.flatMap((each: Record<string, string>) => (each["id"] === id ? [each["address"]] : [])),
    };
  };

  describe("promise.get", () => {
    it("finds no promise that is not there", async () => {
      expect(await stage.ask("promise.get", { id: "none" })).toEqual({ status: 404, data: "Promise not found" });
    });

    it("shows one whose deadline has come as timed out, and a timer as resolved", async () => {
      const ids = [await stage.promise(), await stage.promise({ tags: { "resonate:timer": "true" } })];
      const settledAt = stage.now + lifeMs;
      stage.pass(lifeMs - 1);
      expect(await Promise.all(ids.map(async (id) => (await read(id)).state))).toEqual(["pending", "pending"]);
      stage.pass(1);
      expect(await read(ids[0] as string)).toMatchObject({ state: "rejected_timedout", settledAt, value: {} });
      expect(await read(ids[1] as string)).toMatchObject({ state: "resolved", settledAt, value: {} });
    });
  });

  describe("promise.create", () => {
    it("makes a pending promise of exactly what was sent, born now", async () => {
      const id = stage.name();
      const tags = { a: "b", constructor: "c" };
      const timeoutAt = stage.now + 1;
      const { promise } = await stage.done("promise.create", { id, timeoutAt, param, tags });
      expect(promise).toEqual({ id, state: "pending", param, value: {}, tags, timeoutAt, createdAt: stage.now });
      expect(await read(id)).toEqual(promise);
      expect(await stage.ask("task.get", { id })).toEqual({ status: 404, data: "Task not found" });
    });

    it("makes one of an id and a deadline alone; what is null in a payload is absent", async () => {
      const id = stage.name();
      const sent = { id, timeoutAt: stage.now + 1, param: { data: null, headers: null } };
      expect((await stage.done("promise.create", sent)).promise).toMatchObject({ param: {}, value: {}, tags: {} });
    });

    it.each(["pending", "resolved", "rejected", "rejected_canceled", "rejected_timedout"])(
      "answers what is there where it is %s, whatever else is asked for",
      async (state) => {
        const id = await stage.promise({ param });
        if (state === "rejected_timedout") {
          stage.pass(lifeMs);
        } else if (state !== "pending") {
          await settle(id, state);
        }
        const stored = await read(id);
        expect(stored.state).toBe(state);
        const other = { id, timeoutAt: 9e15, param: { data: "other" }, tags: target };
        expect((await stage.done("promise.create", other)).promise).toEqual(stored);
        expect(await read(id)).toEqual(stored);
      },
    );

    it.each([
      [{}, "rejected_timedout"],
      [{ "resonate:timer": "true" }, "resolved"],
      [target, "rejected_timedout"],
    ])("makes one with %j whose deadline has come settled from birth: %s", async (tags, state) => {
      const id = stage.name();
      const timeoutAt = stage.now;
      const { promise } = await stage.done("promise.create", { id, timeoutAt, tags });
      expect(promise).toMatchObject({ state, createdAt: timeoutAt, settledAt: timeoutAt, value: {} });
      if (tags === target) {
        expect(await stage.task(id)).toEqual({ id, state: "fulfilled", version: 0, resumes: 0 });
      }
    });

    it("makes a task of what has a target, first offered when its delay is over", async () => {
      const delay = stage.now + 500;
      const [now, later] = [
        await stage.promise({ tags: target }),
        await stage.promise({ tags: { ...target, "resonate:delay": String(delay) } }),
      ];
      expect(await stage.task(now)).toEqual({ id: now, state: "pending", version: 0, resumes: 0 });
      const messagesTo = async (id: string) =>
        (await snap()).messages.filter(({ message }: { message: { data: { task?: { id: string } } } }) => {
          return message.data.task?.id === id;
        }).length;
      expect([await messagesTo(now), await messagesTo(later)]).toEqual([1, 0]);
      stage.pass(499);
      await stage.tick();
      expect(await messagesTo(later)).toBe(0);
      stage.pass(1);
      await stage.tick();
      expect(await messagesTo(later)).toBe(1);
    });

    it("makes no offer of a timer's task: its deadline ends both", async () => {
      const id = await stage.promise({ tags: { ...target, "resonate:timer": "true" } });
      const offers = (await snap()).messages.filter(({ message }: { message: object }) =>
        JSON.stringify(message).includes(`"${id}"`),
      );
      expect(offers).toEqual([]);
      stage.pass(lifeMs);
      await stage.tick();
      expect(await stage.task(id)).toEqual({ id, state: "fulfilled", version: 0, resumes: 0 });
      expect((await read(id)).state).toBe("resolved");
    });
  });

  describe("promise.settle", () => {
    it("finds no promise that is not there", async () => {
      expect(await stage.ask("promise.settle", { id: "none", state: "resolved" })).toEqual({
        status: 404,
        data: "Promise not found",
      });
    });

    it.each(["resolved", "rejected", "rejected_canceled"])(
      "settles a pending one as %s, now and for ever",
      async (state) => {
        const id = await stage.promise({ param });
        const before = await read(id);
        stage.pass(1);
        const { promise } = await stage.done("promise.settle", { id, state, value });
        expect(promise).toEqual({ ...before, state, value, settledAt: stage.now });
        stage.pass(1);
        for (const other of ["resolved", "rejected", "rejected_canceled"]) {
          const late = await stage.done("promise.settle", { id, state: other, value: { data: "late" } });
          expect(late.promise).toEqual(promise);
        }
        expect(await read(id)).toEqual(promise);
      },
    );

    it("comes too late when the deadline has come", async () => {
      const id = await stage.promise();
      stage.pass(lifeMs);
      const { promise } = await stage.done("promise.settle", { id, state: "resolved", value });
      expect(promise).toMatchObject({ state: "rejected_timedout", settledAt: stage.now, value: {} });
    });
  });

  describe("promise.register_callback", () => {
    const register = (awaited: string, awaiter: string) => stage.ask("promise.register_callback", { awaited, awaiter });

    it("asks for the awaited first, then for the awaiter, then for its task", async () => {
      const [id, taskless] = [await stage.promise(), await stage.promise()];
      expect(await register("none", "nobody")).toEqual({ status: 404, data: "Awaited promise not found" });
      expect(await register(id, "nobody")).toEqual({ status: 422, data: "Awaiter promise not found" });
      expect(await register(id, taskless)).toEqual({
        status: 422,
        data: "Awaiter promise has no resonate:target tag",
      });
    });

    it.each(lives)("registers once the task that is %s, if its promise is pending", async (life) => {
      const { id: awaiter } = await stage.bring(life);
      const awaited = await stage.promise();
      const expected = { status: 200, data: { promise: await read(awaited) } };
      expect(await register(awaited, awaiter)).toEqual(expected);
      expect(await register(awaited, awaiter)).toEqual(expected);
      expect((await waitersOf(awaited)).callbacks).toEqual(life === "fulfilled" ? [] : [awaiter]);
    });

    it("answers what has settled already, and wakes nobody", async () => {
      const { id: awaiter } = await stage.bring("suspended");
      const awaited = await stage.promise();
      await settle(awaited);
      const reply = await register(awaited, awaiter);
      expect(reply).toEqual({ status: 200, data: { promise: await read(awaited) } });
      expect(reply.data.promise.state).toBe("resolved");
      expect(await stage.task(awaiter)).toMatchObject({ state: "suspended", resumes: 0 });
    });

    it("answers what has timed out unnoticed as settled", async () => {
      const { id: awaiter } = await stage.bring("suspended");
      const awaited = await stage.promise({ timeoutAt: stage.now + 10 });
      stage.pass(10);
      expect((await register(awaited, awaiter)).data.promise.state).toBe("rejected_timedout");
      expect((await waitersOf(awaited)).callbacks).toEqual([]);
    });

    it("takes promises of other lineages", async () => {
      const { id: awaiter } = await stage.bring("pending");
      const awaited = `${stage.name()}.other:1.2`;
      await stage.done("promise.create", { id: awaited, timeoutAt: stage.now + lifeMs });
      expect((await register(awaited, awaiter)).status).toBe(200);
    });
  });

  describe("promise.register_listener", () => {
    const register = (awaited: string, to = address) =>
      stage.ask("promise.register_listener", { awaited, address: to });

    it("finds no promise that is not there", async () => {
      expect(await register("none")).toEqual({ status: 404, data: "Awaited promise not found" });
    });

    it("registers each address once, and tells each once of the end", async () => {
      const awaited = await stage.promise();
      const expected = { status: 200, data: { promise: await read(awaited) } };
      const other = "poll://uni@g/you";
      for (const to of [address, other, address]) {
        expect(await register(awaited, to)).toEqual(expected);
      }
      expect((await waitersOf(awaited)).listeners).toEqual([address, other]);
      await settle(awaited);
      expect(await waitersOf(awaited)).toEqual({ callbacks: [], listeners: [] });
      const told = (await snap()).messages.filter(
        ({ message }: { message: { data: { promise?: { id: string } } } }) => message.data.promise?.id === awaited,
      );
      const message = { kind: "unblock", head: {}, data: { promise: await read(awaited) } };
      expect(told).toEqual([
        { address, message },
        { address: other, message },
      ]);
    });

    it("answers what has settled already, and tells nobody", async () => {
      const awaited = await stage.promise();
      await settle(awaited);
      const before = (await snap()).messages.length;
      expect(await register(awaited)).toEqual({ status: 200, data: { promise: await read(awaited) } });
      expect((await snap()).messages.length).toBe(before);
      expect((await waitersOf(awaited)).listeners).toEqual([]);
    });
  });
});
