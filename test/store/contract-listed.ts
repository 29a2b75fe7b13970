import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { newestFirst, type Position, sortedMatchesMax } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, keep, keepMany, settlement } from "./keep.ts";

const oddIds = [
  ...["a", "A", "a_", "ab", "a%", "a%b", "a[b]", "a*", "a\\", "a'", "aa", "b", "_", "%"],
  ...[
    "a\ud7ff",
    "a\ud7ffx",
    "a\ue000",
    "a\uffff",
    "a😀",
    "a\u{10ffff}",
    "a\u{10ffff}\u{10ffff}x",
    "\u{10ffff}",
    "\ud7ff",
  ],
];

const oddPrefixes = [...oddIds, "", "a\ud7ff\u{10ffff}", "a\u{10ffff}\u{10ffff}", "nothing", "\u{10ffff}\u{10ffff}"];

export function listedContract(open: OpenStore): void {
  describe("What is listed", () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const list = async (prefix: string, after?: Position): Promise<Position[]> =>
      (await Array.fromAsync(opened.store.listed(prefix, after, anyCost()))).flat();

    /** Of all that is listed, where to look for the prefix. */
    const idsFor = async (prefix: string, after?: Position): Promise<string[]> =>
      (await list(prefix, after)).map(({ id }) => id).filter((id) => id.startsWith(prefix));

    it("is newest first, and of one moment the greater id first, by its UTF-8 bytes", async () => {
      const born = ["a", "z", "\uffff", "😀", "é", "b"].flatMap((id) =>
        [7, 1_000, 30].map((createdAt) => ({ id: `${id}/${createdAt}`, createdAt })),
      );
      await keep(opened.store, born.map(imageOf));
      const expected = born
        .toSorted((a, b) => b.createdAt - a.createdAt || Buffer.compare(Buffer.from(b.id), Buffer.from(a.id)))
        .map(({ createdAt, id }) => ({ createdAt, id }));
      expect(await list("")).toEqual(expected);
      expect(await list("a")).toEqual(expected.filter(({ id }) => id.startsWith("a")));
    });

    it("is told oldest first too, up to a moment and from a place on, each once, steps of a workflow left out", async () => {
      const born = Array.from({ length: 130 }, (_, at) => ({ id: `p/${at}`, createdAt: 1_000 + (at % 50) }));
      const step = imageOf({ id: "p:0", createdAt: 1_001, tags: { "resonate:scope": "local" } });
      await keep(opened.store, [...born.map(imageOf), step]);
      const oldest = async (until: number, after?: Position) =>
        (await Array.fromAsync(opened.store.oldest(until, after, anyCost()))).flat();
      const all = born.map(({ createdAt, id }) => ({ createdAt, id })).toSorted((a, b) => newestFirst(b, a));
      expect(await oldest(2_000)).toEqual(all);
      expect(await oldest(1_020)).toEqual(all.filter(({ createdAt }) => createdAt <= 1_020));
      expect(await oldest(999)).toEqual([]);
      const place = all[57] as Position;
      expect(await oldest(1_040, place)).toEqual(all.slice(58).filter(({ createdAt }) => createdAt <= 1_040));
      expect(await oldest(1_000, place)).toEqual([]);
    });

    it("holds all that begins with the prefix, of which no character means anything else", async () => {
      await keep(
        opened.store,
        oddIds.map((id) => imageOf({ id })),
      );
      for (const prefix of oddPrefixes) {
        const expected = oddIds
          .filter((id) => id.startsWith(prefix))
          .map((id) => ({ id, createdAt: 1_000 }))
          .toSorted(newestFirst);
        expect(await idsFor(prefix), JSON.stringify(prefix)).toEqual(expected.map(({ id }) => id));
      }
    });

    it("goes on behind a place, whether there is a promise at it or not", async () => {
      const born = [10, 20, 20, 20, 30].map((createdAt, at) => imageOf({ id: `p/${at}`, createdAt }));
      await keep(opened.store, born);
      for (const prefix of ["", "p/"]) {
        expect(await idsFor(prefix, { createdAt: 20, id: "p/2" })).toEqual(["p/1", "p/0"]);
        expect(await idsFor(prefix, { createdAt: 20, id: "p/25" })).toEqual(["p/2", "p/1", "p/0"]);
        expect(await idsFor(prefix, { createdAt: 25, id: "p/0" })).toEqual(["p/3", "p/2", "p/1", "p/0"]);
        expect(await idsFor(prefix, { createdAt: 10, id: "p/0" })).toEqual([]);
      }
    });

    it("goes on by age behind a place that says that its prefix is crowded, and says so again", async () => {
      const born = [10, 20, 30].map((createdAt, at) => imageOf({ id: `p/${at}`, createdAt }));
      await keep(opened.store, [...born, imageOf({ id: "q", createdAt: 15 })]);
      const found = await list("p/", { createdAt: 30, id: "p/2", isCrowded: true });
      expect(found.filter(({ id }) => id.startsWith("p/"))).toEqual([
        { createdAt: 20, id: "p/1", isCrowded: true },
        { createdAt: 10, id: "p/0", isCrowded: true },
      ]);
    });

    it("does not hold the steps inside a workflow", async () => {
      await keep(opened.store, [imageOf({ id: "w" }), imageOf({ id: "w:1", tags: { "resonate:scope": "local" } })]);
      expect([await idsFor(""), await idsFor("w")]).toEqual([["w"], ["w"]]);
    });

    it("stays in its place when it is settled", async () => {
      await keep(opened.store, [imageOf({ id: "old", createdAt: 10 }), imageOf({ id: "new", createdAt: 20 })]);
      await opened.store.attempt(settlement("old", "t"), anyCost());
      expect(await list("")).toEqual([
        { createdAt: 20, id: "new" },
        { createdAt: 10, id: "old" },
      ]);
    });

    it("is nothing where there is nothing", async () => {
      expect([await list(""), await list("a")]).toEqual([[], []]);
    });

    it("is all there, batch by batch, and sorted or walked by age once more begin with a prefix than are sorted", async () => {
      const crowd = Array.from({ length: sortedMatchesMax }, (_, at) =>
        // Some of one moment, so that a batch may end between them.
        imageOf({ id: `crowd/${at}`, createdAt: 1_000 + Math.floor(at / 3) }),
      );
      await keepMany(opened.store, [...crowd, imageOf({ id: "else", createdAt: 2_000 })]);
      const expected = crowd.map(({ createdAt, id }) => ({ createdAt, id })).toSorted(newestFirst);
      expect(await list("crowd/")).toEqual(expected);
      expect(await list("")).toHaveLength(sortedMatchesMax + 1);

      await keep(opened.store, [imageOf({ id: "crowd/last", createdAt: 1 })]);
      expected.push({ createdAt: 1, id: "crowd/last" });
      const crowded = (await list("crowd/")).filter(({ id }) => id.startsWith("crowd/"));
      expect(crowded).toEqual(expected.map((place) => ({ ...place, isCrowded: true })));
      expect(await idsFor("crowd/", crowded[5_000])).toEqual(expected.slice(5_001).map(({ id }) => id));
      // The others are sorted as before.
      expect(await list("else")).toEqual([{ createdAt: 2_000, id: "else" }]);
    });
  });
}
