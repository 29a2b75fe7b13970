/**
 * Ids in bodies, paths and searches (`protocol/rest.md` 9): whatever text an id is, and however it is escaped, it names
 * one promise.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, ownUrl } from "../support/door.ts";
import { expectRefusal } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { escapes } from "./escapes.ts";

const timeout = 9e15;
const sameKey = { "idempotency-key": "k" };

const ids = [
  "plain",
  "purchase/user/1/song/42",
  "/leads",
  "trails/",
  "//",
  "a//b",
  "/",
  "with space",
  " ",
  "colon:ed",
  "a+b",
  "a&b=c",
  "#anchor",
  "what?",
  "semi;colon",
  'quote"d',
  "back\\slash",
  "ünïcødé",
  "日本語",
  "\u{1f600}",
  "e\u0301",
  "tab\tbed",
  "line\nbroken",
  "50%",
  "%2F",
  "%252F",
  "%",
  "%zz",
  "100%25",
  ".",
  "..",
  "../up",
  "a/../b",
  "a/./b",
  "...",
  "subscribe",
  "subscribe/x",
  "task",
  "callback",
  "*",
  "a*b",
  "__proto__",
  "constructor",
  "undefined",
  "null",
  "promises/x",
  "https://else.where/promises/x",
  "urn:uuid:6ba7b810",
  "x".repeat(1_000),
];

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  const locations = new Map<string, string>();

  beforeAll(async () => {
    door = await openDoor(open);
    for (const id of ids) {
      const { status, headers } = await door.ask("POST", "/promises", { id, timeout });
      expect([id, status]).toEqual([id, 201]);
      locations.set(id, headers.get("location") ?? "");
      expect(locations.get(id)).toMatch(/^http:\/\/promises\.test\/promise(s\/|\?id=)[\x21-\x7e]+$/);
    }
  });
  afterAll(() => door.close());

  describe.each(escapes)("a path %s", (_form, write) => {
    it.each(ids)("reads the promise %j", async (id) => {
      const { status, body } = await door.ask("GET", `/promises/${write(id)}`);
      expect({ status, id: body.id }).toEqual({ status: 200, id });
    });

    it.each(ids)("completes the promise %j and no other", async (id) => {
      const completed = await door.ask("PATCH", `/promises/${write(id)}`, { state: "REJECTED" }, sameKey);
      expect([200, 201]).toContain(completed.status);
      expect(completed.body).toMatchObject({ id, state: "REJECTED" });
      const image = await door.store.get(id, { roundTrips: 0 });
      expect(image).toMatchObject({ id, state: "rejected" });
    });
  });

  it.each(ids)("a query reads and completes the promise %j", async (id) => {
    const path = `/promise?id=${encodeURIComponent(id)}`;
    expect((await door.ask("GET", path)).body.id).toBe(id);
    const completed = await door.ask("PATCH", path, { state: "REJECTED" }, sameKey);
    expect(completed).toMatchObject({ body: { id, state: "REJECTED" } });
    const recv = "https://example.com/hook";
    const subscribed = await door.ask("POST", path.replace("?", "/subscribe?"), { id: "s", timeout, recv });
    expect(subscribed).toMatchObject({ status: 200, body: { promise: { id } } });
  });

  it("a query reads and deletes a schedule", async () => {
    const id = "a//b?c";
    const path = `/schedule?id=${encodeURIComponent(id)}`;
    const schedule = { id, cron: "@daily", promiseId: "p-{{.timestamp}}", promiseTimeout: 1_000 };
    await door.ask("POST", "/schedules", schedule);
    expect(await door.ask("GET", path)).toMatchObject({ status: 200, body: { id } });
    expect((await door.ask("DELETE", path)).status).toBe(204);
    expect((await door.ask("GET", path)).status).toBe(404);
  });

  it.each([
    "/promise",
    "/promise?id=a&id=b",
    "/promise?id=%zz",
    "/promise?id=%ff",
    "/promise?ID=a",
    "/promise/subscribe",
    "/schedule?",
  ])("a query that names none, or not one alone, is refused: %s", async (path) => {
    const reply = await door.ask("POST", path, {});
    expectRefusal(reply, 400, 40000);
    expect(reply.body.error.details[0].message).toBe(
      "id is required in the query, once: UTF-8, escaped by percent signs",
    );
  });

  it.each([
    ["l plain", "/promises/l%20plain"],
    ["l/a/b", "/promises/l/a/b"],
    ["l?", "/promise?id=l%3F"],
    ["l50%", "/promise?id=l50%25"],
    ["l//b", "/promise?id=l%2F%2Fb"],
    ["/l", "/promise?id=%2Fl"],
    ["l/", "/promise?id=l%2F"],
    ["l#1", "/promise?id=l%231"],
    ["l/../b", "/promise?id=l%2F..%2Fb"],
  ])("the location of %j is %s: what paths do not carry is in the query", async (name, path) => {
    const { status, headers } = await door.ask("POST", "/promises", { id: name, timeout }, sameKey);
    expect([status, headers.get("location")]).toEqual([201, ownUrl + path]);
  });

  it.each(ids)("the location of %j reads it", async (id) => {
    const location = locations.get(id) ?? "";
    expect((await door.ask("GET", location.slice(ownUrl.length))).body.id).toBe(id);
  });

  it.each(ids.filter((id) => !id.includes("*")))("a search for %j finds it alone", async (id) => {
    const { body } = await door.ask("GET", `/promises?id=${encodeURIComponent(id)}`);
    expect(body.promises.map((found: { id: string }) => found.id)).toEqual([id]);
  });

  it("ids that differ in a slash, a case, an escape or a normal form are different promises", async () => {
    for (const path of ["plain/", "Plain", "plai", "a/b", "b", "%2525", "%C3%A9", "trails"]) {
      expectRefusal(await door.ask("GET", `/promises/${path}`), 404, 40400);
    }
  });

  it("the first words of other routes are ids to a read", async () => {
    for (const id of ["subscribe", "task", "callback", "subscribe/x"]) {
      expect((await door.ask("GET", `/promises/${id}`)).body.id).toBe(id);
    }
  });

  it.each(["%", "%2", "%zz", "%ff", "%c3", "a%E0%A4", "%ed%a0%80"])(
    "a path that ends in %j is refused, whoever asks",
    async (rest) => {
      for (const [method, body] of [["GET"], ["PATCH", { state: "RESOLVED" }], ["POST", {}], ["DELETE"]] as const) {
        const reply = await door.ask(method, `/promises/${rest}`, body);
        expectRefusal(reply, 400, 40000);
        expect(reply.body.error.details[0].message).toMatch(/^path /);
      }
    },
  );

  it.each([
    ["GET", undefined],
    ["PATCH", { state: "RESOLVED" }],
  ] as const)("a %s of the empty id names no promise", async (method, body) => {
    const reply = await door.ask(method, "/promises/", body);
    expect([400, 404]).toContain(reply.status);
    expectRefusal(reply, reply.status, reply.status * 100);
  });

  it.each(["a%00b", "x".repeat(1_001), "%C3%BC".repeat(501)])("no promise can have an id like %.20s", async (id) => {
    for (const reply of [
      await door.ask("GET", `/promises/${id}`),
      await door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED" }),
      await door.ask("POST", "/promises", { id: decodeURIComponent(id), timeout }),
      await door.ask("GET", `/promises?id=${id}`),
    ]) {
      expectRefusal(reply, 400, 40000);
      expect(reply.body.error.details[0].message).toMatch(/^id must /);
    }
  });
});
