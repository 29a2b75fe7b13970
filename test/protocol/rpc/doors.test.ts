/** One promise, two doors: what is made through one is fully usable through the other. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectRefusal } from "../../support/refusal.ts";
import { type Debugged, everyDebuggable, openDebugged, retryMs } from "./debugged.ts";
import { action, leaseMs, lifeMs, lives, openStage, type Stage, target } from "./lives.ts";

/** A state, as each door says it, and the code of a refusal that it causes. */
const verdicts = [
  ["resolved", "RESOLVED", 40300],
  ["rejected", "REJECTED", 40301],
  ["rejected_canceled", "REJECTED_CANCELED", 40302],
] as const;

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let service: Debugged;
  let stage: Stage;
  let rest: Debugged["ask"];

  beforeAll(async () => {
    service = await openDebugged(open);
    stage = await openStage(service);
    rest = async (...asked) => {
      // Before, the clock is set to the stage's; after, what follows from the request has been done.
      await stage.tick();
      const reply = await service.ask(...asked);
      await stage.tick();
      return reply;
    };
  });
  afterAll(async () => {
    await service.close();
    expect(service.failures).toEqual([]);
  });

  const pathOf = (id: string) => `/promises/${encodeURIComponent(id)}`;
  const complete = (id: string, state: string, headers: Record<string, string> = {}) =>
    rest("PATCH", pathOf(id), { state, value: { data: "rest" } }, headers);
  const promiseOf = async (id: string) => (await stage.done("promise.get", { id })).promise;
  const settle = async (id: string, state: string) =>
    (await stage.done("promise.settle", { id, state, value: { data: "rpc" } })).promise;
  const create = async (tags: object = {}, headers: Record<string, string> = {}) => {
    const id = stage.name();
    const body = { id, timeout: stage.now + lifeMs, param: { data: "d", headers: { h: "v" } }, tags };
    expect((await rest("POST", "/promises", body, headers)).status).toBe(201);
    return id;
  };

  it("A promise is the same, in the words of each", async () => {
    const id = await create(target, { "idempotency-key": "k" });
    const common = { id, param: { data: "d", headers: { h: "v" } }, tags: target };
    const rpc = { ...common, state: "pending", value: {}, timeoutAt: stage.now + lifeMs, createdAt: stage.now };
    expect(await promiseOf(id)).toEqual(rpc);
    stage.pass(10);
    expect(await settle(id, "rejected")).toEqual({
      ...rpc,
      state: "rejected",
      value: { data: "rpc" },
      settledAt: stage.now,
    });
    expect((await rest("GET", pathOf(id))).body).toEqual({
      ...common,
      state: "REJECTED",
      value: { data: "rpc" },
      timeout: rpc.timeoutAt,
      createdOn: rpc.createdAt,
      completedOn: stage.now,
      idempotencyKeyForCreate: "k",
    });
  });

  it("A target gives a promise a task, through either door", async () => {
    const id = await create(target);
    expect(await stage.task(id)).toEqual({ id, state: "pending", version: 0, resumes: 0 });
    const { taskTimeouts } = (await service.rpc("debug.snap")).data;
    expect(taskTimeouts).toContainEqual({ id, type: 0, timeout: stage.now + retryMs });
    const lease = { pid: "p", ttl: leaseMs };
    const taken = await stage.done("task.acquire", { id, version: 0, ...lease });
    expect([taken.task.version, taken.promise]).toEqual([1, await promiseOf(id)]);
    await stage.done("task.fulfill", { id, version: 1, action: action({ id, state: "resolved" }) });
    expect((await rest("GET", pathOf(id))).body).toMatchObject({ state: "RESOLVED", completedOn: stage.now });
  });

  it.each(lives.filter((life) => life !== "fulfilled"))("To complete a promise ends its %s task", async (life) => {
    const { id, version } = await stage.bring(life);
    expect((await complete(id, "RESOLVED")).status).toBe(201);
    expect(await stage.task(id)).toEqual({ id, state: "fulfilled", version, resumes: 0 });
    const fulfill = { id, version, action: action({ id, state: "rejected" }) };
    expect((await stage.ask("task.fulfill", fulfill)).status).toBe(409);
    expect((await rest("GET", pathOf(id))).body).toMatchObject({ state: "RESOLVED", value: { data: "rest" } });
  });

  it.each(verdicts)("To complete a promise wakes who awaits it, and tells who listens: %s", async (state, named) => {
    const { id, awaited } = await stage.bring("suspended");
    const address = "poll://uni@g/me";
    await stage.done("promise.register_listener", { awaited, address });
    expect((await complete(awaited, named)).status).toBe(201);
    expect(await stage.task(id)).toEqual({ id, state: "pending", version: 1, resumes: 1 });
    const { messages, callbacks, listeners } = (await service.rpc("debug.snap")).data;
    const promise = await promiseOf(awaited);
    expect(promise).toMatchObject({ state, value: { data: "rest" } });
    expect(messages).toContainEqual({ address, message: { kind: "unblock", head: {}, data: { promise } } });
    expect(JSON.stringify([callbacks, listeners])).not.toContain(`"${awaited}"`);
  });

  it("A workflow can await a promise that the other door has made", async () => {
    const [{ id }, awaited] = [await stage.bring("acquired"), await create()];
    await stage.done("task.suspend", { id, version: 1, actions: [action({ awaited, awaiter: id })] });
    expect((await stage.task(id)).state).toBe("suspended");
    expect((await complete(awaited, "RESOLVED")).status).toBe(201);
    expect((await stage.task(id)).state).toBe("pending");
    await stage.done("task.acquire", { id, version: 1, pid: "p", ttl: leaseMs });
    expect(
      (await stage.ask("task.suspend", { id, version: 2, actions: [action({ awaited, awaiter: id })] })).status,
    ).toBe(300);
  });

  it("A subscription is a listener, and the same address listens once", async () => {
    const id = await stage.promise();
    const address = "poll://any@g/me";
    const body = { id: "s", timeout: 9e15, recv: address };
    expect((await rest("POST", `/promises/subscribe/${id}`, body)).status).toBe(201);
    await stage.done("promise.register_listener", { awaited: id, address });
    const { listeners } = (await service.rpc("debug.snap")).data;
    expect(listeners.filter((each: { id: string }) => each.id === id)).toEqual([{ id, address }]);
    expect((await rest("POST", `/promises/subscribe/${id}`, body)).status).toBe(200);
  });

  describe.each(verdicts)("A promise that the RPC door has made %s", (state, named, code) => {
    const others = verdicts.map(([, other]) => other);

    it("is shown so, and completed no more, whatever key is sent", async () => {
      const id = await stage.promise();
      const settled = await settle(id, state);
      for (const other of others) {
        for (const headers of [{}, { "idempotency-key": "k" }, { "idempotency-key": "k", strict: "true" }]) {
          expectRefusal(await complete(id, other, headers), 403, code);
        }
      }
      expect((await rest("GET", pathOf(id))).body).toMatchObject({ state: named, value: { data: "rpc" } });
      expect(await promiseOf(id)).toEqual(settled);
    });

    it("was created by a key, which still knows it", async () => {
      const id = await create({}, { "idempotency-key": "k" });
      await settle(id, state);
      const again = (headers: Record<string, string>) =>
        rest("POST", "/promises", { id, timeout: stage.now + lifeMs }, headers);
      expect((await again({ "idempotency-key": "k" })).body).toMatchObject({ id, state: named });
      expectRefusal(await again({ "idempotency-key": "k", strict: "true" }), 409, 40900);
      expectRefusal(await again({}), 409, 40900);
    });
  });

  it("A promise that was created without a key belongs to none", async () => {
    const id = await stage.promise();
    for (const headers of [{}, { "idempotency-key": "k" }]) {
      expectRefusal(await rest("POST", "/promises", { id, timeout: 9e15 }, headers), 409, 40900);
    }
    expect((await rest("GET", pathOf(id))).body).not.toHaveProperty("idempotencyKeyForCreate");
  });

  it("A promise that the other door has completed is answered as it is, and its key still knows it", async () => {
    const id = await stage.promise();
    const first = await complete(id, "RESOLVED", { "idempotency-key": "k" });
    expect(first.status).toBe(201);
    const kept = await promiseOf(id);
    expect(await settle(id, "rejected")).toEqual(kept);
    expect((await stage.done("promise.create", { id, timeoutAt: 0 })).promise).toEqual(kept);
    expect(kept).toMatchObject({ state: "resolved", value: { data: "rest" } });
    const again = await complete(id, "REJECTED", { "idempotency-key": "k" });
    expect([again.status, again.body]).toEqual([200, first.body]);
    expectRefusal(await complete(id, "RESOLVED", { "idempotency-key": "other" }), 403, 40300);
  });

  it.each(["resonate:timer", "resonate:timeout"])("%s makes a timer of a promise, through either door", async (tag) => {
    const tags = { [tag]: "true" };
    const [one, other] = [await create(tags), await stage.promise({ tags })];
    stage.pass(lifeMs);
    for (const id of [one, other]) {
      expect(await promiseOf(id)).toMatchObject({ state: "resolved", settledAt: stage.now, value: {} });
      expect((await rest("GET", pathOf(id))).body).toMatchObject({ state: "RESOLVED", completedOn: stage.now });
      expectRefusal(await complete(id, "RESOLVED"), 403, 40300);
    }
  });

  it("A deadline that one door has met, the other shows too", async () => {
    const [id, other] = [await create(), await stage.promise()];
    stage.pass(lifeMs);
    expect(await settle(id, "resolved")).toMatchObject({ state: "rejected_timedout", settledAt: stage.now });
    expect((await complete(id, "RESOLVED")).body).toMatchObject({ state: "REJECTED_TIMEDOUT", value: {} });
    expectRefusal(await complete(other, "RESOLVED", { strict: "true" }), 403, 40303);
    expect(await promiseOf(other)).toMatchObject({ state: "rejected_timedout", settledAt: stage.now });
  });

  it("A schedule is one, too", async () => {
    const id = stage.name();
    const made = await stage.done("schedule.create", {
      id,
      cron: "* * * * *",
      promiseId: "{{.id}}/{{.timestamp}}",
      promiseTimeout: 1_000,
      promiseTags: target,
    });
    const { nextRunAt } = made.schedule;
    expect((await rest("GET", `/schedules/${id}`)).body).toMatchObject({
      id,
      nextRunTime: nextRunAt,
      promiseTags: target,
    });
    stage.pass(nextRunAt - stage.now);
    await stage.tick();
    expect((await rest("GET", pathOf(`${id}/${nextRunAt}`))).body).toMatchObject({
      state: "PENDING",
      createdOn: stage.now,
    });
    expect(await stage.task(`${id}/${nextRunAt}`)).toMatchObject({ state: "pending", version: 0 });
    expect((await fetch(`${service.server.url}/schedules/${id}`, { method: "DELETE" })).status).toBe(204);
    expect(await stage.ask("schedule.get", { id })).toEqual({ status: 404, data: "Schedule not found" });
  });
});
