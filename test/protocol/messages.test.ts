/** Messages that were given up: seen, and sent on their way again. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { posting } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import type { Reply } from "../support/door.ts";
import { expectInvalid, expectRefusal } from "../support/refusal.ts";
import { everyStore, type OpenStore, openSqlite } from "../support/stores.ts";
import { type AtWork, openAtWork, toldOf } from "./at-work.ts";

const timeout = 9e15;
const hook = "https://example.com/hook";
const hour = 3_600_000;
/** Tried each hour, for a day. */
const attemptsMax = 25;

/** A database may list what has one id in any order. */
const openBackwards: OpenStore = async () => {
  const { store, close } = await openSqlite();
  const backwards: Store = {
    ...store,
    async *listedById(...asked) {
      for await (const keys of store.listedById(...asked)) {
        yield [...Map.groupBy(keys, ({ id }) => id).values()].flatMap((ofOneId) => ofOneId.toReversed());
      }
    },
  };
  return { store: backwards, close };
};

const stores = [...everyStore, ["a store that lists mailboxes backwards", openBackwards]] as const;

describe.each(stores)("Over %s, a message", (_, open) => {
  let atWork: AtWork;

  beforeEach(async () => {
    atWork = await openAtWork(open);
  });
  afterEach(() => atWork.door.close());

  const down = async () => {
    throw new Error("connection refused");
  };
  const up = async () => "sent" as const;

  /** Completes a promise that these addresses are to be told of. */
  async function completed(id: string, addresses: readonly string[]): Promise<void> {
    await atWork.door.ask("POST", "/promises", { id, timeout });
    for (const recv of addresses) {
      await atWork.door.ask("POST", `/promises/subscribe/${id}`, { id: "s", timeout, recv });
    }
    await atWork.door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED" });
  }

  /** Tries again each hour until every message has had its last attempt. */
  async function tryToTheLast(): Promise<void> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      await atWork.workUntil(atWork.door.clock.now + hour);
    }
  }

  const parked = (query = "state=parked") => atWork.door.ask("GET", `/messages?${query}`);
  const idsOf = ({ status, body }: Reply): string[] => {
    expect({ status, keys: Object.keys(body).sort() }).toEqual({ status: 200, keys: ["cursor", "messages"] });
    return body.messages.map(({ id }: { id: string }) => id);
  };

  it("that nobody takes is parked after its last attempt, and not tried again", async () => {
    let attempts = 0;
    atWork.receive = () => {
      attempts += 1;
      return down();
    };
    await completed("p", [hook]);
    const createdOn = atWork.door.clock.now;
    for (let attempt = 1; attempt < attemptsMax; attempt++) {
      await atWork.workUntil(atWork.door.clock.now + hour);
    }
    expect((await parked()).body).toEqual({ messages: [], cursor: null });
    await atWork.workUntil(atWork.door.clock.now + hour);
    const parkedOn = atWork.door.clock.now;
    expect((await parked()).body).toEqual({
      messages: [
        {
          id: expect.any(String),
          webhookId: expect.stringMatching(/^msg_[\w-]{27}$/),
          kind: "unblock",
          address: hook,
          promiseId: "p",
          attempts: attemptsMax,
          lastError: "connection refused",
          parkedOn,
          createdOn: expect.any(Number),
        },
      ],
      cursor: null,
    });
    expect((await parked()).body.messages[0].createdOn).toBeGreaterThanOrEqual(createdOn);
    await atWork.workUntil(parkedOn + 100 * hour);
    expect(attempts).toBe(attemptsMax);
  });

  it("that is replayed is delivered by a receiver that has recovered, and gone", async () => {
    atWork.receive = down;
    await completed("p", [hook]);
    await tryToTheLast();
    const [id = ""] = idsOf(await parked());
    atWork.receive = up;
    const { status, body } = await atWork.door.ask("POST", `/messages/${id}/replay`);
    expect({ status, body }).toMatchObject({ status: 200, body: { id, attempts: 0, lastError: "connection refused" } });
    expect(body).not.toHaveProperty("parkedOn");
    expect(idsOf(await parked())).toEqual([]);
    expect((await atWork.door.ask("POST", `/messages/${id}/replay`)).body).toEqual(body);
    await atWork.workUntil(atWork.door.clock.now);
    expect(toldOf(atWork)).toEqual([hook]);
    expectRefusal(await atWork.door.ask("POST", `/messages/${id}/replay`), 404, 40403);
  });

  it("that is replayed in vain is tried for a day like a new one, and is parked again", async () => {
    atWork.receive = down;
    await completed("p", [hook]);
    await tryToTheLast();
    const [id = ""] = idsOf(await parked());
    await atWork.door.ask("POST", `/messages/${id}/replay`);
    let attempts = 0;
    atWork.receive = (_message: Outgoing) => {
      attempts += 1;
      return down();
    };
    await tryToTheLast();
    await tryToTheLast();
    // The day has begun with the replay, an hour before the first attempt.
    expect(attempts).toBe(attemptsMax - 1);
    expect(idsOf(await parked())).toEqual([id]);
  });

  it("is listed once each, also where one promise has many and a page ends among them", async () => {
    atWork.receive = down;
    const addresses = ["poll://any@a", "poll://any@b", "poll://uni@c/1", "http://a/", "http://b/", hook, `${hook}/2`];
    await completed("p", addresses);
    await completed("o", [hook]);
    await completed("q", [hook, "http://a/"]);
    await tryToTheLast();
    for (const limit of [1, 2, 3, 100]) {
      const found: { id: string; promiseId: string; address: string }[] = [];
      for (let query = `state=parked&limit=${limit}`; query !== ""; ) {
        const page = await parked(query);
        expect(idsOf(page).length).toBeLessThanOrEqual(limit);
        found.push(...page.body.messages);
        query = page.body.cursor === null ? "" : `cursor=${page.body.cursor}`;
      }
      expect(new Set(found.map(({ id }) => id)).size).toBe(found.length);
      expect(found.map(({ promiseId, address }) => `${promiseId} ${address}`)).toEqual([
        `o ${hook}`,
        ...addresses.map((address) => `p ${address}`).toSorted(),
        "q http://a/",
        `q ${hook}`,
      ]);
    }
  });

  it("that waits for its next attempt, or for a worker, is not listed", async () => {
    await completed("p", [hook]);
    atWork.receive = down;
    await atWork.workUntil(atWork.door.clock.now);
    atWork.receive = async () => "nobody";
    const tags = { "resonate:target": "poll://any@g" };
    await atWork.door.ask("POST", "/promises", { id: "t", timeout, tags });
    await atWork.workUntil(atWork.door.clock.now + hour);
    expect(idsOf(await parked())).toEqual([]);
  });

  it("of all that are parked is replayed, page by page, and delivered", async () => {
    atWork.receive = down;
    const addresses = Array.from({ length: 12 }, (_, n) => `${hook}/${n}`);
    await completed("p", addresses);
    await tryToTheLast();
    atWork.receive = up;
    const first = await atWork.door.ask("POST", "/messages/replay?limit=8");
    expect(first).toMatchObject({ status: 200, body: { replayed: 8, cursor: expect.any(String) } });
    const second = await atWork.door.ask("POST", `/messages/replay?cursor=${first.body.cursor}`);
    expect(second).toMatchObject({ status: 200, body: { replayed: 4, cursor: null } });
    expect((await atWork.door.ask("POST", "/messages/replay")).body).toEqual({ replayed: 0, cursor: null });
    await atWork.workUntil(atWork.door.clock.now);
    expect(toldOf(atWork).toSorted()).toEqual(addresses.toSorted());
  });

  it("is one of a thousand that one request replays", async () => {
    const { store } = atWork.door;
    const write = (n: number) =>
      store.attempt(
        posting({
          id: `unblock#p${n}`,
          mailbox: hook,
          kind: "unblock",
          address: hook,
          promiseId: `p${n}`,
          createdAt: 1,
          attempts: attemptsMax,
          parkedAt: 2,
        }),
        { roundTrips: 0 },
      );
    for (let from = 0; from < 1_003; from += 100) {
      await Promise.all(Array.from({ length: Math.min(100, 1_003 - from) }, (_, n) => write(from + n)));
    }
    const { body } = await atWork.door.ask("POST", "/messages/replay");
    expect(body).toEqual({ replayed: 1_000, cursor: expect.any(String) });
    // Those that were replayed are looked at first, and fill a page with nothing.
    const page = await parked();
    expect(idsOf(page)).toEqual([]);
    expect(idsOf(await parked(`cursor=${page.body.cursor}`))).toHaveLength(3);
    expect((await atWork.door.ask("POST", `/messages/replay?cursor=${body.cursor}`)).body.replayed).toBe(3);
  });

  it.each([
    "x",
    "e30",
    Buffer.from(JSON.stringify(["a", "b"])).toString("base64url"),
    Buffer.from(JSON.stringify(["", ""])).toString("base64url"),
    Buffer.from(JSON.stringify(["a".repeat(9_000), "b".repeat(9_000)])).toString("base64url"),
    Buffer.from(JSON.stringify(["\ud800", "b"])).toString("base64url"),
  ])("called %.30s is unknown", async (id) => {
    expectRefusal(await atWork.door.ask("POST", `/messages/${id}/replay`), 404, 40403);
  });

  it("is listed only in the state of those that are listed", async () => {
    const refused = "state must be parked or held: no other messages are listed";
    expectInvalid(await parked("limit=1"), refused);
    expectInvalid(await parked("state=sent"), refused);
    expectInvalid(await parked("state=parked&limit=101"), "limit must be a whole number from 0 to 100, 0 for 100");
    expectInvalid(await parked("cursor=x"), "cursor must be one that a search has answered");
  });
});
