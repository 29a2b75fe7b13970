/**
 * Searches by a caller of one prefix: what they find, what their cursors say, and what can be told from either.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { cutPage, listInside } from "#lib/access/inside.ts";
import { compareText, newestFirst } from "#lib/core/index.ts";
import { openDynamo, openSqlite } from "../support/stores.ts";
import { type Guarded, isForbidden, openGuarded, ownUrl } from "./guarded.ts";

const later = 9_000_000_000_000;
const target = { "resonate:target": "poll://any@g" };

const around = ["a", "mine", "mine.", "mine.x", "mine0", "mine:0", "nine/1", "\u{10ffff}", "mine.\u{10ffff}"];
const inside = ["mine/", "mine/1", "mine/2", "mine/2:0", "mine/\u{10ffff}", "mine/é"];

describe.each([
  ["SQLite", openSqlite],
  ["DynamoDB", openDynamo],
])("Over %s, a search", (_, open) => {
  let guarded: Guarded;
  let key: string;

  beforeAll(async () => {
    guarded = await openGuarded({ open });
    const admin = await guarded.keyFor({ verbs: ["admin"] });
    key = await guarded.keyFor({ prefix: "mine/" });
    for (const id of [...around, ...inside]) {
      guarded.clock.now += 1;
      const tags = { ...target, who: inside.includes(id) ? "me" : "them", all: "yes" };
      await guarded.rpc(admin, "promise.create", { id, timeoutAt: later, tags });
      await guarded.rpc(admin, "schedule.create", {
        id,
        cron: "* * * * *",
        promiseId: "x",
        promiseTimeout: 1,
        promiseTags: tags,
      });
    }
  });
  afterAll(() => guarded.close());

  const kinds = [
    ["promise.search", "promises"],
    ["task.search", "tasks"],
    ["schedule.search", "schedules"],
  ] as const;

  describe.each(kinds)("by %s", (kind, field) => {
    async function pages(asked: object): Promise<{ ids: string[]; cursors: string[] }> {
      const ids: string[] = [];
      const cursors: string[] = [];
      for (let cursor: string | undefined, page = 0; page < 20 && (page === 0 || cursor !== undefined); page++) {
        const { body } = await guarded.rpc(key, kind, { ...asked, ...(cursor !== undefined && { cursor }) });
        ids.push(...body.data[field].map(({ id }: { id: string }) => id));
        cursor = body.data.cursor;
        cursors.push(...(cursor === undefined ? [] : [cursor]));
      }
      return { ids, cursors };
    }
    const sorted = inside.toSorted(compareText);

    it.each([1, 2, 3, 6, 7, 100])("finds all inside and nothing else, %i on a page", async (limit) => {
      const { ids, cursors } = await pages({ limit });
      expect(ids).toEqual(sorted);
      expect(cursors.filter((cursor) => !cursor.startsWith("mine/"))).toEqual([]);
    });

    it.each(["", "a", "mine", "mine.", "mine.x"])(
      "goes on inside from the cursor %j, which is before it",
      async (cursor) => {
        expect((await pages({ cursor })).ids).toEqual(sorted);
      },
    );

    it.each(["mine0", "nine/0", "z", "\u{10ffff}"])(
      "finds nothing from the cursor %j, which is behind it",
      async (cursor) => {
        const { body } = await guarded.rpc(key, kind, { cursor });
        expect(body.data).toEqual({ [field]: [] });
      },
    );

    it("does not tell by a cursor whether something outside matches", async () => {
      const told = [];
      for (const tags of [{ all: "yes" }, { who: "me" }]) {
        const { body } = await guarded.rpc(key, kind, { tags, limit: sorted.length });
        told.push(body.data.cursor);
      }
      expect(told).toEqual([sorted.at(-1), sorted.at(-1)]);
    });
  });

  it("of a call tree shows the part of it that is inside", async () => {
    const asked = { tags: { "resonate:origin": "mine" } };
    expect((await guarded.rpc(key, "promise.search", asked)).body.data).toEqual({ promises: [] });
    expect((await guarded.ask(key, "GET", "/promises?id=mine/*&tags[resonate:origin]=mine")).body.promises).toEqual([]);
  });

  it.each(["*", "m*", "mine*", "*mine/1", "mine", "theirs/*", `${ownUrl}/promises/*`, `${ownUrl}/promises/mine*`])(
    "for %j is refused, which may find what is outside",
    async (pattern) => {
      for (const path of ["/promises", "/schedules"]) {
        expect(isForbidden(await guarded.ask(key, "GET", `${path}?id=${encodeURIComponent(pattern)}`))).toBe(true);
      }
    },
  );

  it.each(["mine/*", "mine/2*", "mine/2", "mine/*0", `${ownUrl}/promises/mine/*`])(
    "for %j is answered",
    async (pattern) => {
      for (const path of ["/promises", "/schedules"]) {
        const found = await guarded.ask(key, "GET", `${path}?id=${encodeURIComponent(pattern)}`);
        expect(found.status).toBe(200);
      }
    },
  );

  it("is not widened by a cursor that somebody else was given, or has made", async () => {
    const admin = await guarded.keyFor({ verbs: ["admin"] });
    const { cursor } = (await guarded.ask(admin, "GET", "/promises?id=*&limit=1")).body;
    expect(cursor).toBeTypeOf("string");
    expect(isForbidden(await guarded.ask(key, "GET", `/promises?cursor=${cursor}`))).toBe(true);
    const planned = (await guarded.ask(admin, "GET", "/schedules?id=*&limit=1")).body.cursor;
    expect(isForbidden(await guarded.ask(key, "GET", `/schedules?cursor=${planned}`))).toBe(true);
    const made = { ...JSON.parse(Buffer.from(cursor, "base64url").toString()), p: "*" };
    const forged = Buffer.from(JSON.stringify(made)).toString("base64url");
    expect(isForbidden(await guarded.ask(key, "GET", `/promises?cursor=${forged}&id=mine/*`))).toBe(true);
  });
});

describe("A page of a list", () => {
  const letter = fc.constantFrom("a", "b", "/", "\0", "\u{10ffff}", "\ud7ff", "\ue000", "é");
  const text = fc.array(letter, { minLength: 1, maxLength: 4 }).map((letters) => letters.join(""));
  const some = fc.uniqueArray(text, { maxLength: 30 });

  it("shows what begins with the prefix, all of it, and no place outside, whatever there is", async () => {
    await fc.assert(
      fc.asyncProperty(
        some,
        text,
        fc.integer({ min: 1, max: 4 }),
        fc.option(text),
        async (ids, prefix, limit, from) => {
          const order = ids.toSorted(compareText);
          const list = async ({ after = "" }: { after?: string; limit: number }) => {
            const rest = order.filter((id) => compareText(id, after) > 0);
            const rows = rest.slice(0, limit).map((id) => ({ id }));
            return { rows, ...(rest.length > limit && { next: rows.at(-1)?.id as string }) };
          };
          const found: string[] = [];
          let after = from ?? undefined;
          for (let page = 0; page < 40; page++) {
            const { rows, next } = await listInside(prefix, { limit, ...(after !== undefined && { after }) }, list);
            found.push(...rows.map(({ id }) => id));
            if (next === undefined) {
              break;
            }
            expect(next.startsWith(prefix)).toBe(true);
            after = next;
          }
          expect(found).toEqual(order.filter((id) => id.startsWith(prefix) && compareText(id, from ?? "") > 0));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("is empty for a prefix that no id can have, without a look", async () => {
    const list = async () => Promise.reject(new Error("there was a look"));
    expect(await listInside("x".repeat(1_001), { limit: 1 }, list)).toEqual({ rows: [] });
  });
});

describe("The place in a search by age where the next page begins", () => {
  it("names nothing outside, and has the same inside before it and behind it", () => {
    const piece = fc.constantFrom("a", "b", "/", "\u{10ffff}", "é");
    const text = fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(""));
    const moment = fc.integer({ min: 0, max: 2 });
    fc.assert(
      fc.property(text, text, text, moment, moment, (prefix, place, rest, at, createdAt) => {
        const { next } = cutPage(prefix, { promises: [], next: { id: place, createdAt: at } });
        expect(next?.id.startsWith(prefix)).toBe(true);
        const mine = { id: prefix + rest, createdAt };
        const told = next as NonNullable<typeof next>;
        expect(newestFirst(told, mine) < 0).toBe(newestFirst({ id: place, createdAt: at }, mine) < 0);
      }),
      { numRuns: 2_000 },
    );
  });
});
