/** Composites through both doors: what is a rule, how ids in it are named, and what is told where it cannot be followed. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compositeLimits } from "#lib/core/index.ts";
import { type Door, openDoor, ownUrl } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";

const timeout = 9_000_000_000_000;
const tag = "resonate:composite";

describe("A composite", () => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor(openSqlite);
    for (const id of ["a", "b", "c d"]) {
      await door.ask("POST", "/promises", { id, timeout });
    }
  });
  afterAll(() => door.close());

  const compose = (id: string, composite: unknown) => door.ask("POST", "/promises", { id, timeout, composite });
  const tagged = (id: string, rule: string) => door.ask("POST", "/promises", { id, timeout, tags: { [tag]: rule } });
  const rpc = async (id: string, rule: unknown, more: object = {}) => {
    const data = { id, timeoutAt: timeout, tags: { [tag]: JSON.stringify(rule), ...more } };
    const head = { corrId: "1", version: "2026-04-01" };
    return (await door.ask("POST", "/", { kind: "promise.create", head, data })).body;
  };
  const ruleIn = (tags: Record<string, string>) => JSON.parse(tags[tag] ?? "");

  it("is the same through each way that creates it, its members canonical, and nothing in its rule left open", async () => {
    const of = [`${ownUrl}/promises/a`, "b"];
    const kept = { of: ["a", "b"], need: 2, losers: "cancel", missing: "refuse", encoding: "json" };
    expect(ruleIn((await compose("rest", { of, need: "all" })).body.tags)).toEqual(kept);
    expect(ruleIn((await tagged("tag", JSON.stringify({ of, need: 2 }))).body.tags)).toEqual(kept);
    const { data } = await rpc("rpc", { of, need: "all", losers: "keep" });
    expect(ruleIn(data.promise.tags)).toEqual({ ...kept, losers: "keep", encoding: "sdk" });
  });

  it.each([
    ["no list", { need: 1 }, "composite.of must be a list"],
    ["no members", { of: [], need: 1 }, "composite must name its members: of, a list of ids"],
    ["a number", { of: [7], need: 1 }, "composite.of.0 must be an id, or an object with an id"],
    ["an empty id", { of: [""], need: 1 }, "composite must have no member whose id is required"],
    ["one twice", { of: ["a", "b", "a"], need: 1 }, "composite must name each member once"],
    [
      "one twice, once by its URL",
      { of: ["a", `${ownUrl}/promises/a`], need: 1 },
      "composite must name each member once",
    ],
    ["itself", { of: ["self"], need: 1 }, "composite must not have itself as a member"],
    [
      "a need of nobody",
      { of: ["a"], need: 0 },
      'composite must say how many members it needs: need, from 1 to 1, or "all"',
    ],
    [
      "a need of more",
      { of: ["a"], need: 2 },
      'composite must say how many members it needs: need, from 1 to 1, or "all"',
    ],
    ["a word of its own", { of: ["a"], need: 1, losers: "kill" }, "composite.losers must be cancel or keep"],
    [
      "too many",
      { of: Array.from({ length: compositeLimits.membersMax + 1 }, (_, at) => `m${at}`), need: 1 },
      `composite must have at most ${compositeLimits.membersMax} members`,
    ],
    [
      "a composite as a member that is to be created",
      { of: [{ id: "inner", tags: { [tag]: "{}" } }], need: 1 },
      "member inner must not be a composite: create that one first",
    ],
    [
      "a member that cannot be created",
      { of: [{ id: "inner", tags: { "resonate:target": "nowhere" } }], need: 1 },
      "member inner: Invalid resonate:target address",
    ],
  ])("of %s is refused, and nothing is created", async (_what, composite, message) => {
    const { status, body } = await compose("self", composite);
    expect([status, body.error.code, body.error.details.map((each: { message: string }) => each.message)]).toEqual([
      400,
      40000,
      expect.arrayContaining([message]),
    ]);
    expect((await door.ask("GET", "/promises/self")).status).toBe(404);
    expect((await door.ask("GET", "/promises/inner")).status).toBe(404);
  });

  it.each(["", "[]", "7", "{", "null", '{"of":"a","need":1}', '{"of":["a"],"need":1,"encoding":"xml"}'])(
    "with the tag %j is refused",
    async (rule) => {
      expect((await tagged("self", rule)).status).toBe(400);
      expect((await door.ask("GET", "/promises/self")).status).toBe(404);
    },
  );

  it("has no task, is none of a schedule's, and not two rules", async () => {
    const target = { "resonate:target": "poll://any@g" };
    expect(await rpc("self", { of: ["a"], need: 1 }, target)).toMatchObject({ head: { status: 400 } });
    const both = { id: "self", timeout, composite: { of: ["a"], need: 1 }, tags: { [tag]: "{}" } };
    expect((await door.ask("POST", "/promises", both)).body.error.details[0].message).toBe(
      `composite must not stand beside the tag ${tag}`,
    );
    const schedule = { id: "s", cron: "* * * * *", promiseId: "s.{{.timestamp}}", promiseTimeout: 1_000 };
    const promiseTags = { [tag]: JSON.stringify({ of: ["a"], need: 1 }) };
    const { status, body } = await door.ask("POST", "/schedules", { ...schedule, promiseTags });
    expect([status, body.error.details[0].message]).toEqual([
      400,
      `promiseTags must not contain ${tag}: each promise would have the same members`,
    ]);
  });

  it("of somebody who is not there is told who that is, through each door in its own words", async () => {
    expect((await compose("self", { of: ["a", "nobody"], need: 1 })).body.error).toMatchObject({
      code: 40405,
      message: 'no such member: there is no promise "nobody"',
    });
    expect(await rpc("self", { of: ["nobody"], need: 1 })).toMatchObject({
      head: { status: 422 },
      data: "Member promise not found: nobody",
    });
  });

  it("whose deadline has passed is born timed out, and leaves its members alone", async () => {
    const composite = { of: ["a", { id: "unborn" }], need: 1 };
    const { status, body } = await door.ask("POST", "/promises", { id: "late", timeout: 1, composite });
    expect([status, body.state]).toEqual([201, "REJECTED_TIMEDOUT"]);
    expect((await door.ask("GET", "/promises/a")).body.state).toBe("PENDING");
    expect((await door.ask("GET", "/promises/unborn")).status).toBe(404);
  });

  it("is created again by the same key, and refused with another", async () => {
    const body = { id: "again", timeout, composite: { of: [{ id: "again/1" }], need: 1 } };
    const answers = ["k", "k", "other"].map(
      async (key) => (await door.ask("POST", "/promises", body, { "idempotency-key": key })).status,
    );
    expect((await Promise.all(answers)).toSorted()).toEqual([200, 201, 409]);
  });
});
