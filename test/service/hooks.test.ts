/** What hooks make of requests: each event completes its promise once, and nothing unverified reaches one. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hookLimits } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { secretId } from "#lib/service/hook-changes.ts";
import { hookLog } from "#lib/service/hook-log.ts";
import { keptEventsMax } from "#lib/service/keeping.ts";
import { type HookStage, hookStage, secret, sentBy, sign, stageClock } from "../support/hooks.ts";
import { everyStore, type Opened } from "../support/stores.ts";

describe.each(everyStore)("On %s, a hook", (_, open) => {
  let opened: Opened;
  let stage: HookStage;
  beforeEach(async () => {
    opened = await open();
    stage = hookStage(opened.store);
    await stage.make();
  });
  afterEach(() => opened.close());

  const get = (id: string) => stage.promises.get(id, stage.request());
  const count = async () => (await stage.hooks.waiting("h", stage.request())).count;

  it("completes a promise once, by whichever delivery comes first, and welcomes every other", async () => {
    await stage.create("p");
    const answers = await Promise.all([1, 2, 3].map(() => stage.send({ id: "e1", promise: "p", data: "paid" })));
    const told = answers.map((answer) => (answer.kind === "taken" ? answer.outcome : answer.kind)).sort();
    expect(told).toEqual(["duplicate", "duplicate", "settled"]);
    expect(await get("p")).toMatchObject({ state: "resolved", value: { data: "paid" } });
    expect(await stage.send({ id: "e2", promise: "p", data: "again" })).toMatchObject({ outcome: "late" });
    expect(await get("p")).toMatchObject({ value: { data: "paid" } });
    const [latest] = await stage.hooks.events("h", stage.request());
    expect((await stage.outcomes()).toSorted()).toEqual(["duplicate", "duplicate", "late", "settled"]);
    expect(latest).toMatchObject({ promiseId: "p" });
  });

  it("takes nothing that is not signed, and keeps a few lines of it, of whatever many there are", async () => {
    await stage.create("p");
    const forged = () =>
      stage.receiver.receive("h", sentBy({ id: "e1", promise: "p" }, "somebody else's secret"), stage.request());
    for (let at = 0; at < 40; at++) {
      expect(await forged()).toEqual({ kind: "refused" });
    }
    stage.clock.now += hookLimits.countedEveryMs;
    await forged();
    expect(await get("p")).toMatchObject({ state: "pending" });
    expect(await stage.hooks.events("h", stage.request())).toMatchObject([
      { outcome: "refused", reason: "signatureWrong", count: 40, headers: ["x-signature"] },
      { outcome: "refused", reason: "signatureWrong" },
    ]);
    expect(await stage.receiver.receive("no-such-hook", sentBy({ id: "e1" }), stage.request())).toEqual({
      kind: "refused",
    });
    expect(await count()).toBe(0);
  });

  it("tells each reason of what is refused at once, and all the rest of a burst, counted, once its time is over", async () => {
    const sent = (reason: string) => {
      const forged = sentBy({ id: "e1" }, "somebody else's secret", { query: new URLSearchParams({ refuse: reason }) });
      return stage.receiver.receive("h", forged, stage.request());
    };
    const events = async () =>
      (await stage.hooks.events("h", stage.request())).map(({ reason, count = 1 }) => `${reason} ${count}`).toSorted();
    await sent("signatureMissing");
    await sent("timestampTooOld");
    await sent("signatureWrong");
    const firsts = ["signatureMissing 1", "signatureWrong 1", "timestampTooOld 1"];
    expect(await events()).toEqual(firsts);
    for (let at = 0; at < 300; at++) {
      await sent(at % 3 === 0 ? "signatureWrong" : "signatureMissing");
    }
    expect(await events()).toEqual(firsts);
    stage.clock.now += hookLimits.countedEveryMs;
    await stage.send({ id: "e2", ignore: true });
    const burst = [...firsts, "byRule 1", "signatureMissing 200", "signatureWrong 100"].toSorted();
    expect(await events()).toEqual(burst);
    await sent("signatureWrong");
    await stage.log.writeCounted(stage.clock.now, { roundTrips: 0 });
    expect(await events()).toEqual(burst);
    stage.clock.now += hookLimits.countedEveryMs;
    await stage.log.writeCounted(stage.clock.now, { roundTrips: 0 });
    expect(await events()).toEqual([...burst, "signatureWrong 1"].toSorted());
    await sent("signatureWrong");
    await stage.log.close();
    expect(await events()).toEqual([...burst, "signatureWrong 1", "signatureWrong 1"].toSorted());
  });

  it("shows why its provider is refused, however long and often somebody else sends nonsense", async () => {
    const sent = (reason: string) => {
      const query = new URLSearchParams({ refuse: reason });
      return stage.receiver.receive("h", sentBy({ id: "e1" }, "another's secret", { query }), stage.request());
    };
    await sent("timestampTooOld");
    for (let at = 0; at < 300; at++) {
      await sent("signatureMissing");
      stage.clock.now += hookLimits.countedEveryMs;
    }
    const reasons = (await stage.hooks.events("h", stage.request())).map(({ reason }) => reason);
    expect(reasons.filter((reason) => reason === "timestampTooOld")).toHaveLength(1);
    expect(reasons).toHaveLength(1 + hookLimits.refusalsOfReasonMax);
  });

  it("counts what could not be written down with what follows", async () => {
    let isBroken = true;
    const broken: Store = {
      ...opened.store,
      attempt: (change, cost) =>
        isBroken && change.of === "hookEvent" ? Promise.reject(new Error("away")) : opened.store.attempt(change, cost),
    };
    const log = hookLog({ store: broken, chance: () => 0, onFailure: () => {} });
    const refused = () =>
      log.count("h", { at: stage.clock.now, outcome: "refused", reason: "signatureWrong" }, { roundTrips: 0 });
    await refused();
    await refused();
    isBroken = false;
    stage.clock.now += hookLimits.countedEveryMs;
    await refused();
    expect(await stage.hooks.events("h", stage.request())).toMatchObject([{ reason: "signatureWrong", count: 3 }]);
  });

  it("settles nothing by an event that is got instead of posted, and answers what only asks", async () => {
    await stage.create("p");
    const got = sentBy({ id: "e1", promise: "p" }, secret, { method: "GET" });
    expect(await stage.receiver.receive("h", got, stage.request())).toEqual({ kind: "refused" });
    expect(await get("p")).toMatchObject({ state: "pending" });
    const asking = { ...got, query: new URLSearchParams({ challenge: "are you there?" }) };
    expect(await stage.receiver.receive("h", asking, stage.request())).toMatchObject({ body: "are you there?" });
  });

  it("tells its owner of challenges that were refused, and only measures what else is got and refused", async () => {
    const got = sentBy({ id: "e1" }, secret, { method: "GET", query: new URLSearchParams("wrong-challenge=1") });
    for (let at = 0; at < 20; at++) {
      expect(await stage.receiver.receive("h", got, stage.request())).toEqual({ kind: "refused" });
    }
    const told = { outcome: "refused", reason: "tokenWrong", headers: ["x-signature"] };
    expect(await stage.hooks.events("h", stage.request())).toMatchObject([told]);
    expect(stage.measured).toHaveLength(20);
    await stage.receiver.receive("h", sentBy({ id: "e1" }, secret, { method: "GET" }), stage.request());
    expect(stage.measured).toHaveLength(21);
    expect(new Set(stage.measured)).toEqual(new Set(["refused"]));
    expect(await stage.outcomes()).toHaveLength(1);
  });

  it("says of what it passes over or cannot use why that is, and takes it", async () => {
    await stage.make("narrow", { prefix: "pay/" });
    await stage.create("ship/1");
    expect(await stage.send({ id: "e1", ignore: true }, "narrow")).toMatchObject({ outcome: "ignored" });
    expect(await stage.send({ id: "e2" }, "narrow")).toMatchObject({ outcome: "unusable" });
    expect(await stage.send({ id: "e3", promise: "ship/1" }, "narrow")).toMatchObject({ outcome: "unusable" });
    expect(await stage.send({ id: "e4", promise: "pay/\0" }, "narrow")).toMatchObject({ outcome: "unusable" });
    expect(await stage.send({ id: "e5", promise: "ship/2" }, "narrow")).toMatchObject({ outcome: "unusable" });
    expect(await get("ship/1")).toMatchObject({ state: "pending" });
    const told = await stage.hooks.events("narrow", stage.request());
    expect(told.map(({ outcome, reason }) => [outcome, reason]).toSorted()).toEqual([
      ["ignored", "byRule"],
      ["unusable", "id must not contain null characters"],
      ["unusable", "promiseIdMissing"],
      ["unusable", 'the promise\'s id does not begin with "pay/", as it must for this hook'],
      ["unusable", 'the promise\'s id does not begin with "pay/", as it must for this hook'],
    ]);
  });

  it("keeps an event that comes before its promise, and completes that as soon as it is created", async () => {
    for (let times = 0; times < 3; times++) {
      expect(await stage.send({ id: "e1", promise: "p", data: "early" })).toMatchObject({ outcome: "kept" });
    }
    await stage.send({ id: "e2", promise: "p", data: "second" });
    expect(await stage.hooks.waiting("h", stage.request())).toMatchObject({
      count: 2,
      events: [{ eventId: expect.stringMatching(/e[12]/) }, { eventId: expect.stringMatching(/e[12]/) }],
    });
    await stage.create("p");
    await stage.idle();
    expect(await get("p")).toMatchObject({ state: "resolved" });
    expect(await count()).toBe(0);
    expect(await stage.send({ id: "e1", promise: "p", data: "early" })).toMatchObject({ kind: "taken" });
    expect((await stage.outcomes()).filter((outcome) => outcome === "settled")).toHaveLength(1);
  });

  const timeoutAt = 100_000_000;
  const composedOf = (rule: object) => ({
    timeoutAt,
    param: {},
    tags: { "resonate:composite": JSON.stringify({ need: 1, ...rule }) },
  });
  it.each([
    ["a composite", { id: "p", ...composedOf({ of: ["m"], missing: "create" }) }],
    ["a member that its composite creates", { id: "c", ...composedOf({ of: ["p", "m"], missing: "create" }) }],
    [
      "a member that is given with its composite",
      { id: "c", ...composedOf({ of: ["p"] }), members: [{ id: "p", timeoutAt, param: {}, tags: {} }] },
    ],
  ])("keeps an event for %s as for any other promise", async (_of, what) => {
    expect(await stage.send({ id: "e1", promise: "p", data: "early" })).toMatchObject({ outcome: "kept" });
    await stage.promises.create(what, stage.request());
    await stage.idle();
    expect(await get("p")).toMatchObject({ state: "resolved", value: { data: "early" } });
    expect(await count()).toBe(0);
  });

  it("keeps nothing for a promise that has been created meanwhile, which nobody would look for any more", async () => {
    const { store } = opened;
    const between: Store = {
      ...store,
      async transact(writes, cost) {
        if (writes.some(({ of }) => of === "kept")) {
          await stage.create("p");
          await stage.idle();
        }
        return store.transact(writes, cost);
      },
    };
    const slow = hookStage(between, {}, stage.clock);
    const { secrets } = await stage.hooks.get("h", stage.request());
    await slow.secrets.put({ hook: "h", id: secrets[0]?.id ?? "" }, secret, { roundTrips: 0 });
    expect(await slow.send({ id: "e1", promise: "p", data: "x" })).toMatchObject({ outcome: "settled" });
    expect(await count()).toBe(0);
  });

  it("keeps the first of several events for the promise that is to come", async () => {
    await stage.send({ id: "e1", promise: "p", data: "first" });
    stage.clock.now += 1;
    await stage.send({ id: "e0", promise: "p", data: "second" });
    await stage.create("p");
    await stage.idle();
    expect(await get("p")).toMatchObject({ value: { data: "first" } });
  });

  it("is looked after by the sweep, where nobody has told of the creation, however late", async () => {
    const alone = hookStage(opened.store, { isFollowed: false }, stage.clock);
    await alone.make("other");
    await alone.send({ id: "e1", promise: "p", data: "early" }, "other");
    for (const minutes of [1, 2, 4, 8, 16, 32]) {
      stage.clock.now += minutes * 60_000;
      expect(await alone.sweep()).toEqual([]);
    }
    await alone.create("p");
    expect(await get("p")).toMatchObject({ state: "pending" });
    stage.clock.now += 3_600_000;
    expect(await alone.sweep()).toEqual([]);
    expect(await get("p")).toMatchObject({ state: "resolved", value: { data: "early" } });
    expect(await alone.sweep()).toEqual([]);
    expect((await stage.hooks.waiting("other", stage.request())).count).toBe(0);
  });

  it("forgets an event whose time is over: a promise that is created then is another one", async () => {
    await stage.make("brief", { keepMs: 60_000 });
    await stage.send({ id: "e1", promise: "p" }, "brief");
    await stage.send({ id: "e2", promise: "q" }, "brief");
    stage.clock.now += 60_000;
    await stage.create("p");
    await stage.idle();
    expect(await stage.sweep()).toEqual([]);
    expect(await get("p")).toMatchObject({ state: "pending" });
    expect((await stage.hooks.waiting("brief", stage.request())).count).toBe(0);
    expect(await stage.outcomes("brief")).toEqual(["expired", "expired", "kept", "kept"]);
    await stage.make("never", { keepMs: 0 });
    expect(await stage.send({ id: "e3", promise: "r" }, "never")).toEqual({ kind: "deferred" });
  });

  it("that is gone completes nothing any more, nor does another of its name, or one that reaches less far", async () => {
    const clocks = [stage.clock.now];
    for (const id of ["p", "q"]) {
      await stage.send({ id: `of ${id}`, promise: id });
    }
    await stage.make("shrunk");
    await stage.send({ id: "e", promise: "r" }, "shrunk");
    const { version } = await stage.hooks.get("shrunk", stage.request());
    await stage.hooks.put({ name: "shrunk", definition: {}, prefix: "pay/", version }, stage.request());
    await stage.hooks.remove("h", stage.request());
    expect(await stage.send({ id: "of p", promise: "p" })).toEqual({ kind: "refused" });
    await stage.create("p");
    stage.clock.now += 1;
    await stage.make();
    await stage.create("q");
    await stage.create("r");
    await stage.idle();
    for (const id of ["p", "q", "r"]) {
      expect(await get(id), id).toMatchObject({ state: "pending" });
    }
    expect(await stage.outcomes()).toEqual(["expired"]);
    expect(clocks).toHaveLength(1);
  });

  it("completes nothing by what waits and was verified by a secret that its owner has ended, whoever looks", async () => {
    const leaked = (await stage.hooks.get("h", stage.request())).secrets[0]?.id ?? "";
    const next = "the secret that comes after";
    const by = (each: string, id: string, promise: string) =>
      stage.receiver.receive("h", sentBy({ id, promise }, each), stage.request());
    await by(secret, "forged", "p");
    await by(secret, "forged too", "q");
    await by(secret, "e1", "r");
    await stage.hooks.addSecret("h", { secret: next, overlapMs: 3_600_000 }, stage.request());
    await by(next, "e1", "r");
    await stage.create("q");
    await stage.idle();
    expect(await get("q")).toMatchObject({ state: "resolved" });
    await stage.hooks.endSecret("h", leaked, stage.request());
    stage.clock.now += 60_000;
    expect(await stage.sweep()).toEqual([]);
    expect((await stage.hooks.waiting("h", stage.request())).events.map(({ promiseId }) => promiseId)).toEqual(["r"]);
    for (const id of ["p", "r"]) {
      await stage.create(id);
    }
    await stage.idle();
    expect([(await get("p")).state, (await get("r")).state]).toEqual(["pending", "resolved"]);
    const told = (await stage.hooks.events("h", stage.request())).filter(({ outcome }) => outcome === "expired");
    expect(told.map(({ reason }) => reason)).toEqual(Array(2).fill("the secret that has verified it was ended"));
  });

  it("drops it as well where its promise is created at once, and where the secret had run out before it was ended", async () => {
    const old = (await stage.hooks.get("h", stage.request())).secrets[0]?.id ?? "";
    await stage.send({ id: "forged", promise: "p" });
    await stage.hooks.addSecret("h", { secret: "the secret that comes after", overlapMs: 0 }, stage.request());
    await stage.hooks.endSecret("h", old, stage.request());
    await expect(stage.hooks.endSecret("h", old, stage.request())).rejects.toMatchObject({ code: "secretNotFound" });
    await stage.create("p");
    await stage.idle();
    expect(await get("p")).toMatchObject({ state: "pending" });
    expect(await count()).toBe(0);
    expect((await stage.outcomes()).toSorted()).toEqual(["expired", "kept"]);
  });

  it("completes what a secret has verified that has run out by itself, however many have come after it", async () => {
    await stage.make("h2", { keepMs: hookLimits.keepMsMax });
    await stage.send({ id: "e1", promise: "p" }, "h2");
    for (let at = 0; at < 10; at++) {
      const added = { secret: `a secret in place of the last, ${at}`, overlapMs: at % 2 === 0 ? 0 : 1_000 };
      await stage.hooks.addSecret("h2", added, stage.request());
      stage.clock.now += 2_000;
    }
    const last = (await stage.hooks.get("h2", stage.request())).secrets.at(-1)?.id ?? "";
    await stage.hooks.endSecret("h2", last, stage.request());
    await stage.create("p");
    await stage.idle();
    expect(await get("p")).toMatchObject({ state: "resolved" });
  });

  it("has as many places for events that wait as are said, and a place again for each that has gone", async () => {
    const kept = async (from: number, to: number) => {
      const answers = [];
      for (let at = from; at < to; at += 25) {
        const some = Array.from({ length: Math.min(25, to - at) }, (_, more) => `${at + more}`);
        answers.push(...(await Promise.all(some.map((id) => stage.send({ id, promise: `p/${id}` })))));
      }
      return answers.filter((answer) => answer.kind === "taken").length;
    };
    expect(await kept(0, keptEventsMax)).toBe(keptEventsMax);
    expect(await kept(keptEventsMax, keptEventsMax + 3)).toBe(0);
    const foreseen = async (id: string, promise = `p/${id}`) =>
      (await stage.receiver.dryRun("h", sentBy({ id, promise }), stage.request())).outcome;
    expect([await foreseen("new"), await foreseen("7")]).toEqual(["deferred", "kept"]);
    expect(await count()).toBe(keptEventsMax);
    await stage.create("p/7");
    await stage.idle();
    expect(await foreseen("new")).toBe("kept");
    expect(await kept(keptEventsMax, keptEventsMax + 3)).toBe(1);
  });

  it("does not keep what is too large for it: the provider is to send it again", async () => {
    const data = "x".repeat(hookLimits.keptValueBytesMax);
    expect(await stage.send({ id: "e1", promise: "p", data })).toEqual({ kind: "deferred" });
    await stage.create("p");
    expect(await stage.send({ id: "e1", promise: "p", data })).toMatchObject({ outcome: "settled" });
  });

  it("takes so many events in a minute; what is not signed takes none of them", async () => {
    await stage.make("slow", { eventsPerMinuteMax: 2 });
    await stage.create("p");
    for (let at = 0; at < 5; at++) {
      await stage.receiver.receive("slow", sentBy({ id: "x" }, "somebody else's secret"), stage.request());
    }
    expect(await stage.send({ id: "e1", promise: "p" }, "slow")).toMatchObject({ outcome: "settled" });
    expect(await stage.send({ id: "e1", promise: "p" }, "slow")).toMatchObject({ outcome: "duplicate" });
    const another = hookStage(opened.store, {}, stage.clock);
    const [{ id = "" } = {}] = (await stage.hooks.get("slow", stage.request())).secrets;
    await another.secrets.put({ hook: "slow", id }, secret, { roundTrips: 0 });
    const tooMany = {
      code: "tooManyRequests",
      details: { limit: "eventsPerMinuteMax", perMinuteMax: 2, waitMs: 20_000 },
    };
    for (let at = 0; at < 20; at++) {
      for (const each of [stage, another]) {
        await expect(each.send({ id: "e1", promise: "p" }, "slow")).rejects.toMatchObject(tooMany);
      }
    }
    stage.clock.now += hookLimits.countedEveryMs;
    await expect(stage.send({ id: "e1", promise: "p" }, "slow")).rejects.toMatchObject({ code: "tooManyRequests" });
    const deferred = (await stage.hooks.events("slow", stage.request())).filter(
      ({ outcome }) => outcome === "deferred",
    );
    expect(deferred[0]).toMatchObject({ reason: "there were more than 2 events in a minute", count: 20 });
    expect(deferred.length).toBeLessThanOrEqual(3);
    stage.clock.now += 10_000;
    expect(await stage.send({ id: "e1", promise: "p" }, "slow")).toMatchObject({ outcome: "duplicate" });
  });

  it("refuses a body that is larger than it takes, before anything is made of it", async () => {
    await stage.make("small", { bodyBytesMax: 20 });
    const answer = await stage.send({ id: "e1", promise: "p".repeat(20) }, "small");
    expect(answer).toEqual({ kind: "tooLarge", bytesMax: 20 });
    expect(await stage.outcomes("small")).toEqual(["refused"]);
  });

  it("answers what is not signed as if it were not there, whatever its size: unless its owner has chosen another", async () => {
    await stage.make("small", { bodyBytesMax: 20 });
    await stage.make("large", { bodyBytesMax: hookLimits.bodyBytesMax });
    const { bodyBytesDefault } = hookLimits;
    const answers = async (bytes: number, names: readonly string[]) => {
      const sent = sentBy({ id: "e1" }, "another's secret", { body: new Uint8Array(bytes) });
      return Promise.all(names.map((name) => stage.receiver.receive(name, sent, stage.request())));
    };
    const [refused, tooLarge] = [{ kind: "refused" }, { kind: "tooLarge", bytesMax: bodyBytesDefault }];
    const alike = ["h", "nobody", "No Name"];
    expect(await answers(bodyBytesDefault, alike)).toEqual([refused, refused, refused]);
    expect(await answers(bodyBytesDefault + 1, alike)).toEqual([tooLarge, tooLarge, tooLarge]);
    expect(await answers(21, ["small", "nobody"])).toEqual([{ kind: "tooLarge", bytesMax: 20 }, refused]);
    expect(await answers(bodyBytesDefault + 1, ["large"])).toEqual([refused]);
  });

  it("changes its secret with an overlap, or at once", async () => {
    const next = "the secret that comes after";
    const by = (each: string) => stage.receiver.receive("h", sentBy({ id: each, ignore: true }, each), stage.request());
    const { secrets } = await stage.hooks.addSecret("h", { secret: next, overlapMs: 1_000 }, stage.request());
    expect(secrets.map(({ endsAt }) => endsAt)).toEqual([stage.clock.now + 1_000, undefined]);
    expect([(await by(secret)).kind, (await by(next)).kind]).toEqual(["taken", "taken"]);
    stage.clock.now += 1_000;
    expect([(await by(secret)).kind, (await by(next)).kind]).toEqual(["refused", "taken"]);
    const [old, live] = secrets.map(({ id }) => id) as [string, string];
    await stage.hooks.addSecret("h", { secret: "yet another one, as long", overlapMs: 1_000 }, stage.request());
    expect(await stage.secrets.get({ hook: "h", id: old }, { roundTrips: 0 })).toBeUndefined();
    await stage.hooks.endSecret("h", live, stage.request());
    expect((await by(next)).kind).toBe("refused");
    await expect(stage.hooks.endSecret("h", live, stage.request())).rejects.toMatchObject({ code: "secretNotFound" });
  });

  it("has no secret that its provider could not sign with", async () => {
    const definition = { provider: "standard" };
    const problem = "must be at least 16 bytes in base64, with whsec_ in front or without";
    const given = "a text that is not base64";
    await expect(stage.make("s", { definition, secrets: [given] })).rejects.toMatchObject({
      details: { violations: [{ field: "secrets.0", message: `secrets.0 ${problem}` }] },
    });
    await stage.make("s", { definition, secrets: ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] });
    await expect(stage.hooks.addSecret("s", { secret: given, overlapMs: 0 }, stage.request())).rejects.toMatchObject({
      details: { violations: [{ field: "secret", message: `secret ${problem}` }] },
    });
    expect((await stage.hooks.get("s", stage.request())).secrets).toHaveLength(1);
  });

  it("is not changed by whoever names secrets with a version: they are added elsewhere", async () => {
    const seen = await stage.hooks.get("h", stage.request());
    const { version } = seen;
    await expect(stage.make("h", { version, keepMs: 5 })).rejects.toMatchObject({
      code: "invalid",
      details: { violations: [{ field: "secrets", message: expect.stringContaining("of a new hook only") }] },
    });
    expect(await stage.hooks.get("h", stage.request())).toEqual(seen);
    await stage.make("h", { version, keepMs: 5, secrets: undefined });
    expect(await stage.hooks.get("h", stage.request())).toMatchObject({ keepMs: 5, secrets: seen.secrets });
  });

  it("shows what a request would do, and does not do it", async () => {
    await stage.create("p");
    const dry = (told: Parameters<typeof sentBy>[0], by?: string) =>
      stage.receiver.dryRun("h", sentBy(told, by), stage.request());
    const foreseen = { verified: true, settlement: { promiseId: "p", state: "resolved", value: { data: "x" } } };
    expect(await dry({ id: "e1", promise: "p", data: "x" })).toMatchObject({ ...foreseen, outcome: "settled" });
    expect(await dry({ id: "e1", promise: "q" })).toMatchObject({ outcome: "kept" });
    expect(await dry({ id: "e1" })).toMatchObject({ verified: true, outcome: "unusable" });
    expect(await dry({ id: "e1", promise: "p" }, "another")).toMatchObject({ verified: false, outcome: "refused" });
    expect(await get("p")).toMatchObject({ state: "pending" });
    expect([await count(), await stage.outcomes()]).toEqual([0, []]);
    await stage.send({ id: "e1", promise: "p", data: "x" });
    expect(await dry({ id: "e1", promise: "p", data: "x" })).toMatchObject({ outcome: "duplicate" });
    expect(await dry({ id: "e2", promise: "p" })).toMatchObject({ outcome: "late", promiseState: "resolved" });
  });

  it("takes every secret that is added or ended while others are", async () => {
    const added = ["first", "second", "third"].map((name) => `${name} secret of many characters`);
    const overlapMs = 60_000;
    await Promise.all(added.map((each) => stage.hooks.addSecret("h", { secret: each, overlapMs }, stage.request())));
    const { secrets } = await stage.hooks.get("h", stage.request());
    expect(secrets.map(({ endsAt }) => endsAt).sort()).toEqual([
      ...Array(3).fill(stage.clock.now + overlapMs),
      undefined,
    ]);
    const ids = secrets.map(({ id }) => id);
    for (const [at, each] of added.entries()) {
      const id = ids.find((some) => some === secretId("h", each)) ?? "";
      expect(await stage.secrets.get({ hook: "h", id }, { roundTrips: 0 }), String(at)).toBe(each);
    }
    await Promise.all(ids.slice(0, 3).map((id) => stage.hooks.endSecret("h", id, stage.request())));
    expect((await stage.hooks.get("h", stage.request())).secrets.map(({ id }) => id)).toEqual(ids.slice(3));
  });

  it("is written by one of those who change it at once, and takes its secrets along when it goes", async () => {
    const { version } = await stage.hooks.get("h", stage.request());
    const change = (keepMs: number) =>
      stage.hooks.put({ name: "h", definition: { provider: "hmac" }, keepMs, version }, stage.request());
    const ended = await Promise.allSettled([change(1), change(2), change(3)]);
    expect(ended.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(ended.find(({ status }) => status === "rejected")).toMatchObject({ reason: { code: "hookExists" } });
    const { secrets } = await stage.hooks.get("h", stage.request());
    const name = { hook: "h", id: secrets[0]?.id ?? "" };
    expect(await stage.secrets.get(name, { roundTrips: 0 })).toBe(secret);
    expect(sign("x")).toHaveLength(64);
    await stage.hooks.remove("h", stage.request());
    expect(await stage.secrets.get(name, { roundTrips: 0 })).toBeUndefined();
    await expect(stage.hooks.get("h", stage.request())).rejects.toMatchObject({ code: "hookNotFound" });
  });

  it("completes 1,000 promises once each by 3,000 deliveries at once, of which some come before their promise", async () => {
    const clock = stageClock();
    const processes = [hookStage(opened.store, {}, clock), hookStage(opened.store, {}, clock)];
    for (const each of processes) {
      await each.secrets.put(
        { hook: "h", id: (await each.hooks.get("h", each.request())).secrets[0]?.id ?? "" },
        secret,
        {
          roundTrips: 0,
        },
      );
    }
    const ids = Array.from({ length: 1_000 }, (_, at) => `order/${at}`);
    const atOnce = 40;
    const outcomes: string[] = [];
    for (let from = 0; from < ids.length; from += atOnce) {
      const some = ids.slice(from, from + atOnce);
      await Promise.all(
        some.flatMap((id, at) => [
          (processes[at % 2] as HookStage).create(id),
          ...[0, 1, 2].map(async (times) => {
            const answer = await (processes[times % 2] as HookStage).send({ id: `evt ${id}`, promise: id, data: id });
            outcomes.push(answer.kind === "taken" ? answer.outcome : answer.kind);
          }),
        ]),
      );
    }
    await Promise.all(processes.map((each) => each.idle()));
    const images = await opened.store.read(ids, { roundTrips: 0 });
    expect(images.filter(({ state, value }) => state === "resolved" && value.data !== undefined)).toHaveLength(1_000);
    expect(images.every(({ id, value }) => value.data === id)).toBe(true);
    expect(outcomes).toHaveLength(3_000);
    expect(outcomes.filter((outcome) => !["settled", "duplicate", "kept"].includes(outcome))).toEqual([]);
    expect(await count()).toBe(0);
  });
});
