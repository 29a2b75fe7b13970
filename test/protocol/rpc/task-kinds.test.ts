/** The rows of the tables of the task's kinds (`protocol/rpc.md` 7.7–7.16) that are no cell of its state machine. */

import { describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable, retryMs } from "./debugged.ts";
import { action, leaseMs, lifeMs, type Stage, staged, target } from "./lives.ts";
import { watching } from "./watching.ts";

const ended = "resolved";

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let service: Debugged;
  let stage: Stage;
  staged(open, (...opened) => ([service, stage] = opened));

  const promiseOf = async (id: string) => (await stage.done("promise.get", { id })).promise;
  const timersOf = (id: string) => watching(service).timersOf(id);
  const lease = { pid: "q", ttl: leaseMs };
  const create = (id: string, members: object = {}) =>
    stage.ask("task.create", {
      ...lease,
      action: action({ id, timeoutAt: stage.now + lifeMs, tags: target, ...members }),
    });
  const suspend = (id: string, version: number, ...awaited: string[]) =>
    stage.ask("task.suspend", { id, version, actions: awaited.map((each) => action({ awaited: each, awaiter: id })) });
  const fence = (id: string, version: number, kind: string, data: object) =>
    stage.ask("task.fence", { id, version, action: { kind, data } });

  const settling = (id: string) => action({ id, state: ended });
  const kinds: readonly (readonly [kind: string, dataOf: (id: string, version: number) => object])[] = [
    ["task.get", (id) => ({ id })],
    ["task.acquire", (id, version) => ({ id, version, ...lease })],
    ["task.release", (id, version) => ({ id, version })],
    ["task.fulfill", (id, version) => ({ id, version, action: settling(id) })],
    ["task.suspend", (id, version) => ({ id, version, actions: [action({ awaited: "none", awaiter: id })] })],
    [
      "task.fence",
      (id, version) => ({ id, version, action: { kind: "promise.settle", data: { id: "none", state: ended } } }),
    ],
    ["task.halt", (id) => ({ id })],
    ["task.continue", (id) => ({ id })],
  ];

  it.each(kinds)("%s finds no task where there is no promise, nor where it has no target", async (kind, dataOf) => {
    const notFound = { status: 404, data: "Task not found" };
    expect(await stage.ask(kind, dataOf(stage.name(), 0))).toEqual(notFound);
    expect(await stage.ask(kind, dataOf(await stage.promise(), 0))).toEqual(notFound);
  });

  it.each([
    ["task.acquire", "pending", "Version mismatch"],
    ["task.release", "acquired", "Task version mismatch or invalid state"],
    ["task.fulfill", "acquired", "Task version mismatch or invalid state"],
    ["task.suspend", "acquired", "Task is not acquired or version mismatch"],
    ["task.fence", "acquired", "Version mismatch"],
  ] as const)("%s at another version is refused, and changes nothing", async (kind, life, message) => {
    const { id, version } = await stage.bring(life);
    const before = [await stage.task(id), await timersOf(id)];
    const dataOf = new Map(kinds).get(kind);
    for (const other of [version + 1, ...(version > 0 ? [version - 1] : [])]) {
      expect(await stage.ask(kind, dataOf?.(id, other) as object)).toEqual({ status: 409, data: message });
    }
    expect([await stage.task(id), await timersOf(id)]).toEqual(before);
  });

  describe("task.create", () => {
    it("makes a promise and its task, held from the start", async () => {
      const id = stage.name();
      const { status, data } = await create(id, { param: { data: "d" } });
      const promise = await promiseOf(id);
      expect(promise).toMatchObject({ id, state: "pending", param: { data: "d" }, createdAt: stage.now });
      const task = { id, state: "acquired", version: 1, resumes: 0, ...lease };
      expect([status, data]).toEqual([200, { task, promise, preload: [] }]);
      expect(await stage.task(id)).toEqual(task);
      expect(await timersOf(id)).toEqual([{ id, type: 1, timeout: stage.now + leaseMs }]);
    });

    it("takes a pending task that is there, with the promise as it is", async () => {
      const { id } = await stage.bring("pending");
      const { data } = await create(id, { param: { data: "other" }, timeoutAt: 0 });
      expect(data).toEqual({
        task: { id, state: "acquired", version: 1, resumes: 0, ...lease },
        promise: await promiseOf(id),
        preload: [],
      });
      expect(data.promise).toMatchObject({ param: {}, timeoutAt: stage.now + lifeMs });
    });

    it("past the deadline makes both ended", async () => {
      const id = stage.name();
      const { data } = await create(id, { timeoutAt: stage.now });
      expect(data).toEqual({
        task: { id, state: "fulfilled", version: 0, resumes: 0 },
        promise: await promiseOf(id),
        preload: [],
      });
      expect(data.promise).toMatchObject({ state: "rejected_timedout", createdAt: stage.now, settledAt: stage.now });
    });

    it("finds no task at a promise that has none", async () => {
      expect(await create(await stage.promise())).toEqual({
        status: 422,
        data: "The promise does not have a resonate:target tag",
      });
    });

    it("is refused to the holder too", async () => {
      const id = stage.name();
      await create(id);
      expect(await create(id)).toEqual({ status: 409, data: "Already exists" });
    });
  });

  describe("task.acquire", () => {
    it("gives a lease, the promise, and what is settled of its branch", async () => {
      const id = stage.name();
      const tags = { ...target, "resonate:branch": id };
      await create(id, { tags });
      const done = [`${id}:1`, `${id}:0`];
      for (const step of [...done, `${id}:2`]) {
        const data = { id: step, timeoutAt: stage.now + lifeMs, tags: { "resonate:branch": id } };
        await fence(id, 1, "promise.create", data);
      }
      await stage.done("promise.create", { id: `${id}:3`, timeoutAt: 0, tags: { "resonate:branch": "other" } });
      for (const step of done) {
        await stage.done("promise.settle", { id: step, state: ended, value: { data: step } });
      }
      await stage.done("task.release", { id, version: 1 });
      const { task, promise, preload } = await stage.done("task.acquire", { id, version: 1, ...lease });
      expect(task).toEqual({ id, state: "acquired", version: 2, resumes: 0, ...lease });
      expect(promise).toEqual(await promiseOf(id));
      expect(preload).toEqual([await promiseOf(`${id}:0`), await promiseOf(`${id}:1`)]);
      expect((await suspend(id, 2, `${id}:0`)).data).toEqual({ preload });
    });

    it("repeated is refused, to the holder too", async () => {
      const { id } = await stage.bring("acquired");
      for (const version of [0, 1]) {
        expect(await stage.ask("task.acquire", { id, version, pid: "p", ttl: leaseMs })).toEqual({
          status: 409,
          data: "Task is not pending",
        });
      }
    });
  });

  it.each([
    ["task.release", "acquired", { version: 1 }],
    ["task.continue", "halted", {}],
  ] as const)("%s has the task offered again after a while", async (kind, life, rest) => {
    const { id } = await stage.bring(life);
    await stage.done(kind, { id, ...rest });
    expect(await timersOf(id)).toEqual([{ id, type: 0, timeout: stage.now + retryMs }]);
  });

  it("task.fulfill settles the promise, wakes who awaits it, and is refused a second time", async () => {
    const [{ id, version }, waiting] = [await stage.bring("acquired"), await stage.bring("acquired")];
    expect((await suspend(waiting.id, 1, id)).status).toBe(200);
    const fulfill = { id, version, action: action({ id, state: "rejected", value: { data: "no" } }) };
    const { promise } = await stage.done("task.fulfill", fulfill);
    expect(promise).toMatchObject({ id, state: "rejected", value: { data: "no" }, settledAt: stage.now });
    expect(await promiseOf(id)).toEqual(promise);
    expect(await stage.task(waiting.id)).toMatchObject({ state: "pending", version: 1, resumes: 1 });
    expect((await stage.ask("task.fulfill", fulfill)).status).toBe(409);
  });

  it.each(["task.fulfill", "task.release", "task.suspend", "task.fence"])(
    "%s is refused once somebody else has settled the promise",
    async (kind) => {
      const { id, version } = await stage.bring("acquired");
      await stage.done("promise.settle", { id, state: "rejected_canceled" });
      expect((await stage.ask(kind, new Map(kinds).get(kind)?.(id, version) as object)).status).toBe(409);
      expect((await promiseOf(id)).state).toBe("rejected_canceled");
    },
  );

  it("a lease whose time is up holds until that is noticed", async () => {
    const { id } = await stage.bring("acquired");
    stage.pass(leaseMs + 1);
    expect((await stage.ask("task.fulfill", { id, version: 1, action: settling(id) })).status).toBe(200);
  });
});
