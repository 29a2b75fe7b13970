/** The services behind the doors: what they ask of a request, whichever door it has come through, and what they keep back. */

import { describe, expect, it } from "vitest";
import type { Caller, KnownRequest } from "#lib/access/caller.ts";
import { withNewKey } from "#lib/access/key-ring.ts";
import { permitted, type Guarded as Services } from "#lib/access/permitted.ts";
import { sealer } from "#lib/access/sealer.ts";
import type { Page, PromiseRecord } from "#lib/core/index.ts";
import { calendar } from "#lib/cron.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { memoryHookSecrets } from "#lib/local/hook-secrets.ts";
import { hookService } from "#lib/service/hooks.ts";
import { linkService } from "#lib/service/links.ts";
import { messageService } from "#lib/service/messages.ts";
import { promiseService } from "#lib/service/promises.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { subscriptionService } from "#lib/service/subscriptions.ts";
import { taskService } from "#lib/service/tasks.ts";
import { noFeed, retryMs } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";
import { countedSecrets, noSubscriptions } from "../support/subscriptions.ts";
import { openGuarded } from "./guarded.ts";

const later = 9_000_000_000_000;

async function services(): Promise<Services & { readonly close: () => void }> {
  const { store, close } = await openSqlite();
  const conduct = { store, feed: noFeed, retryMs, known: noSubscriptions };
  return {
    promises: promiseService(conduct),
    tasks: taskService(conduct),
    schedules: scheduleService(conduct, async () => calendar),
    messages: messageService(conduct),
    links: linkService({ ...conduct, sealer: sealer(async () => withNewKey({})) }),
    hooks: hookService({ store, secrets: memoryHookSecrets(), secretProblem }),
    subscriptions: subscriptionService({ ...conduct, secrets: countedSecrets([], "whsec_") }),
    close,
  };
}

const request = () => ({ now: 1_000, token: "t", cost: { roundTrips: 0 } });
const asked = (caller: Caller): KnownRequest => ({ ...request(), caller });

type Method = (...args: unknown[]) => Promise<unknown>;

describe("Every method of every service", () => {
  it("refuses a request of which nobody has asked who sends it", async () => {
    const { close, ...bare } = await services();
    const refused: string[] = [];
    for (const [name, service] of Object.entries(permitted(bare))) {
      for (const [method, run] of Object.entries(service as unknown as Record<string, Method>)) {
        const args = [...Array.from({ length: run.length - 1 }, () => ({})), request()];
        await expect(run(...args), `${name}.${method}`).rejects.toMatchObject({ code: "unauthorized" });
        refused.push(`${name}.${method}`);
      }
      expect(Object.keys(service).toSorted()).toEqual(Object.keys(bare[name as keyof typeof bare]).toSorted());
    }
    expect(refused.length).toBe(47);
    close();
  });

  it("refuses a caller that may name no id, and writes nothing for it", async () => {
    const { close, ...bare } = await services();
    const nobody = asked({ principal: "x", isAdmin: false });
    const create = { id: "p", timeoutAt: later, param: {}, tags: {} };
    await expect(permitted(bare).promises.create(create, nobody)).rejects.toMatchObject({ code: "forbidden" });
    await expect(permitted(bare).promises.list({ tags: {}, limit: 1 }, nobody)).rejects.toMatchObject({
      code: "forbidden",
    });
    await expect(permitted(bare).tasks.heartbeat("pid", [], nobody)).rejects.toMatchObject({ code: "forbidden" });
    await expect(bare.promises.get("p", request())).rejects.toMatchObject({ code: "promiseNotFound" });
    close();
  });
});

describe("A search by age", () => {
  it("does not name the place outside at which its page has ended", async () => {
    const { close, ...bare } = await services();
    const page: Page = { promises: [], next: { id: "theirs", createdAt: 7 } };
    const { promises } = permitted<Services>({ ...bare, promises: { ...bare.promises, search: async () => page } });
    const what = { pattern: "mine/*", tags: {}, limit: 1 };
    const { next } = await promises.search(what, asked({ principal: "x", isAdmin: false, prefix: "mine/" }));
    expect(next).toMatchObject({ createdAt: 7, id: expect.stringMatching(/^mine\//) });
    expect(await promises.search(what, asked({ principal: "x", isAdmin: true }))).toEqual(page);
    close();
  });
});

describe("What a worker need not ask for", () => {
  it("holds nothing outside its prefix, though it be of the same workflow and branch", async () => {
    const guarded = await openGuarded();
    const admin = await guarded.keyFor({ verbs: ["admin"] });
    const key = await guarded.keyFor({ prefix: "w:0" });
    const tags = { "resonate:branch": "b", "resonate:target": "poll://any@g" };
    const creation = (id: string) => ({ id, timeoutAt: later, tags });
    for (const id of ["w", "w:1", "w:0.1"]) {
      await guarded.rpc(admin, "promise.create", creation(id));
      await guarded.rpc(admin, "promise.settle", { id, state: "resolved", value: { data: "secret" } });
    }
    const action = { kind: "promise.create", head: {}, data: creation("w:0") };
    await guarded.rpc(key, "task.create", { pid: "p", ttl: 1_000, action });
    await guarded.rpc(key, "task.release", { id: "w:0", version: 1 });
    const ids = (preload: readonly PromiseRecord[]) => preload.map(({ id }) => id);

    const taken = await guarded.rpc(key, "task.acquire", { id: "w:0", version: 1, pid: "p", ttl: 1_000 });
    expect(ids(taken.body.data.preload)).toEqual(["w:0.1"]);
    const wait = { kind: "promise.register_callback", head: {}, data: { awaited: "w:0.1", awaiter: "w:0" } };
    const suspended = await guarded.rpc(key, "task.suspend", { id: "w:0", version: 2, actions: [wait] });
    expect([suspended.status, ids(suspended.body.data.preload)]).toEqual([300, ["w:0.1"]]);
    const again = await guarded.rpc(key, "task.create", { pid: "p", ttl: 1_000, action });
    expect(again.text).not.toContain('"w:1"');

    await guarded.rpc(admin, "task.release", { id: "w:0", version: 2 });
    const all = await guarded.rpc(admin, "task.acquire", { id: "w:0", version: 2, pid: "p", ttl: 1_000 });
    expect(ids(all.body.data.preload).toSorted()).toEqual(["w", "w:0.1", "w:1"].filter((id) => id !== "w:0"));
    guarded.close();
  });
});
