/** What a task can do while it is held, case by case (`protocol/rpc.md` 7.12–7.14). */

import { describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable } from "./debugged.ts";
import { action, leaseMs, lifeMs, lives, type Stage, staged, target } from "./lives.ts";
import { watching } from "./watching.ts";

const ended = "resolved";

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let service: Debugged;
  let stage: Stage;
  staged(open, (...opened) => ([service, stage] = opened));

  const promiseOf = async (id: string) => (await stage.done("promise.get", { id })).promise;
  const timersOf = (id: string) => watching(service).timersOf(id);
  const awaitersOf = (id: string) => watching(service).awaitersOf(id);
  const lease = { pid: "q", ttl: leaseMs };
  const suspend = (id: string, version: number, ...awaited: string[]) =>
    stage.ask("task.suspend", { id, version, actions: awaited.map((each) => action({ awaited: each, awaiter: id })) });
  const fence = (id: string, version: number, kind: string, data: object) =>
    stage.ask("task.fence", { id, version, action: { kind, data } });

  describe("task.suspend", () => {
    it("writes nothing when one of those awaited is not there, settled or not the others", async () => {
      const { id } = await stage.bring("acquired");
      const [alive, dead] = [await stage.promise(), await stage.promise()];
      await stage.done("promise.settle", { id: dead, state: ended });
      const before = [await stage.task(id), await timersOf(id)];
      const missing = { status: 422, data: "Awaited promise not found" };
      expect(await suspend(id, 1, alive, stage.name())).toEqual(missing);
      expect(await suspend(id, 1, dead, alive, stage.name())).toEqual(missing);
      expect([await stage.task(id), await timersOf(id)]).toEqual(before);
      expect(await awaitersOf(alive)).toEqual([]);
    });

    it.each(["settled", "overdue"])("lets the task go on when one of those awaited is %s", async (how) => {
      const dead = await stage.promise();
      if (how === "settled") {
        await stage.done("promise.settle", { id: dead, state: ended });
      } else {
        stage.pass(lifeMs);
      }
      const { id } = await stage.bring("acquired");
      const alive = await stage.promise();
      const before = [await stage.task(id), await timersOf(id)];
      expect(await suspend(id, 1, alive, dead)).toEqual({ status: 300, data: { preload: [] } });
      expect([await stage.task(id), await timersOf(id)]).toEqual(before);
      expect(await awaitersOf(alive)).toEqual([]);
    });

    it("puts the task on every list, once, and takes its lease", async () => {
      const { id } = await stage.bring("acquired");
      const [one, two] = [await stage.promise(), await stage.promise()];
      expect(await suspend(id, 1, one, two, one)).toEqual({ status: 200, data: {} });
      expect([await awaitersOf(one), await awaitersOf(two)]).toEqual([[id], [id]]);
      expect(await stage.task(id)).toEqual({ id, state: "suspended", version: 1, resumes: 0 });
      expect(await timersOf(id)).toEqual([]);
    });

    it("is not refused for what woke the task before, only for what it names", async () => {
      const { id, awaited } = await stage.bring("acquired");
      await stage.done("promise.settle", { id: awaited, state: ended });
      expect((await stage.task(id)).resumes).toBe(1);
      expect(await suspend(id, 1, await stage.promise())).toEqual({ status: 200, data: {} });
    });

    it("holds for more promises than fit one write, and any of them wakes the task", async () => {
      const { id } = await stage.bring("acquired");
      const many = await Promise.all(Array.from({ length: 230 }, () => stage.promise()));
      expect(await suspend(id, 1, ...many)).toEqual({ status: 200, data: {} });
      expect(await stage.task(id)).toEqual({ id, state: "suspended", version: 1, resumes: 0 });
      await stage.done("promise.settle", { id: many[200] as string, state: ended });
      expect(await stage.task(id)).toEqual({ id, state: "pending", version: 1, resumes: 1 });
      await stage.done("task.acquire", { id, version: 1, ...lease });
      expect((await suspend(id, 2, ...many)).status).toBe(300);
    });

    it("an awaiter that its own deadline has ended is not woken", async () => {
      const { id, awaited } = await stage.bring("suspended");
      stage.pass(lifeMs);
      await stage.done("promise.settle", { id: awaited, state: ended });
      expect([await awaitersOf(awaited), await timersOf(id)]).toEqual([[], []]);
      expect(await stage.task(id)).toEqual({ id, state: "fulfilled", version: 1, resumes: 0 });
    });
  });

  describe("task.fence", () => {
    const envelopeOf = (kind: string, status: number, data: unknown) => ({
      action: { kind, head: { corrId: expect.any(String), status, version: "2026-04-01" }, data },
      preload: [],
    });

    it("creates, and answers as a create does, repeated too", async () => {
      const [{ id }, child] = [await stage.bring("acquired"), stage.name()];
      const create = { id: child, timeoutAt: stage.now + 1_000, param: { data: "d" }, tags: target };
      const first = await fence(id, 1, "promise.create", create);
      const promise = await promiseOf(child);
      expect(first).toEqual({ status: 200, data: envelopeOf("promise.create", 200, { promise }) });
      expect(await stage.task(child)).toMatchObject({ state: "pending", version: 0 });
      const again = await fence(id, 1, "promise.create", { ...create, param: { data: "other" } });
      expect(again).toEqual({ ...first, data: envelopeOf("promise.create", 200, { promise }) });
    });

    it("settles, and answers as a settlement does, repeated and late too", async () => {
      const [{ id }, waiting] = [await stage.bring("acquired"), await stage.bring("suspended")];
      const child = waiting.awaited;
      const settle = { id: child, state: "rejected", value: { data: "no" } };
      const first = await fence(id, 1, "promise.settle", settle);
      const promise = await promiseOf(child);
      expect(first).toEqual({ status: 200, data: envelopeOf("promise.settle", 200, { promise }) });
      expect(promise).toMatchObject({ state: "rejected", value: { data: "no" }, settledAt: stage.now });
      expect(await stage.task(waiting.id)).toMatchObject({ state: "pending", resumes: 1 });
      expect((await fence(id, 1, "promise.settle", { id: child, state: ended })).data).toEqual(
        first.data && envelopeOf("promise.settle", 200, { promise }),
      );
      const late = await stage.promise({ timeoutAt: stage.now + 1 });
      stage.pass(1);
      expect((await fence(id, 1, "promise.settle", { id: late, state: ended })).data.action.data.promise).toMatchObject(
        {
          id: late,
          state: "rejected_timedout",
          value: {},
        },
      );
    });

    it("finds nothing to settle where there is nothing, and the task is held all the same", async () => {
      const { id } = await stage.bring("acquired");
      expect(await fence(id, 1, "promise.settle", { id: stage.name(), state: ended })).toEqual({
        status: 200,
        data: envelopeOf("promise.settle", 404, "Promise not found"),
      });
    });

    it.each(["promise.create", "promise.settle"])("of a task that is not held does not do its %s", async (kind) => {
      const [{ id }, child] = [await stage.bring("acquired"), stage.name()];
      const there = await stage.promise();
      await stage.done("task.release", { id, version: 1 });
      const data = kind === "promise.create" ? { id: child, timeoutAt: 9e15 } : { id: there, state: ended };
      expect(await fence(id, 1, kind, data)).toEqual({ status: 409, data: "Version mismatch" });
      expect((await stage.ask("promise.get", { id: child })).status).toBe(404);
      expect((await promiseOf(there)).state).toBe("pending");
    });

    it("carries the corrId of the request around it", async () => {
      const { id } = await stage.bring("acquired");
      const head = { corrId: "outer", version: "2026-04-01", "resonate:debug_time": stage.now };
      const inner = {
        kind: "promise.create",
        head: { corrId: "inner", version: "x" },
        data: { id: stage.name(), timeoutAt: 0 },
      };
      const reply = await service.ask("POST", "/", {
        kind: "task.fence",
        head,
        data: { id, version: 1, action: inner },
      });
      expect(reply.body.data.action.head).toEqual({ corrId: "outer", status: 200, version: "2026-04-01" });
    });
  });

  describe("task.heartbeat", () => {
    const beat = (pid: string, ...tasks: { id: string; version: number }[]) =>
      stage.ask("task.heartbeat", { pid, tasks });

    it("renews each lease for as long as it was taken, and no other, without a word", async () => {
      const mine = [await stage.bring("acquired"), await stage.bring("acquired")];
      const others = [await stage.bring("acquired"), ...(await Promise.all(lives.map((life) => stage.bring(life))))];
      const idle = others.filter(({ version }) => version === 0);
      stage.pass(100);
      const before = await Promise.all(others.map(({ id }) => timersOf(id)));
      const named = [...mine, ...idle].map(({ id, version }) => ({ id, version }));
      const wrong = [
        { id: others[0]?.id ?? "", version: 2 },
        { id: stage.name(), version: 1 },
      ];
      expect(await beat("p", ...named, ...wrong)).toEqual({ status: 200, data: {} });
      expect(await beat("q", { id: others[0]?.id ?? "", version: 1 })).toEqual({ status: 200, data: {} });
      for (const { id } of mine) {
        expect(await timersOf(id)).toEqual([{ id, type: 1, timeout: stage.now + leaseMs }]);
      }
      expect(await Promise.all(others.map(({ id }) => timersOf(id)))).toEqual(before);
    });

    it("renews a lease whose time is up, as long as nobody has noticed, but none of a dead promise", async () => {
      const [{ id }, dead] = [await stage.bring("acquired"), await stage.bring("acquired")];
      stage.pass(leaseMs + 1);
      await beat("p", { id, version: 1 });
      await stage.tick();
      expect(await stage.task(id)).toMatchObject({ state: "acquired", version: 1 });
      expect(await stage.task(dead.id)).toMatchObject({ state: "pending", version: 1 });
    });

    it("of nothing changes nothing", async () => {
      const { id } = await stage.bring("acquired");
      const before = await timersOf(id);
      stage.pass(100);
      expect(await beat("p")).toEqual({ status: 200, data: {} });
      expect(await timersOf(id)).toEqual(before);
    });
  });
});
