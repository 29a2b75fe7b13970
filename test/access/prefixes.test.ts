/**
 * A caller that may name ids of one prefix tries every other id, in every place and in every spelling. It must be told
 * 403 whether the id is there or not, and nothing may have come of it.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openDynamo, openSqlite } from "../support/stores.ts";
import { attempts, own, secret, settle } from "./attempts.ts";
import { type Guarded, isForbidden, openGuarded, ownUrl } from "./guarded.ts";

/** Ids outside that look as if they were inside, to somebody. */
const outside = [
  "theirs/p",
  "mine",
  "mine.p",
  "Mine/p",
  "MINE/p",
  " mine/p",
  "/mine/p",
  "./mine/p",
  "theirs/../mine/p",
  "mine%2Fp",
  "mine%2fp",
  "mine\\p",
  "mine\u2215p",
  "mine\uff0fp",
  "m\u0456ne/p",
  "mi\u0301ne/p",
  "\u200bmine/p",
  "mine\u00ad/p",
  "\ufeffmine/p",
  "m\u0131ne/p",
  `https://elsewhere.test/promises/${own}p`,
  `${ownUrl}.evil/promises/${own}p`,
  `${ownUrl}/schedules/${own}p`,
  `x${ownUrl}/promises/${own}p`,
  // The service's own URL in front names the same promise.
  `${ownUrl}/promises/theirs/p`,
  `promises.test/promises/theirs/p`,
  `HTTP://PROMISES.TEST/promises/theirs/p`,
  `${ownUrl}/promises/${ownUrl}/promises/theirs/p`,
  `${ownUrl}/promises/promises.test/promises/mine`,
  // So it does with escapes, each decoded once, and in a query.
  `${ownUrl}/promises/theirs%2Fp`,
  `${ownUrl}/promises/%74heirs/p`,
  `${ownUrl}/promises/mine%252Fp`,
  `${ownUrl}/promises/${encodeURIComponent(`${ownUrl}/promises/theirs%2Fp`)}`,
  `${ownUrl}/promise?id=theirs%2Fp`,
  `promises.test/promise?from=mine/p&id=theirs/p`,
  `${ownUrl}/promise?id=mine/p&id=theirs/p`,
  `${ownUrl}/promise?id=${encodeURIComponent("promises.test/promise?id=theirs/p")}`,
];

/** Ids inside, in all their spellings. */
const inside = [
  "mine/p",
  "mine/",
  "mine/../theirs/p",
  "mine/%2e%2e/theirs",
  `${ownUrl}/promises/mine/p`,
  "promises.test/promises/mine/p",
  `${ownUrl}/promises/promises.test/promises/mine/p`,
  `${ownUrl}/promises/mine%2Fp`,
  `promises.test/promise?id=%6Dine%2Fp`,
  `${ownUrl}/promise?from=theirs/p&id=mine/p`,
];

const stored = ["theirs/p", "mine", "mine/w", "mine/p"];

describe.each([
  ["SQLite", openSqlite],
  ["DynamoDB", openDynamo],
])("Over %s, a caller of one prefix", (_, open) => {
  let guarded: Guarded;
  let key: string;
  let admin: string;

  beforeAll(async () => {
    guarded = await openGuarded({ open });
    admin = await guarded.keyFor({ verbs: ["admin"] });
    key = await guarded.keyFor({ prefix: own });
    await settle(guarded, admin, stored);
  });
  afterAll(() => guarded.close());

  /** All that there is, as an administrator sees it. */
  const everything = async () => {
    const lists = ["promise.search", "task.search", "schedule.search"];
    return Promise.all(lists.map(async (kind) => (await guarded.rpc(admin, kind, { limit: 1_000 })).body.data));
  };

  it.each(attempts)("is refused every id outside with %s, and nothing comes of it", async (_, attempt) => {
    const before = await everything();
    for (const id of outside) {
      const answer = await attempt(guarded, key, id);
      const seen = { id, isForbidden: isForbidden(answer), isSecret: answer.text.includes(secret) };
      expect(seen).toEqual({ id, isForbidden: true, isSecret: false });
    }
    expect(await everything()).toEqual(before);
  });
});

describe.each(attempts)("With %s", (_, attempt) => {
  let guarded: Guarded;
  beforeAll(async () => {
    guarded = await openGuarded();
    await settle(guarded, await guarded.keyFor({ verbs: ["admin"] }), stored);
  });
  afterAll(() => guarded.close());

  it("a caller of one prefix is not refused an id inside, however it is spelled", async () => {
    const key = await guarded.keyFor({ prefix: own });
    for (const id of inside) {
      expect({ id, isForbidden: isForbidden(await attempt(guarded, key, id)) }).toEqual({ id, isForbidden: false });
    }
  });

  it("neither an administrator nor a caller of every prefix is refused any id", async () => {
    for (const key of [await guarded.keyFor({ verbs: ["admin"], prefix: "x" }), await guarded.keyFor()]) {
      expect(isForbidden(await attempt(guarded, key, "theirs/q"))).toBe(false);
    }
  });
});

