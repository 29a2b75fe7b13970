/** Schedules, as the clients of this door make them (`protocol/rpc.md` 10), on both stores. */

import { describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable } from "./debugged.ts";
import { type Stage, staged, target } from "./lives.ts";

const minuteMs = 60_000;

describe.each(everyDebuggable)("Over %s, a schedule", (_, open) => {
  let service: Debugged;
  let stage: Stage;
  staged(open, (...opened) => ([service, stage] = opened));

  const sent = (members: object = {}) => ({
    id: stage.name(),
    cron: "* * * * *",
    promiseId: "{{.id}}.{{.timestamp}}",
    promiseTimeout: 10 * minuteMs,
    promiseTags: target,
    ...members,
  });
  const create = async (members: object = {}) => (await stage.done("schedule.create", sent(members))).schedule;
  const get = (id: string) => stage.ask("schedule.get", { id });
  const promiseOf = (id: string) => stage.ask("promise.get", { id });
  /** Lets the time of the next runs come, and has them done. */
  const reach = async (moment: number) => {
    stage.pass(moment - stage.now);
    await stage.tick();
  };

  it("is kept as it was sent, and first runs strictly after its birth", async () => {
    const given = sent({ promiseParam: { data: "d", headers: { h: "v" } }, timezone: "Europe/Berlin" });
    const { schedule } = await stage.done("schedule.create", given);
    const nextRunAt = (Math.floor(stage.now / minuteMs) + 1) * minuteMs;
    expect(schedule).toEqual({ ...given, createdAt: stage.now, nextRunAt });
    expect(await get(given.id)).toEqual({ status: 200, data: { schedule } });
    stage.pass(nextRunAt - stage.now);
    expect((await create()).nextRunAt).toBe(nextRunAt + minuteMs);
    const bare = await create({ promiseParam: {} });
    expect(bare).not.toHaveProperty("timezone");
    expect(bare).not.toHaveProperty("lastRunAt");
  });

  it("that is there is answered as it is, whatever is sent; but what is sent must be in order", async () => {
    const first = await create();
    stage.pass(1);
    const again = { id: first.id, cron: "@yearly", promiseId: "other", promiseTags: { ...target, a: "b" } };
    expect(await create(again)).toEqual(first);
    expect(await stage.ask("schedule.create", sent({ id: first.id, cron: "x" }))).toEqual({
      status: 400,
      data: "Invalid cron expression",
    });
  });

  it("is not found before it is created, nor after it is deleted; what it has made stays", async () => {
    const notFound = { status: 404, data: "Schedule not found" };
    const { id, nextRunAt } = await create({ id: stage.name() });
    expect(await get(`${id}x`)).toEqual(notFound);
    await reach(nextRunAt);
    expect(await stage.ask("schedule.delete", { id })).toEqual({ status: 200, data: {} });
    expect([await get(id), await stage.ask("schedule.delete", { id })]).toEqual([notFound, notFound]);
    expect((await promiseOf(`${id}.${nextRunAt}`)).status).toBe(200);
    await reach(nextRunAt + minuteMs);
    expect((await promiseOf(`${id}.${nextRunAt + minuteMs}`)).status).toBe(404);
  });

  it("makes a promise at its moment, with a task, its own tags and those that tell where it comes from", async () => {
    const param = { data: "d", headers: { h: "v" } };
    const tags = { ...target, own: "tag", "resonate:origin": "overwritten" };
    const { id, nextRunAt } = await create({ promiseParam: param, promiseTags: tags });
    const made = `${id}.${nextRunAt}`;
    await reach(nextRunAt - 1);
    expect((await promiseOf(made)).status).toBe(404);
    await reach(nextRunAt + 5);
    expect((await promiseOf(made)).data.promise).toMatchObject({
      id: made,
      state: "pending",
      param,
      timeoutAt: nextRunAt + 10 * minuteMs,
      createdAt: nextRunAt,
      tags: {
        ...target,
        own: "tag",
        "resonate:schedule": id,
        "resonate:origin": made,
        "resonate:branch": made,
        "resonate:parent": made,
        "resonate:prefix": made,
      },
    });
    expect(await stage.task(made)).toEqual({ id: made, state: "pending", version: 0, resumes: 0 });
    expect((await get(id)).data.schedule).toMatchObject({ lastRunAt: nextRunAt, nextRunAt: nextRunAt + minuteMs });
  });

  it.each([
    ["joined by a dot", "{{.id}}.{{.timestamp}}", (id: string, at: number) => `${id}.${at}`],
    ["joined by a hyphen", "{{.id}}-{{.timestamp}}", (id: string, at: number) => `${id}-${at}`],
    ["spelled with spaces", "{{ .id }}/{{ .timestamp }}", (id: string, at: number) => `${id}/${at}`],
    ["named twice", "{{.timestamp}}:{{.id}}:{{.id}}", (id: string, at: number) => `${at}:${id}:${id}`],
  ])("makes ids of a template that is %s", async (_what, promiseId, idOf) => {
    const { id, nextRunAt } = await create({ promiseId });
    await reach(nextRunAt);
    expect((await promiseOf(idOf(id, nextRunAt))).data.promise.tags["resonate:schedule"]).toBe(id);
    await stage.done("schedule.delete", { id });
  });

  it("makes up for each moment that was missed, those long past their end too", async () => {
    await service.rpc("debug.reset");
    const { id, nextRunAt } = await create({ promiseTimeout: 90_000 });
    const now = nextRunAt + 3 * minuteMs;
    await reach(now);
    const runs = [0, 1, 2, 3].map((count) => nextRunAt + count * minuteMs);
    const { promises } = await stage.done("promise.search", { tags: { "resonate:schedule": id } });
    expect(
      promises.map(({ createdAt, state, settledAt }: Record<string, unknown>) => [createdAt, state, settledAt]),
    ).toEqual(
      runs.map((at) => (at + 90_000 <= now ? [at, "rejected_timedout", at + 90_000] : [at, "pending", undefined])),
    );
    expect(await stage.task(`${id}.${runs[0]}`)).toMatchObject({ state: "fulfilled", version: 0 });
    expect(await stage.task(`${id}.${runs[3]}`)).toMatchObject({ state: "pending", version: 0 });
    const { taskTimeouts } = (await service.rpc("debug.snap")).data;
    expect(taskTimeouts.map((each: { id: string }) => each.id)).toEqual([`${id}.${runs[2]}`, `${id}.${runs[3]}`]);
    expect((await get(id)).data.schedule).toMatchObject({ lastRunAt: now, nextRunAt: now + minuteMs });
  });

  it("finds the promise that it would make there already, and goes on", async () => {
    const { id, nextRunAt } = await create({ promiseId: "{{.id}}" });
    const mine = { id, timeoutAt: nextRunAt + minuteMs * 100, param: { data: "mine" } };
    await stage.done("promise.create", mine);
    await reach(nextRunAt + minuteMs);
    expect((await promiseOf(id)).data.promise).toMatchObject({ param: { data: "mine" }, tags: {} });
    expect((await get(id)).data.schedule.lastRunAt).toBe(nextRunAt + minuteMs);
  });
});
