/** The routes of schedules: what they take, refuse, repeat and list. When schedules run is told by firing.test.ts. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, ownUrl, type Reply } from "../support/door.ts";
import { expectInvalid, expectRefusal } from "../support/refusal.ts";
import { everyStore, openSqlite } from "../support/stores.ts";

const born = Date.parse("2026-11-25T12:34:56Z");
const least = { cron: "0 2 * * *", promiseId: "p.{{.timestamp}}", promiseTimeout: 60_000 };

const idsOf = ({ status, body }: Reply): string[] => {
  expect({ status, keys: Object.keys(body).sort() }).toEqual({ status: 200, keys: ["cursor", "schedules"] });
  return body.schedules.map(({ id }: { id: string }) => id);
};

describe.each(everyStore)("Over %s, a schedule", (_, open) => {
  let door: Door;
  let names = 0;
  const named = () => `s${names++}`;

  beforeAll(async () => {
    door = await openDoor(open);
    door.clock.now = born;
  });
  afterAll(() => door.close());

  it("is created, read, deleted, and then unknown", async () => {
    const sent = {
      ...least,
      id: "reports/nightly",
      description: "a report",
      timezone: "Asia/Tokyo",
      tags: { team: "a" },
      promiseParam: { headers: { h: "1" }, data: "go" },
      promiseTags: { "resonate:target": "poll://any@g" },
      unknown: 1,
    };
    const created = await door.ask("POST", "/schedules", sent, { "idempotency-key": "k" });
    const { unknown: _, ...kept } = sent;
    const nextRunTime = Date.parse("2026-11-26T02:00:00+09:00");
    expect(created).toMatchObject({ status: 201 });
    expect(created.body).toEqual({ ...kept, nextRunTime, idempotencyKey: "k", createdOn: born });
    for (const path of ["/schedules/reports/nightly", "/schedules/reports%2Fnightly"]) {
      expect((await door.ask("GET", path)).body).toEqual(created.body);
    }
    expect(await door.ask("DELETE", "/schedules/reports/nightly")).toMatchObject({ status: 204, body: null });
    expectRefusal(await door.ask("GET", "/schedules/reports/nightly"), 404, 40401);
    expectRefusal(await door.ask("DELETE", "/schedules/reports/nightly"), 404, 40401);
  });

  it("that leaves out what it may, or sends null for it, shows no field that is unset", async () => {
    const absent = { description: null, timezone: null, tags: null, promiseParam: null, promiseTags: null };
    for (const sent of [least, { ...least, ...absent }]) {
      const id = named();
      const { body } = await door.ask("POST", "/schedules", { ...sent, id });
      const nextRunTime = Date.parse("2026-11-26T02:00:00Z");
      const empty = { tags: {}, promiseParam: {}, promiseTags: {} };
      expect(body).toEqual({ ...least, id, ...empty, nextRunTime, createdOn: born });
    }
  });

  it("first runs strictly after its birth", async () => {
    const { body } = await door.ask("POST", "/schedules", { ...least, id: named(), cron: "56 34 12 * * *" });
    expect(body.nextRunTime).toBe(born + 24 * 60 * 60 * 1_000);
  });

  it.each([
    ["k", "k", 200],
    ["k", "l", 409],
    ["k", undefined, 409],
    [undefined, "k", 409],
    [undefined, undefined, 409],
    ["k", "", 409],
  ])(
    "made with the key %j and asked for again with %j is answered %d, strictly or not",
    async (first, second, status) => {
      const id = named();
      const headersOf = (key: string | undefined) => (key === undefined ? {} : { "idempotency-key": key });
      const made = await door.ask("POST", "/schedules", { ...least, id }, headersOf(first));
      for (const strict of ["true", "false", "no boolean"]) {
        const again = await door.ask(
          "POST",
          "/schedules",
          { ...least, cron: "@hourly", id },
          { ...headersOf(second), strict },
        );
        expect(again.status).toBe(status);
        if (status === 409) {
          expectRefusal(again, 409, 40901);
        } else {
          expect(again.body).toEqual(made.body);
        }
      }
    },
  );

  it("is made by exactly one of many requests at once", async () => {
    const id = named();
    const replies = await Promise.all(
      Array.from({ length: 10 }, (_, n) => door.ask("POST", "/schedules", { ...least, id, description: String(n) })),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, ...Array(9).fill(409)]);
    const made = replies.find(({ status }) => status === 201);
    expect((await door.ask("GET", `/schedules/${id}`)).body).toEqual(made?.body);
  });

  it("is found under the service's own URL, and answered in the form that was asked", async () => {
    const id = named();
    const own = `${ownUrl}/promises/${id}`;
    const sent = { ...least, id: own, promiseId: `${ownUrl}/promises/p/{{.timestamp}}` };
    expect((await door.ask("POST", "/schedules", sent)).body).toMatchObject({ id: own, promiseId: "p/{{.timestamp}}" });
    expect((await door.ask("GET", `/schedules/${id}`)).body).toMatchObject({ id, promiseId: "p/{{.timestamp}}" });
  });

  it("keeps the longest of all timeouts as one to the end of time", async () => {
    const { status, body } = await door.ask("POST", "/schedules", { ...least, id: named(), promiseTimeout: 2 ** 63 });
    expect({ status, promiseTimeout: body.promiseTimeout }).toEqual({ status: 201, promiseTimeout: 2 ** 53 - 1 });
  });
});

describe.each(everyStore)("Over %s, a search of schedules", (_, open) => {
  let door: Door;

  beforeAll(async () => {
    door = await openDoor(open);
    const create = (id: string, tags: object) => door.ask("POST", "/schedules", { ...least, id, tags });
    await Promise.all(
      ["b/1", "a", "b/2", "B/1", "b", "c/1"].map((id, n) => create(id, { even: String(n % 2 === 0), n: String(n) })),
    );
  });
  afterAll(() => door.close());

  it.each([
    ["*", ["B/1", "a", "b", "b/1", "b/2", "c/1"]],
    ["b/*", ["b/1", "b/2"]],
    ["*/1", ["B/1", "b/1", "c/1"]],
    ["b", ["b"]],
    ["B/1", ["B/1"]],
    ["none", []],
    [`${ownUrl}/promises/b/1`, [`${ownUrl}/promises/b/1`]],
  ])("for %s finds %j, in order of ids", async (id, found) => {
    const page = await door.ask("GET", `/schedules?${new URLSearchParams({ id })}`);
    expect(idsOf(page)).toEqual(found);
    expect(page.body.cursor).toBeNull();
  });

  it("by tags finds what has all of them", async () => {
    expect(idsOf(await door.ask("GET", "/schedules?id=*&tags[even]=true"))).toEqual(["b", "b/1", "b/2"]);
    expect(idsOf(await door.ask("GET", "/schedules?id=*&tags[even]=true&tags[n]=4"))).toEqual(["b"]);
    expect(idsOf(await door.ask("GET", "/schedules?id=b&tags[even]=false"))).toEqual([]);
  });

  it("goes on by its cursor, which carries the search, until it has shown everything once", async () => {
    const first = await door.ask("GET", "/schedules?id=*&tags[even]=true&limit=2");
    const found = idsOf(first);
    let { cursor } = first.body;
    while (cursor !== null) {
      const page = await door.ask("GET", `/schedules?cursor=${cursor}&id=none&limit=1000`);
      found.push(...idsOf(page));
      ({ cursor } = page.body);
    }
    expect(found).toEqual(["b", "b/1", "b/2"]);
  });

  it("takes no cursor of another search", async () => {
    await Promise.all(["p", "q"].map((id) => door.ask("POST", "/promises", { id, timeout: 9e15 })));
    const { body: promises } = await door.ask("GET", "/promises?id=*&limit=1");
    const { body: schedules } = await door.ask("GET", "/schedules?id=*&limit=1");
    const refused = "cursor must be one that a search has answered";
    expectInvalid(await door.ask("GET", `/schedules?cursor=${promises.cursor}`), refused);
    expectInvalid(await door.ask("GET", `/promises?cursor=${schedules.cursor}`), refused);
    expectInvalid(await door.ask("GET", `/messages?cursor=${schedules.cursor}`), refused);
    expectInvalid(await door.ask("GET", "/schedules?cursor=x"), refused);
  });

  it("tells of every parameter that cannot be understood", async () => {
    expectInvalid(
      await door.ask("GET", "/schedules?limit=101&tags=x"),
      "id is required: a pattern, or * for every schedule",
      "limit must be a whole number from 0 to 100, 0 for 100",
      "tags must be of the form tags[name]=value",
    );
  });
});

