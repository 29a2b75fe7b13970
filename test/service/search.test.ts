import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  isSought,
  matcher,
  newestFirst,
  type Page,
  type Position,
  type PromiseImage,
  type Search,
} from "#lib/core/index.ts";
import { fillPage } from "#lib/service/search.ts";
import { imageOf } from "../support/images.ts";
import { type Listing, listingOf } from "./listing.ts";

const now = 1_500;

const search = ({ store }: Pick<Listing, "store">, asked: Partial<Search> = {}): Promise<Page> =>
  fillPage(store, { pattern: "*", tags: {}, limit: 10, ...asked }, now, { roundTrips: 0 });

const idsOf = ({ promises }: Page): string[] => promises.map(({ id }) => id);
const placeOf = ({ createdAt, id }: Position): Position => ({ createdAt, id });

/** Promises born one after the other: the first is the oldest. */
const promises = (count: number, fields: Partial<PromiseImage> = {}): PromiseImage[] =>
  Array.from({ length: count }, (_, at) => imageOf({ id: `p${at}`, createdAt: at, ...fields }));

describe("a page", () => {
  it("is full at its limit, and the next begins behind its last row", async () => {
    const listing = listingOf(promises(5));
    const first = await search(listing, { limit: 2 });
    expect([idsOf(first), first.next]).toMatchObject([["p4", "p3"], { createdAt: 3, id: "p3" }]);
    const second = await search(listing, { limit: 2, ...(first.next && { after: first.next }) });
    expect(idsOf(second)).toEqual(["p2", "p1"]);
  });

  it("that is not full at the end of the list is the last", async () => {
    const page = await search(listingOf(promises(3)), { limit: 4 });
    expect(page).toEqual({ promises: [expect.anything(), expect.anything(), expect.anything()] });
  });

  it("that is full at the end of the list does not know yet that it is the last; the next one says so", async () => {
    const listing = listingOf(promises(3));
    const page = await search(listing, { limit: 3 });
    expect(page.next).toMatchObject({ id: "p0" });
    expect(await search(listing, { limit: 3, ...(page.next && { after: page.next }) })).toEqual({ promises: [] });
  });

  it("of nothing is empty, and the last", async () => {
    expect(await search(listingOf([]))).toEqual({ promises: [] });
  });

  it("shows what is overdue as it will be, and filters it so, and writes nothing", async () => {
    const listing = listingOf([imageOf({ id: "late", timeoutAt: now }), imageOf({ id: "alive", timeoutAt: now + 1 })]);
    expect(await search(listing)).toMatchObject({
      promises: [
        { id: "late", state: "rejected_timedout", settledAt: now },
        { id: "alive", state: "pending" },
      ],
    });
    expect(idsOf(await search(listing, { states: ["pending"] }))).toEqual(["alive"]);
    expect(idsOf(await search(listing, { states: ["rejected_timedout"] }))).toEqual(["late"]);
  });

  it("passes over entries whose promise is not to be found", async () => {
    const listing = listingOf(promises(3));
    const store = { ...listing.store, read: async () => [imageOf({ id: "p0", createdAt: 0 })] };
    expect(idsOf(await search({ store }))).toEqual(["p0"]);
  });

  it("hands on that its prefix is crowded, in the place where the next begins", async () => {
    const listing = listingOf(promises(3));
    const store = {
      ...listing.store,
      async *listed() {
        yield [
          { createdAt: 2, id: "p2", isCrowded: true },
          { createdAt: 1, id: "p1", isCrowded: true },
        ];
      },
    };
    expect((await search({ store }, { limit: 1 })).next).toEqual({ createdAt: 2, id: "p2", isCrowded: true });
  });
});

describe("a pattern without a star", () => {
  const listing = listingOf(promises(3));

  it("is looked up, and the list left alone", async () => {
    expect(idsOf(await search(listing, { pattern: "p1" }))).toEqual(["p1"]);
    expect(listing.listed()).toBe(0);
  });

  it("finds its promise once", async () => {
    const { next } = await search(listing, { pattern: "p1", limit: 1 });
    expect(await search(listing, { pattern: "p1", limit: 1, ...(next && { after: next }) })).toEqual({ promises: [] });
  });

  it("finds nothing where there is no such promise, or one that the filter turns away", async () => {
    expect(await search(listing, { pattern: "p" })).toEqual({ promises: [] });
    expect(await search(listing, { pattern: "p1", states: ["resolved"] })).toEqual({ promises: [] });
  });
});

