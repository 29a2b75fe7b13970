import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GuardedChange, Key, Kind, PromiseImage, Things, Update } from "#lib/core/index.ts";
import type { DueEntry } from "#lib/ports/store.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, dueByShard, keep, keepMany, settlement } from "./keep.ts";
import { bare, putting } from "./stock.ts";

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
      await keepMany(opened.store, images);
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
      await keepMany(
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

    it("is of every kind that has something due, under its very key, in the order of moments", async () => {
      const due: readonly (readonly [Key, Things[Kind]])[] = [
        [{ of: "promise", id: "a#b" }, imageOf({ id: "a#b", dueAt: 1_904 })],
        [{ of: "promise", id: "w:0.1" }, imageOf({ id: "w:0.1", dueAt: 1_901, tags: { "resonate:scope": "local" } })],
        [
          { of: "schedule", id: "a#b" },
          { ...bare.schedule, id: "a#b", dueAt: 1_903 },
        ],
        [{ of: "message", in: "http://h#f", id: "unblock#a#b" }, messageOf("http://h#f", 1_902)],
        [{ of: "message", in: "poll://any@g", id: "unblock#a#b" }, messageOf("poll://any@g", 1_900)],
      ];
      const { dueAt: _, ...unarmed } = messageOf("quiet", 0);
      for (const [key, thing] of [...due, [{ of: "message", in: "quiet", id: unarmed.id }, unarmed] as const]) {
        await opened.store.attempt(putting(key, thing), anyCost());
      }
      const found = await dueByShard(opened.store, 2_000);
      for (const moments of found.map((batches) => batches.flat().map(({ dueAt }) => dueAt))) {
        expect(moments).toEqual(moments.toSorted((a, b) => a - b));
      }
      const expected = due.map(([key, thing]) => ({ ...key, dueAt: (thing as { dueAt: number }).dueAt }));
      const sorted = (entries: readonly DueEntry[]) => entries.toSorted((a, b) => a.dueAt - b.dueAt);
      expect(sorted(found.flat(2))).toStrictEqual(sorted(expected));
      expect(await dueBy(1_899)).toEqual([]);
      expect(sorted(await dueBy(1_902)).map(({ dueAt }) => dueAt)).toEqual([1_900, 1_901, 1_902]);
      for (const [key, thing] of due) {
        expect(await opened.store.find(key, anyCost())).toEqual(thing);
      }
    });

    it("is listed where its moment has moved to, and no more where it is gone", async () => {
      const key = { of: "message", in: "m", id: "unblock#a#b" } as const;
      await opened.store.attempt(putting(key, messageOf("m", 1_900)), anyCost());
      await opened.store.attempt(putting(key, messageOf("m", 1_950)), anyCost());
      expect(await dueBy(2_000)).toEqual([{ ...key, dueAt: 1_950 }]);
      await opened.store.attempt({ ...key, guards: [], change: { kind: "delete" } }, anyCost());
      await keep(opened.store, [imageOf({ id: "p", dueAt: 1_900 })]);
      await opened.store.attempt(rearming("p", { set: { dueAt: 1_950 } }), anyCost());
      expect(await dueBy(2_000)).toEqual([{ of: "promise", id: "p", dueAt: 1_950 }]);
      await opened.store.attempt(rearming("p", { unset: ["dueAt"] }), anyCost());
      expect(await dueBy(2_000)).toEqual([]);
    });

    it("is all there where hundreds of things of every kind are due at one moment", async () => {
      const keys: Key[] = [];
      for (let at = 0; at < 120; at++) {
        keys.push(
          { of: "promise", id: `${at}` },
          { of: "schedule", id: `${at}` },
          { of: "message", in: `${at % 3}`, id: `${at}` },
        );
      }
      for (let from = 0; from < keys.length; from += 45) {
        await Promise.all(
          keys.slice(from, from + 45).map((key) => {
            const thing =
              key.of === "promise"
                ? imageOf({ id: key.id, dueAt: 1_900 })
                : { ...bare[key.of], id: key.id, dueAt: 1_900 };
            return opened.store.attempt(putting(key, thing), anyCost());
          }),
        );
      }
      const found = (await dueBy(1_900)).map((entry) =>
        JSON.stringify({ of: entry.of, ...(entry.in && { in: entry.in }), id: entry.id }),
      );
      expect(found).toHaveLength(keys.length);
      expect(new Set(found)).toEqual(
        new Set(keys.map((key) => JSON.stringify({ of: key.of, ...(key.in && { in: key.in }), id: key.id }))),
      );
    });
  });
}

const messageOf = (mailbox: string, dueAt: number): Things["message"] => ({
  ...bare.message,
  id: "unblock#a#b",
  mailbox,
  dueAt,
});

const rearming = (id: string, change: Pick<Update<PromiseImage>, "set" | "unset">): GuardedChange => ({
  of: "promise",
  id,
  guards: [{ kind: "present", field: "state" }],
  change: { kind: "update", ...change },
});
