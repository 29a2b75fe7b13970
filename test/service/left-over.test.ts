/** Goal: no secret is left behind that no hook uses, wherever whoever makes or changes a hook ends, and none goes that one uses. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { memoryHookSecrets } from "#lib/local/hook-secrets.ts";
import type { Store } from "#lib/ports/store.ts";
import { secretId } from "#lib/service/hook-changes.ts";
import { type HookStage, hookStage, secret, stageClock } from "../support/hooks.ts";
import { everyStore, type Opened } from "../support/stores.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const cost = { roundTrips: 0 };
const next = "the secret that comes after";
const ended = new Error("ended here");

describe.each(everyStore)("On %s, a hook's secret", (_, open) => {
  let opened: Opened;
  let stage: HookStage;
  let clock: { now: number };
  const secrets = memoryHookSecrets();
  beforeEach(async () => {
    opened = await open();
    clock = stageClock();
    stage = hookStage(opened.store, { secrets }, clock);
  });
  afterEach(() => opened.close());

  const isThere = async (text: string, hook = "h") =>
    (await secrets.get({ hook, id: secretId(hook, text) }, cost)) !== undefined;
  const notes = async () => {
    const found = [];
    for (let shard = 0; shard < opened.store.dueShards; shard++) {
      for await (const entries of opened.store.due(shard, clock.now + 10 * dayMs, cost)) {
        found.push(...entries.filter(({ of }) => of === "upload"));
      }
    }
    return found.length;
  };
  const aDayLater = async () => {
    clock.now += dayMs;
    expect(await stage.sweep()).toEqual([]);
  };
  const add = (text: string, by = stage) => by.hooks.addSecret("h", { secret: text, overlapMs: 0 }, by.request());

  /** Ends before its so manieth write of a hook. */
  const endingAt = (hookWrites: number): HookStage => {
    let left = hookWrites;
    const attempt: Store["attempt"] = (write, spent) => {
      left -= write.of === "hook" ? 1 : 0;
      return left <= 0 ? Promise.reject(ended) : opened.store.attempt(write, spent);
    };
    return hookStage({ ...opened.store, attempt }, { secrets }, clock);
  };

  it("that is in use stays, and is looked after once", async () => {
    await stage.make();
    await add(next);
    expect(await notes()).toBeGreaterThan(0);
    await aDayLater();
    expect([await isThere(secret), await isThere(next), await notes()]).toEqual([false, true, 0]);
    expect(await stage.send({ id: "e1", ignore: true })).toEqual({ kind: "refused" });
  });

  it("goes a day after it was put there for a hook that was never made", async () => {
    await expect(endingAt(1).make()).rejects.toBe(ended);
    expect(await isThere(secret)).toBe(true);
    clock.now += dayMs - 1;
    await stage.sweep();
    expect(await isThere(secret)).toBe(true);
    await aDayLater();
    expect([await isThere(secret), await notes()]).toEqual([false, 0]);
  });

  it("stays for the hook that is made in the end", async () => {
    await expect(endingAt(1).make()).rejects.toBe(ended);
    clock.now += dayMs / 2;
    await stage.make();
    await aDayLater();
    await aDayLater();
    expect([await isThere(secret), await notes()]).toEqual([true, 0]);
  });

  it("goes a day after it was put there for a hook that has changed meanwhile, or is of somebody else", async () => {
    await stage.make();
    await expect(add(next, endingAt(1))).rejects.toBe(ended);
    await aDayLater();
    expect([await isThere(secret), await isThere(next), await notes()]).toEqual([true, false, 0]);
  });

  it("goes a day after it was ended, where nobody has taken it out", async () => {
    await stage.make();
    await aDayLater();
    expect(await notes()).toBe(0);
    const away = { ...secrets, delete: () => Promise.reject(ended) };
    const ending = hookStage(opened.store, { secrets: away }, clock);
    await expect(ending.hooks.endSecret("h", secretId("h", secret), ending.request())).rejects.toBe(ended);
    expect(await isThere(secret)).toBe(true);
    await aDayLater();
    expect([await isThere(secret), await notes()]).toEqual([false, 0]);
  });

  it("is given to no hook while it is taken away, and then as any other", async () => {
    await expect(endingAt(1).make()).rejects.toBe(ended);
    const refusals: unknown[] = [];
    const slow = {
      ...secrets,
      async delete(name: { readonly hook: string; readonly id: string }) {
        await stage.make().catch((error: { code: unknown }) => refusals.push(error.code));
        await secrets.delete(name, cost);
      },
    };
    clock.now += dayMs;
    await hookStage(opened.store, { secrets: slow }, clock).sweep();
    expect([refusals, await isThere(secret), await notes()]).toEqual([["storeUnavailable"], false, 0]);
    await stage.make();
    await aDayLater();
    await aDayLater();
    expect([await isThere(secret), await notes()]).toEqual([true, 0]);
    expect(await stage.send({ id: "e1", ignore: true })).toMatchObject({ outcome: "ignored" });
  });

  it("is taken away in the end, where whoever does so ends before, too", async () => {
    await expect(endingAt(1).make()).rejects.toBe(ended);
    clock.now += dayMs;
    const away = { ...secrets, delete: () => Promise.reject(ended) };
    expect(await hookStage(opened.store, { secrets: away }, clock).sweep()).toEqual([ended]);
    expect([await isThere(secret), await notes()]).toEqual([true, 1]);
    expect(await stage.sweep()).toEqual([]);
    expect([await isThere(secret), await notes()]).toEqual([false, 0]);
  });
});
