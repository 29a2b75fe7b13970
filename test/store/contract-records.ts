import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { inPlaceBytesMax } from "#lib/bodies/store.ts";
import { endOfTime, limits, type PromiseImage, type Tags, type Value } from "#lib/core/index.ts";
import { checkCreate, checkSettle } from "#lib/core/limits.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, creation, keep } from "./keep.ts";

const ids = [
  ...[
    "a",
    "A",
    "a ",
    " a",
    "a b",
    "a/b",
    "a//b",
    "a:1",
    "a.0.1",
    "a%2Fb",
    "%",
    "_",
    "*",
    "[a]",
    "'; DROP TABLE promises; --",
  ],
  ...["é", "e\u0301", "\ud7ff", "\ue000", "\uffff", "😀", "\u{10ffff}", "\u007f", "a\nb", "\u202ea", "\ufeffa"],
  ...["__proto__", "constructor", "toString", "promise#a", "null", "0", "-1", "https://example.com/a?b=c#d"],
];

/** Entries that an object literal could not hold: JSON makes own members of all its names. */
const oddEntries: Tags = JSON.parse('{"__proto__":"p","constructor":"c","":"","é":"😀","a.b[c]":"%","null":"null"}');

const nameOf = (bytes: number): string => "😀".repeat(bytes / 4);

/** A payload of exactly as many bytes of JSON as there may be, in as many headers as there may be. */
function largestValue(): Value {
  const headers = Object.fromEntries(Array.from({ length: limits.headersMax }, (_, at) => [`header-${at}`, "é"]));
  const left = inPlaceBytesMax - Buffer.byteLength(JSON.stringify({ headers, data: "" }));
  return { headers, data: "€".repeat(Math.floor(left / 3)) + "x".repeat(left % 3) };
}

function largestTags(): Tags {
  const names = Array.from({ length: limits.tagsMax }, (_, at) => `tag-${at}`);
  const bare = Object.fromEntries(names.map((name) => [name, "é"]));
  return { ...bare, "tag-0": `é${"x".repeat(limits.tagsBytesMax - Buffer.byteLength(JSON.stringify(bare)))}` };
}

const trace = { traceparent: "t".repeat(55), tracestate: "s".repeat(512) };

const largest = imageOf({
  id: nameOf(limits.idBytesMax),
  timeoutAt: endOfTime,
  createdAt: endOfTime - 1,
  param: largestValue(),
  tags: largestTags(),
  idempotencyKeyForCreate: nameOf(limits.idempotencyKeyBytesMax),
  createToken: "t".repeat(36),
  trace,
});

export function recordsContract(open: OpenStore): void {
  describe("A record", () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const find = (id: string) => opened.store.get(id, anyCost());

    it("is found under its very id, whatever its characters", async () => {
      const images = ids.map((id, at) => imageOf({ id, createToken: `t${at}` }));
      await keep(opened.store, images);
      expect(await Promise.all(ids.map(find))).toEqual(images);
      const read = await opened.store.read(ids, anyCost());
      expect(new Map(read.map((image) => [image.id, image]))).toEqual(
        new Map(images.map((image) => [image.id, image])),
      );
    });

    it("that is not there is not found", async () => {
      expect(await find("missing")).toBeUndefined();
      expect(await opened.store.read(["missing", "missing too"], anyCost())).toEqual([]);
      expect(await opened.store.read([], anyCost())).toEqual([]);
    });

    it("keeps every field that it has, and has no other", async () => {
      const born = imageOf({ id: "full", param: { headers: {}, data: "" }, idempotencyKeyForCreate: "", trace });
      const bare = imageOf({ id: "bare", state: "resolved", settledAt: 0, createdAt: 0, timeoutAt: 0 });
      await keep(opened.store, [born, bare]);
      expect(await find("full")).toStrictEqual(born);
      expect(await find("bare")).toStrictEqual(bare);
    });

    it("keeps names and texts as they were sent: of every object's members, empty, null characters, any script", async () => {
      const value = { headers: oddEntries, data: '\0\n"\\\u2028é😀' };
      const image = imageOf({ id: "odd", tags: oddEntries, param: value, value, idempotencyKeyForCreate: "\0k\0" });
      await keep(opened.store, [image]);
      const found = await find("odd");
      expect(found?.idempotencyKeyForCreate).toBe("\0k\0");
      // As text: a comparison of objects may pass over a member called __proto__.
      for (const field of ["tags", "param", "value"] as const) {
        expect(JSON.stringify(found?.[field])).toBe(JSON.stringify(image[field]));
      }
    });

    it("may be as large as the limits allow, and is settled then as any other", async () => {
      const idempotencyKey = nameOf(limits.idempotencyKeyBytesMax);
      const value = largestValue();
      checkCreate({ ...largest, idempotencyKey });
      checkSettle({ id: largest.id, value, idempotencyKey });
      expect(await opened.store.attempt(creation(largest), anyCost())).toMatchObject({ won: true });
      expect(await find(largest.id)).toEqual(largest);
      const set = {
        state: "resolved" as const,
        settledAt: endOfTime - 1,
        value,
        idempotencyKeyForComplete: idempotencyKey,
        settleToken: "t".repeat(36),
        trace,
      };
      const { won } = await opened.store.attempt(
        {
          of: "promise",
          id: largest.id,
          guards: [{ kind: "is", field: "state", value: "pending" }],
          change: { kind: "update", set, unset: ["dueAt"] },
        },
        anyCost(),
      );
      const { dueAt: _, ...kept } = largest;
      expect(won).toBe(true);
      expect(await find(largest.id)).toEqual({ ...kept, ...set });
    });

    it("is read with hundreds of others, among ids that are missing", async () => {
      const images = Array.from({ length: 250 }, (_, at) => imageOf({ id: `many/${at}` }));
      await keep(opened.store, images);
      const asked = images.flatMap(({ id }) => [id, `${id}/missing`]);
      expect(sorted(await opened.store.read(asked, anyCost()))).toEqual(sorted(images));
    });

    it("is read with others that are too large for one answer of the database", async () => {
      const data = "x".repeat(inPlaceBytesMax - 20);
      const images = Array.from({ length: 60 }, (_, at) =>
        imageOf({ id: `large/${at}`, param: { data }, state: "resolved", settledAt: 1_500, value: { data } }),
      );
      await keep(opened.store, images);
      const read = await opened.store.read(
        images.map(({ id }) => id),
        anyCost(),
      );
      expect(read).toHaveLength(60);
      expect(new Set(read.map(({ id }) => id)).size).toBe(60);
    });
  });
}

const sorted = (images: readonly PromiseImage[]): readonly PromiseImage[] =>
  images.toSorted((a, b) => (a.id < b.id ? -1 : 1));
