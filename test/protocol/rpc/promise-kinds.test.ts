/** Every row of the tables of the promise's kinds (`protocol/rpc.md` 7.1–7.5), on both stores. */

import { describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable, retryMs } from "./debugged.ts";
import { action, leaseMs, lifeMs, lives, type Stage, staged, target } from "./lives.ts";

const timer = { "resonate:timer": "true" };

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let service: Debugged;
  let stage: Stage;
  staged(open, (...opened) => ([service, stage] = opened));

  const snap = async () => (await service.rpc("debug.snap")).data;
  const promiseOf = async (id: string) => (await stage.done("promise.get", { id })).promise;
  const timerOf = async (id: string) => (await snap()).taskTimeouts.filter((each: { id: string }) => each.id === id);
  const waitersOf = async (id: string) => {
    const { callbacks, listeners } = await snap();
    return [
      callbacks.flatMap((each: { awaited: string; awaiter: string }) => (each.awaited === id ? [each.awaiter] : [])),
      listeners.flatMap((each: { id: string; address: string }) => (each.id === id ? [each.address] : [])),
    ];
  };

  describe("promise.get", () => {
    it("does not find what is not there", async () => {
      expect(await stage.ask("promise.get", { id: stage.name() })).toEqual({ status: 404, data: "Promise not found" });
    });

    it("shows a promise whose deadline has come as settled by it, with no value", async () => {
      const [id, timerId] = [await stage.promise(), await stage.promise({ tags: timer })];
      const timeoutAt = stage.now + lifeMs;
      stage.pass(lifeMs - 1);
      expect(await promiseOf(id)).toMatchObject({ state: "pending", timeoutAt });
      stage.pass(1);
      expect(await promiseOf(id)).toMatchObject({ state: "rejected_timedout", settledAt: timeoutAt, value: {} });
      expect(await promiseOf(timerId)).toMatchObject({ state: "resolved", settledAt: timeoutAt, value: {} });
    });
  });

  describe("promise.create", () => {
    it("makes a promise of what it is given, and no task where there is no target", async () => {
      const id = stage.name();
      const given = { id, timeoutAt: stage.now + 1, param: { data: "d", headers: { h: "v" } }, tags: { a: "b" } };
      const { promise } = await stage.done("promise.create", given);
      expect(promise).toEqual({ ...given, state: "pending", value: {}, createdAt: stage.now });
      expect(await stage.ask("task.get", { id })).toEqual({ status: 404, data: "Task not found" });
    });

    it("makes a task of a target, which is offered again after a while", async () => {
      const id = await stage.promise({ tags: target });
      expect(await stage.task(id)).toEqual({ id, state: "pending", version: 0, resumes: 0 });
      expect(await timerOf(id)).toEqual([{ id, type: 0, timeout: stage.now + retryMs }]);
    });

    it("offers a delayed task when its time has come", async () => {
      const at = stage.now + 5_000;
      const id = await stage.promise({ tags: { ...target, "resonate:delay": String(at) } });
      expect(await timerOf(id)).toEqual([{ id, type: 0, timeout: at }]);
      stage.pass(5_000);
      await stage.tick();
      expect(await timerOf(id)).toEqual([{ id, type: 0, timeout: at + retryMs }]);
    });

    it("offers nobody a timer's task, which ends when the timer does", async () => {
      const id = await stage.promise({ tags: { ...target, ...timer } });
      expect([await timerOf(id), (await stage.task(id)).state]).toEqual([[], "pending"]);
      stage.pass(lifeMs);
      await stage.tick();
      expect((await stage.task(id)).state).toBe("fulfilled");
      expect((await promiseOf(id)).state).toBe("resolved");
    });

    it.each(["pending", "resolved", "rejected", "rejected_canceled", "rejected_timedout"])(
      "of a promise that is there and %s changes nothing, whatever it is given",
      async (state) => {
        const id = await stage.promise({ param: { data: "first" } });
        if (state === "rejected_timedout") {
          stage.pass(lifeMs);
        } else if (state !== "pending") {
          await stage.done("promise.settle", { id, state, value: { data: "end" } });
        }
        const before = await promiseOf(id);
        expect(before.state).toBe(state);
        const second = { id, timeoutAt: 0, param: { data: "second" }, tags: target };
        expect((await stage.done("promise.create", second)).promise).toEqual(before);
        expect(await promiseOf(id)).toEqual(before);
        expect((await stage.ask("task.get", { id })).status).toBe(404);
      },
    );

    it.each([
      ["rejected_timedout", {}],
      ["resolved", timer],
    ])("past its deadline makes it %s from birth, and its task fulfilled", async (state, tags) => {
      const [plain, targeted] = [stage.name(), stage.name()];
      const timeoutAt = stage.now;
      const born = { state, createdAt: timeoutAt, settledAt: timeoutAt, timeoutAt, value: {} };
      expect((await stage.done("promise.create", { id: plain, timeoutAt, tags })).promise).toMatchObject(born);
      const made = await stage.done("promise.create", { id: targeted, timeoutAt: 5, tags: { ...tags, ...target } });
      expect(made.promise).toMatchObject({ ...born, createdAt: 5, settledAt: 5, timeoutAt: 5 });
      expect(await stage.task(targeted)).toEqual({ id: targeted, state: "fulfilled", version: 0, resumes: 0 });
      expect(await timerOf(targeted)).toEqual([]);
    });
  });

  describe("promise.settle", () => {
    it("does not find what is not there", async () => {
      const settle = { id: stage.name(), state: "resolved" };
      expect(await stage.ask("promise.settle", settle)).toEqual({ status: 404, data: "Promise not found" });
    });

    it.each(["resolved", "rejected", "rejected_canceled"])("makes a pending promise %s, for good", async (state) => {
      const id = await stage.promise();
      stage.pass(10);
      const value = { data: "d", headers: { h: "v" } };
      const { promise } = await stage.done("promise.settle", { id, state, value });
      expect(promise).toMatchObject({ id, state, value, settledAt: stage.now, createdAt: stage.now - 10 });
      stage.pass(10);
      for (const other of ["resolved", "rejected", "rejected_canceled"]) {
        expect((await stage.done("promise.settle", { id, state: other, value: { data: "x" } })).promise).toEqual(
          promise,
        );
      }
    });

    it("comes too late at the very deadline", async () => {
      const id = await stage.promise();
      stage.pass(lifeMs);
      const { promise } = await stage.done("promise.settle", { id, state: "resolved", value: { data: "late" } });
      expect(promise).toMatchObject({ state: "rejected_timedout", settledAt: stage.now, value: {} });
    });
  });

  describe("promise.register_callback", () => {
    const register = (awaited: string, awaiter: string) => stage.ask("promise.register_callback", { awaited, awaiter });

    it("needs a promise that is awaited, before one that awaits, before one with a task", async () => {
      const [nothing, untargeted] = [stage.name(), await stage.promise()];
      expect(await register(nothing, stage.name())).toEqual({ status: 404, data: "Awaited promise not found" });
      expect(await register(untargeted, nothing)).toEqual({ status: 422, data: "Awaiter promise not found" });
      expect(await register(untargeted, await stage.promise())).toEqual({
        status: 422,
        data: "Awaiter promise has no resonate:target tag",
      });
      expect(await waitersOf(untargeted)).toEqual([[], []]);
    });

    it.each(lives.filter((life) => life !== "fulfilled"))("puts a %s task on the list, once", async (life) => {
      const [awaited, { id }] = [await stage.promise(), await stage.bring(life)];
      const before = await stage.task(id);
      for (let times = 0; times < 2; times++) {
        const { status, data } = await register(awaited, id);
        expect([status, data.promise]).toEqual([200, await promiseOf(awaited)]);
      }
      expect(await waitersOf(awaited)).toEqual([[id], []]);
      expect(await stage.task(id)).toEqual(before);
    });

    it("records nothing of an awaiter that has ended", async () => {
      const [awaited, { id }] = [await stage.promise(), await stage.bring("fulfilled")];
      expect((await register(awaited, id)).status).toBe(200);
      expect(await waitersOf(awaited)).toEqual([[], []]);
    });

    it.each(lives)("on a settled promise leaves a %s task as it is", async (life) => {
      const [awaited, { id }] = [await stage.promise(), await stage.bring(life)];
      await stage.done("promise.settle", { id: awaited, state: "rejected" });
      const before = await stage.task(id);
      const { status, data } = await register(awaited, id);
      expect([status, data.promise.state]).toEqual([200, "rejected"]);
      expect([await stage.task(id), await waitersOf(awaited)]).toEqual([before, [[], []]]);
    });

    it("on a promise whose deadline has come counts as on a settled one", async () => {
      const awaited = await stage.promise();
      stage.pass(lifeMs);
      const { id } = await stage.bring("suspended");
      expect((await register(awaited, id)).data.promise.state).toBe("rejected_timedout");
      expect(await stage.task(id)).toMatchObject({ state: "suspended", resumes: 0 });
    });

    it("joins promises of other lineages", async () => {
      const [awaited, { id }] = [`${stage.name()}:7.1`, await stage.bring("pending")];
      await stage.done("promise.create", { id: awaited, timeoutAt: stage.now + 1_000 });
      expect((await register(awaited, id)).status).toBe(200);
      await stage.done("promise.settle", { id: awaited, state: "resolved" });
      expect((await stage.task(id)).resumes).toBe(1);
    });
  });

  describe("promise.register_listener", () => {
    const register = (awaited: string, address: string) => stage.ask("promise.register_listener", { awaited, address });
    const address = "poll://uni@g/me";

    it("does not find what is not there", async () => {
      expect(await register(stage.name(), address)).toEqual({ status: 404, data: "Awaited promise not found" });
    });

    it("puts an address on a pending promise's list, once, and it is told of the end", async () => {
      const id = await stage.promise();
      await register(id, address);
      expect(await register(id, address)).toEqual({ status: 200, data: { promise: await promiseOf(id) } });
      expect((await register(id, "https://else.where/x")).status).toBe(200);
      expect(await waitersOf(id)).toEqual([[], ["https://else.where/x", address]]);
    });

    it.each(["settled", "overdue"])("on a %s promise records nothing, and tells nobody but who asks", async (how) => {
      const id = await stage.promise();
      if (how === "settled") {
        await stage.done("promise.settle", { id, state: "resolved" });
      } else {
        stage.pass(lifeMs);
      }
      const { status, data } = await register(id, address);
      expect([status, data.promise.state]).toEqual([200, how === "settled" ? "resolved" : "rejected_timedout"]);
      expect(await waitersOf(id)).toEqual([[], []]);
      const told = (await snap()).messages.map(({ message }: { message: { data: object } }) => message.data);
      expect(JSON.stringify(told)).not.toContain(`"${id}"`);
    });

    it.each(["the deadline", "a client"])("is told once when %s ends the promise", async (who) => {
      const id = await stage.promise();
      await register(id, address);
      if (who === "a client") {
        await stage.done("promise.settle", { id, state: "resolved" });
      } else {
        stage.pass(lifeMs);
        await stage.tick();
      }
      const ended = await promiseOf(id);
      const { messages, listeners } = await snap();
      const told = messages.filter(
        ({ message }: { message: { data: { promise?: { id: string } } } }) => message.data.promise?.id === id,
      );
      expect([told, listeners.filter((each: { id: string }) => each.id === id)]).toMatchObject([
        [{ address, message: { kind: "unblock", data: { promise: ended } } }],
        [],
      ]);
    });
  });

  it("A lease that is given by create is as long as one that is taken", async () => {
    const id = stage.name();
    const create = action({ id, timeoutAt: stage.now + lifeMs, tags: target });
    await stage.done("task.create", { pid: "p", ttl: leaseMs, action: create });
    expect(await timerOf(id)).toEqual([{ id, type: 1, timeout: stage.now + leaseMs }]);
  });
});
