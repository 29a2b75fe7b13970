/** What no store can keep is there for nobody: it is passed over or refused, and never a failure of the service. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../../support/door.ts";
import { everyStore } from "../../support/stores.ts";
import { type Rpc, rpcOf } from "./asking.ts";
import { action, target } from "./lives.ts";

const texts = [
  ["a text of more bytes than a key", "x".repeat(3_000)],
  ["half a surrogate pair", "\ud800"],
  ["a null character", "a\0b"],
] as const;

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  let rpc: Rpc;

  beforeAll(async () => {
    door = await openDoor(open);
    rpc = rpcOf(door);
    const create = action({ id: "kept", timeoutAt: 9e15, tags: target });
    expect((await rpc("task.create", { pid: "p", ttl: 1_000, action: create })).status).toBe(200);
  });
  afterAll(() => door.close());

  it.each(texts)("a heartbeat passes over %s, and renews the rest", async (_what, text) => {
    door.clock.now += 1;
    const tasks = [text, "kept", text].map((id) => ({ id, version: 1 }));
    expect(await rpc("task.heartbeat", { pid: "p", tasks })).toEqual({ status: 200, data: {} });
    expect((await door.store.get("kept", { roundTrips: 0 }))?.leasedAt).toBe(door.clock.now);
    expect(await rpc("task.heartbeat", { pid: text, tasks })).toEqual({ status: 200, data: {} });
  });

  it.each(texts)("a search by the origin %s finds none, through either door", async (_what, text) => {
    const tags = { "resonate:origin": text };
    expect(await rpc("promise.search", { tags })).toEqual({ status: 200, data: { promises: [] } });
    if (text.isWellFormed()) {
      const query = new URLSearchParams({ id: "*", "tags[resonate:origin]": text });
      const reply = await door.ask("GET", `/promises?${query}`);
      expect([reply.status, reply.body.promises]).toEqual([200, []]);
    }
  });

  it.each(["promise.search", "task.search", "schedule.search"])("%s was never given such a cursor", async (kind) => {
    for (const [, cursor] of texts) {
      expect(await rpc(kind, { cursor })).toEqual({
        status: 400,
        data: "Invalid 'cursor' — was given out by no search",
      });
    }
    expect((await rpc(kind, { cursor: "zzz" })).status).toBe(200);
    expect(await rpc(kind, { cursor: "" })).toEqual(await rpc(kind));
  });
});
