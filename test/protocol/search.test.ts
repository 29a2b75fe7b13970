import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../support/door.ts";
import { expectInvalid } from "../support/refusal.ts";
import { everyStore, openSqlite } from "../support/stores.ts";
import { idsOf, query } from "./searching.ts";

describe.each(everyStore)("Over %s, a search by state and tags", (_, open) => {
  let door: Door;

  beforeAll(async () => {
    door = await openDoor(open);
    const { now } = door.clock;
    const make = async (id: string, tags: Record<string, string>, state?: string, timeout = 9e15) => {
      expect((await door.ask("POST", "/promises", { id, timeout, tags })).status).toBe(201);
      if (state !== undefined) {
        expect((await door.ask("PATCH", `/promises/${id}`, { state })).status).toBe(201);
      }
    };
    // All of one moment: only their ids order them.
    await make("p1", { team: "a" });
    await make("p2", { team: "a", "odd [name]": "x=&y" });
    await make("p3", { team: "b" }, "RESOLVED");
    await make("p4", { team: "a" }, "REJECTED");
    await make("p5", { team: "a" }, "REJECTED_CANCELED");
    await make("p6", { team: "a" }, undefined, now + 100);
    await make("p7", { team: "b", "resonate:timeout": "true" }, undefined, now + 100);
    await make("p8", { team: "A", "": "empty" });
    await make("p9", { "resonate:scope": "local" });
    door.clock.now += 100;
  });
  afterAll(() => door.close());

  it.each([
    ["pending", ["p8", "p2", "p1"]],
    ["PENDING", ["p8", "p2", "p1"]],
    ["resolved", ["p7", "p3"]],
    ["Resolved", ["p7", "p3"]],
    ["rejected", ["p6", "p5", "p4"]],
    ["rEJECTED", ["p6", "p5", "p4"]],
    ["", ["p8", "p7", "p6", "p5", "p4", "p3", "p2", "p1"]],
  ])("for %j finds %j, the overdue as they are by now", async (state, finds) => {
    expect(idsOf(await door.ask("GET", query({ id: "*", state })))).toEqual(finds);
    expect(idsOf(await door.ask("GET", query({ id: "p*", state })))).toEqual(finds);
  });

  it("shows what is overdue as timed out, or resolved where it is a timer", async () => {
    const { body } = await door.ask("GET", query({ id: "*", limit: "3" }));
    const overdue = { completedOn: door.clock.now, value: {} };
    expect(body.promises.slice(1)).toEqual([
      expect.objectContaining({ id: "p7", state: "RESOLVED", ...overdue }),
      expect.objectContaining({ id: "p6", state: "REJECTED_TIMEDOUT", ...overdue }),
    ]);
  });

  it("applies the state to a literal id as well", async () => {
    expect(idsOf(await door.ask("GET", query({ id: "p6", state: "pending" })))).toEqual([]);
    expect(idsOf(await door.ask("GET", query({ id: "p6", state: "rejected" })))).toEqual(["p6"]);
  });

  it("shows each row as a read shows it", async () => {
    const { body } = await door.ask("GET", query({ id: "*" }));
    for (const row of body.promises) {
      expect((await door.ask("GET", `/promises/${row.id}`)).body).toEqual(row);
    }
  });

  it.each([
    ["tags[team]=a", ["p6", "p5", "p4", "p2", "p1"]],
    ["tags%5Bteam%5D=a", ["p6", "p5", "p4", "p2", "p1"]],
    ["tags%5bteam%5d=A", ["p8"]],
    ["tags[team]=a&tags[odd%20%5Bname%5D]=x%3D%26y", ["p2"]],
    ["tags[odd+[name]]=x%3D%26y", ["p2"]],
    ["tags[]=empty", ["p8"]],
    ["tags[team]=", []],
    ["tags[Team]=a", []],
    ["tags[team]=a&tags[none]=x", []],
    ["tags[__proto__]=x", []],
    ["tags[team]=a&state=pending", ["p2", "p1"]],
    ["tags[team]=b&state=rejected", []],
  ])("by %s finds %j", async (tags, finds) => {
    expect(idsOf(await door.ask("GET", `/promises?id=*&${tags}`))).toEqual(finds);
  });

  it("goes on by its cursor alone, which carries all of it and makes other parameters void", async () => {
    const search = { id: "p*", state: "Rejected", "tags[team]": "a", limit: "2" };
    const { body } = await door.ask("GET", query(search));
    const rest = await door.ask("GET", query({ cursor: body.cursor }));
    expect([...body.promises, ...rest.body.promises].map(({ id }) => id)).toEqual(["p6", "p5", "p4"]);
    expect(rest.body.cursor).toBeNull();
    for (const others of [
      { id: "p1", state: "pending", limit: "1", "tags[team]": "b" },
      { id: "", state: "wrong", limit: "-1", tags: "x" },
    ]) {
      expect((await door.ask("GET", query({ ...others, cursor: body.cursor }))).body).toEqual(rest.body);
    }
  });
});

describe("A search", () => {
  const refused: readonly (readonly [string, ...unknown[]])[] = [
    ["", expect.stringMatching(/^id is required/)],
    ["id=", expect.stringMatching(/^id is required/)],
    ["state=pending", expect.stringMatching(/^id is required/)],
    ["id=a&id=b", "id must be given once"],
    ...["done", "timedout", "rejected_timedout", "REJECTED_CANCELED", " pending", "constructor"].map(
      (state) => [`id=*&state=${state}`, "state must be pending, resolved or rejected"] as const,
    ),
    ["id=*&state=pending&state=resolved", "state must be given once"],
    ...["-1", "101", "1.5", "1e1", "x", " 1", "0x1", "%2B1", "99999999999999999999", "NaN", "Infinity"].map(
      (limit) => [`id=*&limit=${limit}`, expect.stringMatching(/^limit must be a whole number from 0 to 100/)] as const,
    ),
    ["id=*&limit=1&limit=2", "limit must be given once"],
    ["id=*&tags=x", "tags must be of the form tags[name]=value"],
    ["id=*&tags[x=y", "tags[x must be of the form tags[name]=value"],
    ["id=*&tags[x]=1&tags[x]=2", "tags[x] must be given once"],
    [
      "state=x&limit=x&tags=x",
      ...["id", "state", "limit", "tags"].map((name) => expect.stringMatching(new RegExp(`^${name} `))),
    ],
    ["id=%00", "id must not contain null characters"],
  ];

  it.each(refused)("by %j is refused, each parameter at fault named", async (parameters, ...messages) => {
    const door = await openDoor(openSqlite);
    expectInvalid(await door.ask("GET", `/promises?${parameters}`), ...messages);
    door.close();
  });

  it.each([
    ["", 100],
    ["limit=", 100],
    ["limit=0", 100],
    ["limit=00", 100],
    ["limit=100", 100],
    ["limit=7", 7],
    ["limit=007", 7],
    ["other=1", 100],
  ] as const)("with %j lists so many: %d", async (limit, count) => {
    const door = await openDoor(openSqlite);
    await Promise.all(
      Array.from({ length: 101 }, (_, n) => door.ask("POST", "/promises", { id: `p${n}`, timeout: 9e15 })),
    );
    expect(idsOf(await door.ask("GET", `/promises?id=*&${limit}`))).toHaveLength(count);
    door.close();
  });
});
