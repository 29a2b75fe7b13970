/**
 * Payloads of every size, through both doors, on both stores: where they are kept shows in no answer. Every kind of
 * request that answers with a promise is asked for one.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "#lib/core/index.ts";
import { type Door, openDoor } from "../support/door.ts";
import { everyStore } from "../support/stores.ts";

const timeout = 9e15;
const target = { "resonate:target": "poll://any@g" };
/** As it stands in JSON, a payload of so many bytes. */
const payload = (bytes: number, fill = "x") => {
  const room = bytes - Buffer.byteLength('{"data":""}');
  const each = Buffer.byteLength(fill);
  return { data: fill.repeat(Math.floor(room / each)) + "y".repeat(room % each) };
};

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor(open);
  });
  afterAll(() => door.close());

  const rpc = async (kind: string, data: object, expected = 200) => {
    const head = { corrId: "c", version: "2026-04-01" };
    const { status, body } = await door.ask("POST", "/", { kind, head, data });
    expect([status, body.data], kind).toEqual([expected, expect.any(Object)]);
    return body.data;
  };

  it.each([399_000, 401_000, 409_600, 1_000_000, limits.payloadBytesMax])(
    "a param and a value of %i bytes come back as they were sent",
    async (bytes) => {
      const id = `rest/${bytes}`;
      const [param, value] = [payload(bytes), payload(bytes, "€")];
      const created = await door.ask("POST", "/promises", { id, timeout, param });
      expect(created).toMatchObject({ status: 201, body: { param, value: {} } });
      const settled = await door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED", value });
      expect(settled).toMatchObject({ status: 201, body: { param, value } });
      expect((await door.ask("GET", `/promises/${id}`)).body).toEqual(settled.body);
      expect((await door.ask("GET", `/promises?id=${id}`)).body.promises).toEqual([settled.body]);
    },
  );

  it.each(["param", "value"])(
    "a %s of a byte more is refused, with the limit's name, and changes nothing",
    async (field) => {
      const id = `over/${field}`;
      const over = payload(limits.payloadBytesMax + 1);
      const write = async () => {
        if (field === "param") {
          return door.ask("POST", "/promises", { id, timeout, param: over });
        }
        await door.ask("POST", "/promises", { id, timeout });
        return door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED", value: over });
      };
      const refused = await write();
      expect(refused.status).toBe(413);
      expect(refused.body.error.details[0].message).toBe(`${field} must be at most 2500000 bytes of JSON`);
      const { status, body } = await door.ask("GET", `/promises/${id}`);
      expect(field === "param" ? status : body.state).toBe(field === "param" ? 404 : "PENDING");
    },
  );

  it("every kind that answers with a promise answers with all of it", async () => {
    const [param, value] = [payload(100_000), payload(200_000)];
    const tags = { ...target, "resonate:branch": "root", "resonate:origin": "root" };
    const create = { id: "root", timeoutAt: timeout, param, tags };
    expect((await rpc("promise.create", create)).promise.param).toEqual(param);
    const taken = await rpc("task.acquire", { id: "root", version: 0, pid: "w", ttl: 60_000 });
    expect(taken.promise.param).toEqual(param);
    const step = {
      id: "root:0",
      timeoutAt: timeout,
      param,
      tags: { ...tags, "resonate:scope": "local" },
    };
    const fence = (kind: string, data: object) =>
      rpc("task.fence", { id: "root", version: 1, action: { kind, head: {}, data } });
    expect((await fence("promise.create", step)).action.data.promise.param).toEqual(param);
    const ended = await fence("promise.settle", { id: "root:0", state: "resolved", value });
    expect(ended.action.data.promise).toMatchObject({ param, value });
    await rpc("task.release", { id: "root", version: 1 });
    const again = await rpc("task.create", {
      pid: "w",
      ttl: 60_000,
      action: { kind: "promise.create", head: {}, data: create },
    });
    expect([again.promise.param, again.preload]).toMatchObject([param, [{ id: "root:0", value }]]);

    await rpc("promise.create", { id: "awaited", timeoutAt: timeout, param });
    const awaiting = { awaited: "awaited", awaiter: "root" };
    expect((await rpc("promise.register_callback", awaiting)).promise.param).toEqual(param);
    const listening = { awaited: "awaited", address: "https://example.com/" };
    expect((await rpc("promise.register_listener", listening)).promise.param).toEqual(param);
    expect((await rpc("promise.settle", { id: "awaited", state: "resolved", value })).promise).toMatchObject({
      param,
      value,
    });

    const callback = { kind: "promise.register_callback", head: {}, data: awaiting };
    const suspension = { id: "root", version: 2, actions: [callback] };
    const goneOn = await rpc("task.suspend", suspension, 300);
    expect(goneOn.preload).toMatchObject([{ id: "root:0", param, value }]);

    const action = { kind: "promise.settle", head: {}, data: { id: "root", state: "resolved", value } };
    expect((await rpc("task.fulfill", { id: "root", version: 2, action })).promise).toMatchObject({ param, value });
    expect((await rpc("promise.get", { id: "root" })).promise).toMatchObject({ param, value });
    const { promises } = await rpc("promise.search", { tags: { "resonate:origin": "root" } });
    expect(promises).toMatchObject([
      { id: "root", param, value },
      { id: "root:0", param, value },
    ]);
    const subscription = { id: "s", timeout, recv: "https://example.com/" };
    const subscribed = await door.ask("POST", "/promises/subscribe/root", subscription);
    expect(subscribed.body.promise).toMatchObject({ param, value });
  });

  it("a preload ends before it is too large, whatever is kept elsewhere", async () => {
    const tags = { ...target, "resonate:branch": "wide" };
    await rpc("task.create", {
      pid: "w",
      ttl: 60_000,
      action: { kind: "promise.create", head: {}, data: { id: "wide", timeoutAt: timeout, tags } },
    });
    for (const at of [0, 1, 2, 3]) {
      const step = { id: `wide:${at}`, timeoutAt: timeout, tags: { "resonate:branch": "wide" } };
      await rpc("promise.create", step);
      await rpc("promise.settle", { id: step.id, state: "resolved", value: payload(400_000) });
    }
    await rpc("task.release", { id: "wide", version: 1 });
    const { preload } = await rpc("task.acquire", { id: "wide", version: 1, pid: "w", ttl: 60_000 });
    expect(preload.map(({ id }: { id: string }) => id)).toEqual(["wide:0", "wide:1"]);
  });

  it("a schedule's param goes to its promises, and comes back from every kind that answers with one", async () => {
    const promiseParam = payload(300_000);
    const schedule = {
      id: "s",
      cron: "* * * * *",
      promiseId: "s-{{.timestamp}}",
      promiseTimeout: timeout,
      promiseParam,
      promiseTags: target,
    };
    expect((await rpc("schedule.create", schedule)).schedule.promiseParam).toEqual(promiseParam);
    expect((await rpc("schedule.get", { id: "s" })).schedule.promiseParam).toEqual(promiseParam);
    expect((await rpc("schedule.search", {})).schedules).toMatchObject([{ promiseParam }]);
    expect((await door.ask("GET", "/schedules/s")).body.promiseParam).toEqual(promiseParam);
    expect((await door.ask("GET", "/schedules?id=*")).body.schedules).toMatchObject([{ promiseParam }]);
  });

  it("a search ends its pages before they are too large to be answered, and loses none", async () => {
    const value = payload(1_500_000);
    for (const at of [1, 2, 3, 4]) {
      await rpc("promise.create", { id: `page/${at}`, timeoutAt: timeout, tags: { page: "yes" } });
      await rpc("promise.settle", { id: `page/${at}`, state: "resolved", value });
    }
    const found: string[] = [];
    for (let query = "?id=page/*"; query !== ""; ) {
      const { body } = await door.ask("GET", `/promises${query}`);
      expect(Buffer.byteLength(JSON.stringify(body))).toBeLessThan(3_000_000);
      found.push(...body.promises.map(({ id }: { id: string }) => id));
      query = body.cursor === null ? "" : `?cursor=${body.cursor}`;
    }
    expect(found).toEqual(["page/4", "page/3", "page/2", "page/1"]);
    const byId: string[] = [];
    for (let cursor: string | undefined = ""; cursor !== undefined; ) {
      const page = await rpc("promise.search", { tags: { page: "yes" }, ...(cursor !== "" && { cursor }) });
      expect(page.promises.length).toBeLessThan(2);
      byId.push(...page.promises.map(({ id }: { id: string }) => id));
      cursor = page.cursor;
    }
    expect(byId).toEqual(["page/1", "page/2", "page/3", "page/4"]);
  });
});
