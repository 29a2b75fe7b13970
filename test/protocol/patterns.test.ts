import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, type Reply } from "../support/door.ts";
import { everyStore } from "../support/stores.ts";
import { idsOf, query } from "./searching.ts";

/** Made in this order, a millisecond apart. */
const patterned = [
  "a",
  "A",
  "ab",
  "abc",
  "a/b/c",
  "a_c",
  "axc",
  "a%c",
  "a[b]c",
  "a?c",
  "a.c",
  "a*c",
  "a\\c",
  "aXbXc",
  "ä",
  "b\u{1f600}c",
  "b\ufffdc",
  "a b",
  "a+b",
];

const patterns: readonly (readonly [pattern: string, finds: readonly string[]])[] = [
  ["a", ["a"]],
  ["A", ["A"]],
  ["A*", ["A"]],
  ["ab*", ["ab", "abc"]],
  [
    "*c",
    ["abc", "a/b/c", "a_c", "axc", "a%c", "a[b]c", "a?c", "a.c", "a*c", "a\\c", "aXbXc", "b\u{1f600}c", "b\ufffdc"],
  ],
  ["a*b*c", ["abc", "a/b/c", "a[b]c", "aXbXc"]],
  ["a**c", ["abc", "a/b/c", "a_c", "axc", "a%c", "a[b]c", "a?c", "a.c", "a*c", "a\\c", "aXbXc"]],
  ["*b", ["ab", "a b", "a+b"]],
  ["*X*X*", ["aXbXc"]],
  ["*x*", ["axc"]],
  ["a_c", ["a_c"]],
  ["a%c", ["a%c"]],
  ["a[b]c", ["a[b]c"]],
  ["a[*", ["a[b]c"]],
  ["a?c", ["a?c"]],
  ["a.c*", ["a.c"]],
  ["a\\*", ["a\\c"]],
  ["a_*", ["a_c"]],
  ["%*", []],
  ["*_*", ["a_c"]],
  ["*%*", ["a%c"]],
  ["a/*", ["a/b/c"]],
  ["*/*", ["a/b/c"]],
  ["ä*", ["ä"]],
  ["b\u{1f600}*", ["b\u{1f600}c"]],
  ["a *", ["a b"]],
  ["a+*", ["a+b"]],
  ["*", patterned],
  ["***", patterned],
  ["aa*a", []],
  ["ab*bc", []],
  ["none", []],
];

describe.each(everyStore)("Over %s, a search by id", (_, open) => {
  let door: Door;

  beforeAll(async () => {
    door = await openDoor(open);
    for (const id of patterned) {
      door.clock.now += 1;
      expect((await door.ask("POST", "/promises", { id, timeout: 9e15 })).status).toBe(201);
    }
  });
  afterAll(() => door.close());

  it.each(patterns)("for %j finds %j, newest first", async (pattern, finds) => {
    const newestFirst = patterned.filter((id) => finds.includes(id)).reverse();
    expect(idsOf(await door.ask("GET", query({ id: pattern })))).toEqual(newestFirst);
  });

  it.each([1, 2, 7, patterned.length, 100])("is the same in pages of %d", async (limit) => {
    const pages: string[][] = [];
    for (let path: string | undefined = query({ id: "*", limit: String(limit) }); path !== undefined; ) {
      const reply: Reply = await door.ask("GET", path);
      pages.push(idsOf(reply));
      path = reply.body.cursor === null ? undefined : query({ cursor: reply.body.cursor });
      expect(typeof reply.body.cursor).toBe(pages.at(-1)?.length === limit ? "string" : "object");
    }
    expect(pages.flat()).toEqual([...patterned].reverse());
    expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
  });

  it("reads a plus sign as a space, unless it is escaped", async () => {
    expect(idsOf(await door.ask("GET", "/promises?id=a+b"))).toEqual(["a b"]);
    expect(idsOf(await door.ask("GET", "/promises?id=a%2Bb"))).toEqual(["a+b"]);
  });
});
