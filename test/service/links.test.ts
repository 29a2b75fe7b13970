/** For how long links are kept, and how many there may be when some have gone. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { addLink, linkLimits } from "#lib/core/index.ts";
import { type Links, linkService } from "#lib/service/links.ts";
import { promiseService } from "#lib/service/promises.ts";
import { type Visits, visitService } from "#lib/service/visits.ts";
import { linkKeys, noFeed, retryMs } from "../support/door.ts";
import { everyStore, type Opened } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const retentionMs = 90 * dayMs;
const far = 4_102_444_800_000;
const terms = { promiseId: "p", outcomes: ["resolve"], encoding: "json" } as const;

describe.each(everyStore)("On %s, a link", (_, open) => {
  let opened: Opened;
  let now: number;
  let tokens: number;
  beforeEach(async () => {
    [opened, now, tokens] = [await open(), 1_000_000, 0];
    await promiseService(conduct()).create({ id: "p", timeoutAt: far, param: {}, tags: {} }, request());
  });
  afterEach(() => opened.close());

  const conduct = () => ({ store: opened.store, feed: noFeed, retryMs, known: noSubscriptions });
  const request = () => ({ now, token: `t${tokens++}`, cost: { roundTrips: 0 } });
  const services = (more: { retentionMs?: number } = { retentionMs }): { links: Links; visits: Visits } => {
    const parts = { ...conduct(), sealer: sealerOf(async () => linkKeys), ...more };
    return { links: linkService(parts), visits: visitService(parts) };
  };
  const find = (id: string) => opened.store.find({ of: "link", in: "p", id }, { roundTrips: 0 });
  /** Takes out what need not be kept, as the table's time to live does. */
  async function takeOut(): Promise<void> {
    for (const { id, keptUntil } of await opened.store.members("link", "p", 99, { roundTrips: 0 })) {
      if (keptUntil !== undefined && keptUntil <= now) {
        await opened.store.attempt({ of: "link", in: "p", id, guards: [], change: { kind: "delete" } }, request().cost);
      }
    }
  }

  it("is kept for the time of retention after it has ended, however it has", async () => {
    const { links, visits } = services();
    const mint = async (expiresAt: number) => (await links.mint({ ...terms, expiresAt }, request())).token;
    const [first] = [await mint(now + 5_000), await mint(now + dayMs), await mint(now + dayMs)];
    now += 2_000;
    await links.revoke("p", "0003", request());
    expect((await visits.decide(first as string, { outcome: "resolve", ip: "192.0.2.1" }, request())).isNew).toBe(true);
    const untils = await Promise.all(["0001", "0002", "0003"].map(async (id) => (await find(id))?.keptUntil));
    const born = now - 2_000;
    expect(untils).toEqual([now + retentionMs, born + dayMs + retentionMs, now + retentionMs]);
    now += retentionMs - 1_000;
    await takeOut();
    expect(await visits.open(first as string, request())).toMatchObject({ kind: "settled", by: { id: "0001" } });
    now += 2_000;
    await takeOut();
    expect(await visits.open(first as string, request())).toEqual({ kind: "unknown" });
    expect((await links.list("p", request())).map(({ id }) => id)).toEqual(["0002"]);
  });

  it("is kept for ever, where promises are", async () => {
    const { links, visits } = services({});
    const { token } = await links.mint({ ...terms, expiresAt: now + 1_000 }, request());
    await links.mint(terms, request());
    await links.revoke("p", "0002", request());
    await visits.decide(token, { outcome: "resolve" }, request());
    expect([(await find("0001"))?.keptUntil, (await find("0002"))?.keptUntil]).toEqual([undefined, undefined]);
  });

  it("makes room when it goes, and never for more than may be live or may be there, however many are made at once", async () => {
    const { links } = services();
    const { liveLinksMax, linksMax } = linkLimits;
    const mintAll = async (count: number) => {
      const made = Array.from({ length: count }, () => links.mint({ ...terms, expiresAt: now + 1_000 }, request()));
      const codes = (await Promise.allSettled(made)).map((each) =>
        each.status === "fulfilled" ? "" : each.reason.code,
      );
      expect(codes.filter((code) => !["", "tooManyLinks"].includes(code))).toEqual([]);
      return codes.filter((code) => code === "").length;
    };
    const put = async (from: number, count: number, expiresAt: number) => {
      for (let at = from; at < from + count; at++) {
        const id = String(at).padStart(4, "0");
        const made = { createdAt: 1_000, createToken: "t", hash: id, expiresAt, keptUntil: expiresAt + retentionMs };
        await opened.store.attempt(addLink({ ...terms, ...made, id }), request().cost);
      }
    };
    await put(1, 20, now);
    await put(21, linksMax - 24, now + dayMs);
    now += dayMs;
    expect(await mintAll(6)).toBe(4);
    expect(await mintAll(1)).toBe(0);
    now += retentionMs - dayMs;
    await takeOut();
    expect(await links.list("p", request())).toHaveLength(linksMax - 20);
    await put(linksMax + 1, liveLinksMax - 4, now + dayMs);
    expect(await mintAll(6)).toBe(4);
    now += 2_000;
    expect(await mintAll(1)).toBe(0);
    const ids = (await links.list("p", request())).map(({ id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: linksMax }, (_, at) => 21 + at));
  });

  it("is made for each who asks while there is room, and for nobody else, though all ask at once", async () => {
    const { links } = services();
    const { liveLinksMax } = linkLimits;
    const asked = Array.from({ length: liveLinksMax + 4 }, () => links.mint(terms, request()));
    const codes = (await Promise.allSettled(asked)).flatMap((each) =>
      each.status === "fulfilled" ? [] : [each.reason.code],
    );
    expect(codes).toEqual(Array.from({ length: 4 }, () => "tooManyLinks"));
    const ids = (await links.list("p", request())).map(({ id }) => Number(id));
    expect(ids).toEqual(Array.from({ length: liveLinksMax }, (_, at) => 1 + at));
  });

  it("opens nothing by a token whose link is gone, though another has its id by now", async () => {
    const { links, visits } = services();
    const { token } = await links.mint({ ...terms, expiresAt: now + 1_000 }, request());
    now += 1_000 + retentionMs;
    await takeOut();
    const { link, token: next } = await links.mint({ ...terms, expiresAt: now + 1_000 }, request());
    expect(link.id).toBe("0001");
    expect(await visits.open(token, request())).toEqual({ kind: "unknown" });
    expect(await visits.decide(token, { outcome: "resolve" }, request())).toMatchObject({ isNew: false });
    expect((await visits.open(next, request())).kind).toBe("open");
  });
});