describe("A schedule that cannot be kept", () => {
  let door: Door;
  beforeAll(async () => {
    door = await openDoor(openSqlite);
  });
  afterAll(() => door.close());

  const cannot = "must be a whole number of milliseconds, from 0 to 9223372036854775807";

  it.each<[object, ...string[]]>([
    [{ id: "" }, "id is required"],
    [{ id: 1 }, "id must be a string"],
    [{ cron: undefined }, "cron must be a string"],
    [
      { cron: "" },
      "cron must have 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds in front",
    ],
    [{ cron: "0 0 30 2 *" }, "cron must name a moment that comes: no such day is in any year"],
    [{ timezone: "Mars" }, "timezone must be a name of the IANA time zone database, like Europe/Berlin"],
    [{ timezone: "" }, "timezone must be a name of the IANA time zone database, like Europe/Berlin"],
    [{ promiseId: "" }, "promiseId is required"],
    [{ promiseId: "{{.nothing}}" }, "promiseId is required"],
    [{ promiseTimeout: -1 }, `promiseTimeout ${cannot}`],
    [{ promiseTimeout: 0.5 }, `promiseTimeout ${cannot}`],
    [{ promiseTimeout: "1" }, `promiseTimeout ${cannot}`],
    [{ promiseParam: { data: 1 } }, "promiseParam.data must be a string"],
    [{ promiseTags: { a: 1 } }, "promiseTags must be an object whose values are strings"],
    [{ promiseTags: { "resonate:target": "nowhere" } }, "Invalid resonate:target address"],
    [
      { promiseTags: { "resonate:target": "poll://any@g", "resonate:delay": "1" } },
      "promiseTags must not contain resonate:delay: the schedule says when",
    ],
    [
      { cron: "x", promiseId: "x".repeat(1_001) },
      "promiseId must be at most 1000 bytes of UTF-8",
      "cron must have 5 fields (minute, hour, day of month, month, day of week), or 6 with seconds in front",
    ],
  ])("is refused for %j, in its own words", async (fields, ...messages) => {
    expectInvalid(await door.ask("POST", "/schedules", { id: "s", ...least, ...fields }), ...messages);
    expectRefusal(await door.ask("GET", "/schedules/s"), 404, 40401);
  });

  it("is refused for a param that is too large, and nothing is written", async () => {
    const reply = await door.ask("POST", "/schedules", {
      id: "s",
      ...least,
      promiseParam: { data: "x".repeat(2_500_000) },
    });
    expectRefusal(reply, 413, 41300);
    expect(reply.body.error.message).toBe("promiseParam must be at most 2500000 bytes of JSON");
    expectRefusal(await door.ask("GET", "/schedules/s"), 404, 40401);
  });
});