describe("A refusal", () => {
  it("is told by each door in its own form, and echoes what was asked", async () => {
    const guarded = await openGuarded();
    const key = await guarded.keyFor({ prefix: own });
    const rest = await guarded.ask(key, "GET", "/promises/theirs");
    expect(rest.body).toEqual({
      error: { code: 40310, message: "the credential does not allow this", details: [] },
    });
    expect((await guarded.rpc(key, "promise.get", { id: "theirs" })).body).toEqual({
      kind: "promise.get",
      head: { corrId: "c", status: 403, version: "2026-04-01" },
      data: "Forbidden",
    });
    guarded.close();
  });
});

describe("A prefix", () => {
  it.each([
    ["", "anything", true],
    ["a", "ab", true],
    ["a", "a", true],
    ["a/", "a", false],
    ["a/", "a/", true],
    ["a/", "ab/", false],
    ["a.", "ab", false],
    ["\u{1f600}", "\u{1f600}x", true],
    ["\u{1f600}", "\u{1f601}", false],
    ["é", "e\u0301", false],
  ])("of %j lets %j be named: %s", async (prefix, id, isAllowed) => {
    const guarded = await openGuarded();
    const { status } = await guarded.rpc(await guarded.keyFor({ prefix }), "promise.get", { id });
    expect(status).toBe(isAllowed ? 404 : 403);
    guarded.close();
  });
});

describe("The template of a schedule's promises", () => {
  it.each([
    ["{{.id}}.{{.timestamp}}", 200],
    ["{{ .id }}", 200],
    ["mine/{{.timestamp}}", 200],
    ["{{.id}}/../../theirs", 200],
    [`${ownUrl}/promises/mine/{{.timestamp}}`, 200],
    [`${ownUrl}/promises/mine%2F{{.timestamp}}`, 200],
    [`${ownUrl}/promise?id=%7B%7B.id%7D%7D`, 200],
    ["{{.timestamp}}", 403],
    ["{{.timestamp}}mine/", 403],
    ["{{.nothing}}mine/x", 403],
    ["{{.nothing}}theirs/x", 403],
    ["min{{.nothing}}e/x", 403],
    ["theirs/{{.id}}", 403],
    ["{{.timestamp}}{{.id}}", 403],
    [" {{.id}}", 403],
    ["{{{.id}}}", 403],
    ["mine{{.timestamp}}/", 403],
    [`${ownUrl}/promises/theirs/{{.id}}`, 403],
    ["promises.test/promises/{{.timestamp}}", 403],
    [`${ownUrl}/promises/theirs%2F{{.id}}`, 403],
    [`${ownUrl}/promise?id=%7B%7B.timestamp%7D%7Dmine/`, 403],
  ])("%j is judged by what all its ids begin with: %i", async (promiseId, status) => {
    const guarded = await openGuarded();
    const key = await guarded.keyFor({ prefix: own });
    const plan = {
      id: "mine/s",
      cron: "* * * * *",
      promiseId,
      promiseTimeout: 1,
      promiseTags: { "resonate:target": "poll://any@g" },
    };
    expect((await guarded.rpc(key, "schedule.create", plan)).status).toBe(status);
    const restful = await guarded.ask(key, "POST", "/schedules", { ...plan, id: "mine/r" });
    expect(restful.status).toBe(status === 200 ? 201 : status);
    for (const id of status === 200 ? ["mine/s", "mine/r"] : []) {
      const kept = await guarded.store.find({ of: "schedule", id }, { roundTrips: 0 });
      expect(kept?.promiseId).not.toContain("promises.test");
    }
    guarded.close();
  });
});

describe("What a schedule's promises all begin with", () => {
  it("is what each of them begins with", async () => {
    const fc = await import("fast-check");
    const { fixedFront, occurrence } = await import("#lib/core/index.ts");
    const piece = fc.constantFrom(
      "{{.id}}",
      "{{.timestamp}}",
      "{{",
      "}}",
      "{",
      "}",
      "{{ .id }}",
      "{{x}}",
      "a",
      "mine/",
      ".id",
    );
    const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
    fc.assert(
      fc.property(text, text, fc.nat(), (template, id, at) => {
        const plan = {
          id,
          cron: "",
          tags: {},
          promiseId: template,
          promiseTimeout: 0,
          promiseParam: {},
          promiseTags: {},
        };
        expect(occurrence(plan, at).id.startsWith(fixedFront(template, id))).toBe(true);
      }),
    );
  });
});
