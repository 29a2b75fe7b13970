/** What bodies may say: every breach is refused with a word on each field at fault, and changes nothing. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../support/door.ts";
import { expectInvalid } from "../support/refusal.ts";
import { openSqlite } from "../support/stores.ts";

const timeout = 9e15;

let door: Door;
let pending: unknown;

const imageOf = (id: string) => door.store.get(id, { roundTrips: 0 });

beforeEach(async () => {
  door = await openDoor(openSqlite);
  await door.ask("POST", "/promises", { id: "pending", timeout });
  pending = await imageOf("pending");
});
afterEach(() => door.close());

const momentRule = "timeout must be a whole number of milliseconds since the epoch, from 0 to 9223372036854775807";
const stateRule = "state must be RESOLVED, REJECTED or REJECTED_CANCELED";
const mapRule = "must be an object whose values are strings";

describe("a create", () => {
  it.each<[object, ...string[]]>([
    [{}, "id must be a string", momentRule],
    [{ id: "new" }, momentRule],
    [{ timeout }, "id must be a string"],
    [{ id: "", timeout }, "id is required"],
    ...[null, 1, true, [], {}].map((id): [object, string] => [{ id, timeout }, "id must be a string"]),
    ...[null, "1", 1.5, -1, true, [], {}, 2 ** 64].map((moment): [object, string] => [
      { id: "new", timeout: moment },
      momentRule,
    ]),
    ...["text", 1, true, []].map((param): [object, string] => [
      { id: "new", timeout, param },
      "param must be an object",
    ]),
    ...["text", 1, [], ["a"], { a: 1 }, { a: null }, { a: {} }].flatMap((map): [object, string][] => [
      [{ id: "new", timeout, tags: map }, `tags ${mapRule}`],
      [{ id: "new", timeout, param: { headers: map } }, `param.headers ${mapRule}`],
    ]),
    ...[1, true, [], {}].map((data): [object, string] => [
      { id: "new", timeout, param: { data } },
      "param.data must be a string",
    ]),
    [
      { id: 1, timeout: "x", param: 1, tags: 1 },
      "id must be a string",
      momentRule,
      "param must be an object",
      `tags ${mapRule}`,
    ],
  ])("of %j is refused, each field named", async (body, ...messages) => {
    expectInvalid(await door.ask("POST", "/promises", body), ...messages);
    expect(await imageOf("new")).toBeUndefined();
    expect(await imageOf("")).toBeUndefined();
  });

  it.each([
    [{ param: null, tags: null }, {}],
    [{ param: {} }, {}],
    [{ param: { headers: null, data: null } }, {}],
    [{ param: { data: "" } }, { param: { data: "" } }],
    [{ param: { headers: {} } }, { param: { headers: {} } }],
    [
      { param: { data: "x", more: 1 }, more: { any: "thing" }, state: "RESOLVED", createdOn: 1 },
      { param: { data: "x" } },
    ],
    [{ tags: { "": "" } }, { tags: { "": "" } }],
    [
      { param: { headers: { A: "1", a: "2" }, data: "not base64!" } },
      { param: { headers: { A: "1", a: "2" }, data: "not base64!" } },
    ],
  ])("with %j keeps what it knows, null being the same as absent", async (extra, kept) => {
    const { status, body } = await door.ask("POST", "/promises", { id: "new", timeout, ...extra });
    expect(status).toBe(201);
    expect(body).toEqual({
      ...{ id: "new", state: "PENDING", param: {}, value: {}, timeout, tags: {}, createdOn: door.clock.now },
      ...kept,
    });
    expect((await door.ask("GET", "/promises/new")).body).toEqual(body);
  });

  it("keeps names that JavaScript gives a meaning", async () => {
    const map = '{"__proto__":"a","constructor":"b","toString":"c"}';
    const body = `{"id":"new","timeout":${timeout},"tags":${map},"param":{"headers":${map}}}`;
    const { body: shown } = await door.ask("POST", "/promises", body);
    expect(JSON.stringify(shown.tags)).toBe(map);
    expect(JSON.stringify(shown.param.headers)).toBe(map);
  });

  it.each([
    ["tags", { tags: { "\ud800": "x" } }],
    ["tags", { tags: { x: "\udc00" } }],
    ["param.data", { param: { data: "a\ud800b" } }],
    ["param.headers", { param: { headers: { x: "\ud800" } } }],
    ["id", { id: "new\ud800" }],
  ])("whose %s holds half a character is refused", async (field, extra) => {
    const reply = await door.ask("POST", "/promises", { id: "new", timeout, ...extra });
    expectInvalid(reply, `${field} must be well-formed Unicode, without lone surrogates`);
    expect(await imageOf("new")).toBeUndefined();
  });
});

describe("a completion", () => {
  it.each<[object, ...string[]]>([
    [{}, stateRule],
    ...[
      "",
      "PENDING",
      "REJECTED_TIMEDOUT",
      "DONE",
      " RESOLVED",
      "toString",
      "__proto__",
      null,
      1,
      true,
      [],
      {},
      ["RESOLVED"],
    ].map((state): [object, string] => [{ state }, stateRule]),
    [{ state: "RESOLVED", value: "text" }, "value must be an object"],
    [{ state: "RESOLVED", value: { data: 1 } }, "value.data must be a string"],
    [{ state: "RESOLVED", value: { headers: { a: 1 } } }, `value.headers ${mapRule}`],
    [
      { state: "RESOLVED", value: { data: "\ud800" } },
      "value.data must be well-formed Unicode, without lone surrogates",
    ],
    [{ state: "x", value: 1 }, stateRule, "value must be an object"],
  ])("of %j is refused, each field named, and the promise stays as it is", async (body, ...messages) => {
    expectInvalid(await door.ask("PATCH", "/promises/pending", body), ...messages);
    expect(await imageOf("pending")).toEqual(pending);
  });

  it.each([
    ["resolved", "RESOLVED"],
    ["ReJeCtEd", "REJECTED"],
    ["rejected_CANCELED", "REJECTED_CANCELED"],
  ])("may write its state %s", async (state, shown) => {
    expect((await door.ask("PATCH", "/promises/pending", { state })).body.state).toBe(shown);
  });

  it("may have a value, unknown fields and nulls", async () => {
    const sent = { state: "RESOLVED", value: { headers: { a: "b" }, data: null, more: 1 }, id: "other", timeout: "x" };
    const { status, body } = await door.ask("PATCH", "/promises/pending", sent);
    expect({ status, id: body.id, value: body.value }).toEqual({
      status: 201,
      id: "pending",
      value: { headers: { a: "b" } },
    });
  });
});

describe.each([
  ["POST", "/promises"],
  ["PATCH", "/promises/pending"],
] as const)("the body of a %s %s", (method, path) => {
  it.each(["", "{", "nothing", '{"id":"new",}', "{'id':'new'}", "\u0000", '{"id":"new"}}', "NaN"])(
    "is refused where it is no JSON: %j",
    async (body) => {
      expectInvalid(await door.ask(method, path, body), "body must be JSON in UTF-8");
      expect([await imageOf("new"), await imageOf("pending")]).toEqual([undefined, pending]);
    },
  );

  it("is refused where it is no UTF-8, instead of being kept as something else", async () => {
    const body = Buffer.from('{"id":"new","timeout":1,"state":"RESOLVED","param":{"data":"\xff"}}', "latin1");
    expectInvalid(await door.ask(method, path, body), "body must be JSON in UTF-8");
    expect([await imageOf("new"), await imageOf("pending")]).toEqual([undefined, pending]);
  });

  it("is refused where it is not there", async () => {
    expectInvalid(await door.ask(method, path), "body must be JSON in UTF-8");
  });

  it.each(["[]", "null", "1", "true", '"text"', "[[]]", '[{"id":"new"}]'])(
    "is refused where it is no object: %s",
    async (body) => {
      expectInvalid(await door.ask(method, path, body), "body must be an object");
      expect([await imageOf("new"), await imageOf("pending")]).toEqual([undefined, pending]);
    },
  );

  it("is refused, not followed, where it nests deeper than anything reads", async () => {
    const reply = await door.ask(method, path, `${"[".repeat(200_000)}${"]".repeat(200_000)}`);
    expect(reply.status).toBe(400);
  });

  it.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=latin1",
    "nonsense",
    "",
  ])("is taken as JSON when it is called %j", async (type) => {
    const reply = await door.ask(method, path, { id: "new", timeout, state: "RESOLVED" }, { "content-type": type });
    expect(reply.status).toBe(201);
  });
});
