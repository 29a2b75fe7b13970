/** One long story, told step by step with its clock in the test's hand (`protocol/rpc.md` 21), without its messages. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable, openDebugged, retryMs } from "./debugged.ts";

const action = (data: object) => ({ kind: "", head: {}, data });

describe.each(everyDebuggable)("Over %s, the golden scenario", (_, open) => {
  let service: Debugged;
  let at: Debugged["at"];

  beforeAll(async () => {
    service = await openDebugged(open);
    at = service.at;
    expect(await service.rpc("debug.start")).toEqual({ status: 200, data: {} });
    expect(await service.rpc("debug.reset")).toEqual({ status: 200, data: {} });
  });
  afterAll(async () => {
    await service.close();
    expect(service.failures).toEqual([]);
  });

  const snap = async () => (await service.rpc("debug.snap")).data;
  const timerOf = async (id: string) =>
    (await snap()).taskTimeouts
      .filter((timer: { id: string }) => timer.id === id)
      .map(({ type, timeout }: { type: number; timeout: number }) => [type, timeout]);
  const taskOf = async (moment: number, id: string) => (await at(moment, "task.get", { id })).data.task;

  const held = (version: number, rest: object = {}) => ({ id: "w", version, ...rest });
  const acquire = (version: number, pid: string, ttl: number) => held(version, { pid, ttl });
  const taking = (pid: string, ttl: number, id = "w") => ({
    pid,
    ttl,
    action: action({ id, timeoutAt: 100_000, tags: { "resonate:target": "poll://any@g" } }),
  });
  const awaiting = (version: number, ...awaited: string[]) =>
    held(version, { actions: awaited.map((each) => action({ awaited: each, awaiter: "w" })) });

  it("w is created with a task, which is offered again after a while", async () => {
    const { status, data } = await at(1_000, "promise.create", {
      id: "w",
      timeoutAt: 100_000,
      tags: { "resonate:target": "poll://any@g" },
    });
    expect([status, data.promise]).toEqual([
      200,
      {
        id: "w",
        state: "pending",
        param: {},
        value: {},
        tags: { "resonate:target": "poll://any@g" },
        timeoutAt: 100_000,
        createdAt: 1_000,
      },
    ]);
    expect((await snap()).promiseTimeouts).toEqual([{ id: "w", timeout: 100_000 }]);
    expect(await timerOf("w")).toEqual([[0, 1_000 + retryMs]]);
  });

  it("it is taken at the version that was offered, once", async () => {
    expect(await at(1_001, "task.acquire", acquire(1, "p1", 5_000))).toEqual({ status: 409, data: "Version mismatch" });
    const { status, data } = await at(1_001, "task.acquire", acquire(0, "p1", 5_000));
    expect([status, data.task, data.preload]).toEqual([
      200,
      { id: "w", state: "acquired", version: 1, resumes: 0, ttl: 5_000, pid: "p1" },
      [],
    ]);
    expect(await timerOf("w")).toEqual([[1, 6_001]]);
    expect(await at(1_001, "task.acquire", acquire(0, "p1", 5_000))).toEqual({
      status: 409,
      data: "Task is not pending",
    });
  });

  it("it is given back, and taken by the verb that creates it", async () => {
    expect(await at(1_003, "task.release", held(1))).toEqual({ status: 200, data: {} });
    expect(await taskOf(1_003, "w")).toMatchObject({ state: "pending", version: 1, resumes: 0 });
    expect(await timerOf("w")).toEqual([[0, 1_003 + retryMs]]);
    const { status, data } = await at(1_004, "task.create", taking("p2", 7_000));
    expect([status, data.task.state, data.task.version]).toEqual([200, "acquired", 2]);
    expect(await timerOf("w")).toEqual([[1, 8_004]]);
    expect(await at(1_005, "task.create", taking("p2", 7_000))).toEqual({ status: 409, data: "Already exists" });
  });

  it("a heartbeat renews the lease for as long as it was taken", async () => {
    const beat = { pid: "p2", tasks: [{ id: "w", version: 2 }] };
    expect(await at(2_000, "task.heartbeat", beat)).toEqual({ status: 200, data: {} });
    expect(await timerOf("w")).toEqual([[1, 9_000]]);
  });

  it("it sleeps until one of those it awaits settles; the second only counts", async () => {
    expect(await at(3_001, "task.suspend", awaiting(2, "w.1"))).toEqual({
      status: 422,
      data: "Awaited promise not found",
    });
    for (const id of ["w.1", "w.2"]) {
      expect((await at(3_002, "promise.create", { id, timeoutAt: 90_000 })).status).toBe(200);
    }
    expect(await at(3_003, "task.suspend", awaiting(2, "w.1", "w.1", "w.2"))).toEqual({ status: 200, data: {} });
    expect(await taskOf(3_003, "w")).toEqual({ id: "w", state: "suspended", version: 2, resumes: 0 });
    expect(await timerOf("w")).toEqual([]);
    expect((await snap()).callbacks).toEqual([
      { awaited: "w.1", awaiter: "w" },
      { awaited: "w.2", awaiter: "w" },
    ]);
    expect((await at(3_005, "promise.settle", { id: "w.1", state: "resolved" })).status).toBe(200);
    expect(await taskOf(3_005, "w")).toEqual({ id: "w", state: "pending", version: 2, resumes: 1 });
    expect(await timerOf("w")).toEqual([[0, 3_005 + retryMs]]);
    expect((await at(3_007, "promise.settle", { id: "w.2", state: "rejected" })).status).toBe(200);
    expect(await taskOf(3_007, "w")).toMatchObject({ state: "pending", resumes: 2 });
    expect(await timerOf("w")).toEqual([[0, 3_005 + retryMs]]);
    expect((await snap()).callbacks).toEqual([]);
  });

  it("what it awaits has settled already: it goes on", async () => {
    const { status, data } = await at(3_008, "task.acquire", acquire(2, "p1", 5_000));
    expect([status, data.task.version, data.task.resumes]).toEqual([200, 3, 0]);
    const before = await timerOf("w");
    expect(await at(3_009, "task.suspend", awaiting(3, "w.1"))).toEqual({ status: 300, data: { preload: [] } });
    expect(await timerOf("w")).toEqual(before);
    expect(await taskOf(3_009, "w")).toMatchObject({ state: "acquired", version: 3 });
  });

  it("it is halted, as often as one likes, and goes on once", async () => {
    expect((await at(3_010, "task.halt", { id: "w" })).status).toBe(200);
    expect((await at(3_010, "task.halt", { id: "w" })).status).toBe(200);
    expect(await timerOf("w")).toEqual([]);
    expect((await at(3_012, "task.continue", { id: "w" })).status).toBe(200);
    expect(await timerOf("w")).toEqual([[0, 3_012 + retryMs]]);
    expect(await at(3_012, "task.continue", { id: "w" })).toEqual({ status: 409, data: "Task is not halted" });
  });

  it("its end is told to who listens, and final", async () => {
    expect((await at(3_013, "task.acquire", acquire(3, "p1", 5_000))).data.task.version).toBe(4);
    const listening = { awaited: "w", address: "poll://uni@g/me" };
    expect((await at(3_013, "promise.register_listener", listening)).status).toBe(200);
    expect((await snap()).listeners).toEqual([{ id: "w", address: "poll://uni@g/me" }]);
    const fulfill = held(4, { action: action({ id: "w", state: "resolved", value: { data: "R" } }) });
    const { status, data } = await at(3_015, "task.fulfill", fulfill);
    expect([status, data.promise]).toMatchObject([200, { state: "resolved", value: { data: "R" }, settledAt: 3_015 }]);
    expect(await taskOf(3_015, "w")).toEqual({ id: "w", state: "fulfilled", version: 4, resumes: 0 });
    const after = await snap();
    expect([after.listeners, after.taskTimeouts, after.promiseTimeouts]).toEqual([[], [], []]);
    expect(after.messages).toContainEqual({
      address: "poll://uni@g/me",
      message: { kind: "unblock", head: {}, data: { promise: expect.objectContaining({ id: "w", settledAt: 3_015 }) } },
    });
    expect(await at(3_016, "task.fulfill", fulfill)).toEqual({
      status: 409,
      data: "Task version mismatch or invalid state",
    });
    const late = await at(3_016, "promise.settle", { id: "w", state: "rejected" });
    expect([late.status, late.data.promise.state]).toEqual([200, "resolved"]);
  });

  it("what is fulfilled can be created again, but neither halted nor continued", async () => {
    const again = await at(3_018, "task.create", taking("p3", 1));
    expect([again.status, again.data.task, again.data.preload]).toEqual([
      200,
      { id: "w", state: "fulfilled", version: 4, resumes: 0 },
      [],
    ]);
    expect(await at(3_018, "task.halt", { id: "w" })).toEqual({ status: 409, data: "Task is fulfilled" });
    expect(await at(3_018, "task.continue", { id: "w" })).toEqual({ status: 409, data: "Task is not halted" });
  });

  it("a deadline that has come wins over who settles", async () => {
    await service.rpc("debug.reset");
    await at(0, "promise.create", { id: "q", timeoutAt: 500 });
    const { status, data } = await at(500, "promise.settle", { id: "q", state: "resolved", value: { data: "late" } });
    expect([status, data.promise]).toMatchObject([200, { state: "rejected_timedout", settledAt: 500, value: {} }]);
  });

  it("a lease ends when its time is up, and the task is offered again and again", async () => {
    await at(300, "task.create", taking("p", 100, "l"));
    await at(399, "debug.tick", { time: 399 });
    expect(await taskOf(399, "l")).toMatchObject({ state: "acquired", version: 1 });
    await at(400, "debug.tick", { time: 400 });
    expect(await taskOf(400, "l")).toMatchObject({ state: "pending", version: 1 });
    expect(await timerOf("l")).toEqual([[0, 400 + retryMs]]);
    await at(30_400, "debug.tick", { time: 30_400 });
    expect(await timerOf("l")).toEqual([[0, 30_400 + retryMs]]);
  });

  it("a fence may find nothing to settle", async () => {
    await at(30_400, "task.create", taking("p", 100, "f"));
    const { status, data } = await at(30_401, "task.fence", {
      id: "f",
      version: 1,
      action: { kind: "promise.settle", data: { id: "none", state: "resolved" } },
    });
    expect([status, data]).toEqual([
      200,
      {
        action: {
          kind: "promise.settle",
          head: { corrId: expect.any(String), status: 404, version: "2026-04-01" },
          data: "Promise not found",
        },
        preload: [],
      },
    ]);
  });

  it("a schedule makes a promise at each of its moments, the missed ones too", async () => {
    await service.rpc("debug.reset");
    const { data } = await at(1_000, "schedule.create", {
      id: "s",
      cron: "* * * * *",
      promiseId: "{{.id}}.{{.timestamp}}",
      promiseTimeout: 10_000,
      promiseTags: { "resonate:target": "poll://any@g" },
    });
    expect(data.schedule).toMatchObject({ createdAt: 1_000, nextRunAt: 60_000 });
    expect(data.schedule).not.toHaveProperty("lastRunAt");
    await at(60_000, "debug.tick", { time: 60_000 });
    expect((await at(60_000, "promise.get", { id: "s.60000" })).data.promise).toMatchObject({
      state: "pending",
      createdAt: 60_000,
      timeoutAt: 70_000,
      tags: { "resonate:schedule": "s", "resonate:origin": "s.60000", "resonate:branch": "s.60000" },
    });
    for (let ticks = 0; ticks < 6; ticks++) {
      await at(400_000, "debug.tick", { time: 400_000 });
    }
    const ids = (await snap()).promises.map(({ id }: { id: string }) => id);
    expect(ids).toEqual(["s.120000", "s.180000", "s.240000", "s.300000", "s.360000", "s.60000"]);
    expect((await at(400_000, "promise.get", { id: "s.120000" })).data.promise).toMatchObject({
      state: "rejected_timedout",
      createdAt: 120_000,
      settledAt: 130_000,
    });
    expect((await at(400_000, "schedule.get", { id: "s" })).data.schedule).toMatchObject({
      lastRunAt: 360_000,
      nextRunAt: 420_000,
    });
  });
});