describe("the read budget", () => {
  it("reads no more records than the page has room for, when every one is a row", async () => {
    const listing = listingOf(promises(500));
    await search(listing, { limit: 30 });
    expect(listing.reads).toEqual([30]);
    const larger = listingOf(promises(500));
    await search(larger, { limit: 250 });
    expect(larger.reads).toEqual([100, 100, 50]);
  });

  it("reads the records of matching ids only", async () => {
    const listing = listingOf(promises(500));
    expect(idsOf(await search(listing, { pattern: "*99" }))).toEqual(["p499", "p399", "p299", "p199", "p99"]);
    expect(listing.reads).toEqual([5]);
  });

  it("ends a page at 10,000 entries that do not match, at the last of them", async () => {
    const listing = listingOf(promises(12_500));
    const page = await search(listing, { pattern: "*x" });
    expect(page).toEqual({ promises: [], next: { createdAt: 2_500, id: "p2500" } });
    expect([listing.listed(), listing.reads]).toEqual([10_000, []]);
    expect(await search(listing, { pattern: "*x", ...(page.next && { after: page.next }) })).toEqual({ promises: [] });
  });

  it("ends a page at 1,000 records that the filter turns away, at the last of them", async () => {
    const listing = listingOf([...promises(2_000), imageOf({ id: "sought", createdAt: 1, tags: { a: "b" } })]);
    const page = await search(listing, { tags: { a: "b" } });
    expect(page).toEqual({ promises: [], next: { createdAt: 1_000, id: "p1000" } });
    expect(listing.reads).toEqual(Array.from({ length: 10 }, () => 100));
    expect(idsOf(await search(listing, { tags: { a: "b" }, ...(page.next && { after: page.next }) }))).toEqual([
      "sought",
    ]);
  });

  it("ends a page before the row that is more than 2.5 MiB, wide characters counted as they are sent", async () => {
    const row = imageOf({ createdAt: 100, param: { data: "€".repeat(50_000) } });
    const size = Buffer.byteLength(JSON.stringify({ ...row, id: "p10" }));
    const rows = Math.floor((2.5 * 1_024 * 1_024) / size);
    const listing = listingOf(promises(90, { param: row.param }).slice(10));
    const page = await search(listing, { limit: 100 });
    expect(page.promises).toHaveLength(rows);
    expect(page.next).toMatchObject(placeOf(page.promises.at(-1) as Position));
  });

  it("counts payloads that are kept elsewhere, and has one row whatever its size", async () => {
    const param = { elsewhere: { key: "k", bytes: 2_000_000 } };
    const value = { elsewhere: { key: "l", bytes: 2_000_000 } };
    const listing = listingOf(promises(3, { param, value, state: "resolved", settledAt: 150 }));
    const first = await search(listing, { limit: 100 });
    expect(first.promises).toHaveLength(1);
    const second = await search(listing, { limit: 100, ...(first.next && { after: first.next }) });
    expect(second.promises.map(({ id }) => id)).not.toEqual(first.promises.map(({ id }) => id));
  });
});

it("page after page shows every match once, in order, whatever the batches and the limit", async () => {
  const text = (units: string[]) => fc.string({ unit: fc.constantFrom(...units), maxLength: 4 });
  const image = fc
    .record({
      id: text(["a", "b", "/"]),
      createdAt: fc.integer({ min: 0, max: 4 }),
      tags: fc.constantFrom({}, { t: "x" }),
      state: fc.constantFrom("pending" as const, "resolved" as const),
      timeoutAt: fc.constantFrom(now, now + 1),
    })
    .map((fields) => imageOf(fields));
  const asked = fc.record({
    pattern: text(["a", "*"]).map((start) => `${start}*`),
    tags: fc.constantFrom({}, { t: "x" }),
    limit: fc.integer({ min: 1, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(image, { selector: ({ id }) => id, maxLength: 40 }),
      asked,
      fc.integer({ min: 1, max: 7 }),
      async (images, asked, batch) => {
        const listing = listingOf(images, batch);
        const shown: string[] = [];
        let after: Position | undefined;
        do {
          const page = await search(listing, { ...asked, ...(after && { after }) });
          expect(page.promises.length).toBeLessThanOrEqual(asked.limit);
          shown.push(...idsOf(page));
          after = page.next;
        } while (after !== undefined);
        const sought = images
          .filter((each) => matcher(asked.pattern)(each.id) && isSought({ ...asked }, each))
          .toSorted(newestFirst);
        expect(shown).toEqual(sought.map(({ id }) => id));
      },
    ),
  );
});
