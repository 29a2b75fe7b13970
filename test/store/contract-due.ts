import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, dueByShard, keep, settlement } from "./keep.ts";

export function dueContract(open: OpenStore): void {
  describe("What is due", () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    /** All shards' entries, in no order. */
    const dueBy = async (until: number) => (await dueByShard(opened.store, until)).flat(2);

    it("is what comes by a moment, the moment included", async () => {
      await keep(
        opened.store,
        [1_999, 2_000, 2_001].map((timeoutAt) => imageOf({ id: `p/${timeoutAt}`, timeoutAt })),
      );
      expect(await dueBy(1_998)).toEqual([]);
      expect(await dueBy(1_999)).toEqual([{ of: "promise", id: "p/1999", dueAt: 1_999 }]);
      expect((await dueBy(2_000)).map(({ dueAt }) => dueAt).sort()).toEqual([1_999, 2_000]);
    });

    it("is listed once, earliest first in each shard, in batches that one read of their records takes", async () => {
      // Some of one moment, so that a batch may end between them; born in no order.
      const images = Array.from({ length: 1_500 }, (_, at) =>
        imageOf({ id: `p/${at}`, timeoutAt: 2_000 + (((at * 7_919) % 1_500) >> 3) }),
      );
      await keep(opened.store, images);
      const shards = await dueByShard(opened.store, 10_000);
      for (const batches of shards) {
        expect(Math.max(...batches.map((entries) => entries.length))).toBeLessThanOrEqual(100);
        const moments = batches.flat().map(({ dueAt }) => dueAt);
        expect(moments).toEqual(moments.toSorted((a, b) => a - b));
        expect(moments.length).toBeGreaterThan(100);
      }
      const found = new Map(shards.flat(2).map(({ id, dueAt }) => [id, dueAt]));
      expect(shards.flat(2)).toHaveLength(1_500);
      expect(found).toEqual(new Map(images.map(({ id, timeoutAt }) => [id, timeoutAt])));
    });

    it("is no more what has been settled, though it is settled while the list is read", async () => {
      await keep(
        opened.store,
        Array.from({ length: 1_000 }, (_, at) => imageOf({ id: `p/${at}`, timeoutAt: 2_000 + at })),
      );
      const seen: string[] = [];
      for (let shard = 0; shard < opened.store.dueShards; shard++) {
        for await (const entries of opened.store.due(shard, 10_000, anyCost())) {
          seen.push(...entries.map(({ id }) => id));
          await Promise.all(entries.map(({ id }) => opened.store.attempt(settlement(id, "t"), anyCost())));
        }
      }
      expect(new Set(seen).size).toBe(1_000);
      expect(await dueBy(10_000)).toEqual([]);
    });

    it("is never what was born settled, nor a step inside a workflow", async () => {
      const { dueAt: _, ...unarmed } = imageOf({ id: "step", tags: { "resonate:scope": "local" } });
      await keep(opened.store, [imageOf({ id: "settled", state: "resolved", settledAt: 1_500 }), unarmed]);
      expect(await dueBy(10_000)).toEqual([]);
    });
  });
}
