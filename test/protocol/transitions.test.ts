/**
 * Every transition of a promise, through HTTP, on every store: the answer, what a read then shows, and what the store
 * keeps. Each case has a promise of its own, made by requests; the clock stands still while it is asked.
 */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, type Reply } from "../support/door.ts";
import { expectRefusal } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { type Case, cases, type Expected, expectedOf, type Key } from "./transition-table.ts";

const states = { resolve: "RESOLVED", reject: "REJECTED", cancel: "REJECTED_CANCELED" } as const;

const lifeMs = 1_000;

/** Headers of a request. Keys are named by what they are for, so that no key stands where another belongs. */
const headersOf = (purpose: "create" | "complete", key: Key, strict?: boolean): Record<string, string> => ({
  ...(key !== "none" && { "idempotency-key": `${purpose}-${key}` }),
  ...(strict !== undefined && { strict: String(strict) }),
});

const titleOf = ({ request, stored, createKey, completeKey, sentKey, strict }: Case) =>
  `a ${strict ? "strict" : "lenient"} ${request} with key ${sentKey} of ${stored} (keys ${createKey}, ${completeKey})`;

const titled = cases.map((each) => [titleOf(each), each] as const);

it("There are as many cases as the published table has rows, and no two are the same", () => {
  expect([cases.length, new Set(titled.map(([title]) => title)).size]).toEqual([324, 324]);
});

/** A composite is a promise like any other, whatever its members do. */
const asComposite = {
  "resonate:composite": '{"of":["member"],"need":1,"losers":"keep","missing":"refuse","encoding":"json"}',
};

const kinds = everyStore.flatMap(([name, open]) => [
  [name, open, {}] as const,
  [`${name}, of composites`, open, asComposite] as const,
]);

describe.each(kinds)("Over %s", (_, open, kindTags) => {
  let door: Door;
  let number = 0;
  let bystander: unknown;

  beforeAll(async () => {
    door = await openDoor(open);
    await door.ask("POST", "/promises", { id: "bystander", timeout: 9e15, tags: { a: "b" } });
    await door.ask("POST", "/promises", { id: "member", timeout: 9e15 });
    bystander = await imageOf("bystander");
  });
  afterAll(() => door.close());

  const imageOf = (id: string) => door.store.get(id, { roundTrips: 0 });

  const create = (id: string, data: string, headers: Record<string, string>) =>
    door.ask(
      "POST",
      "/promises",
      { id, timeout: door.clock.now + lifeMs, param: { data }, tags: { made: data, ...kindTags } },
      headers,
    );

  const complete = (id: string, state: string, data: string, headers: Record<string, string>) =>
    door.ask("PATCH", `/promises/${id}`, { state, value: { data } }, headers);

  /** Brings about what a case finds stored. */
  async function arrange(id: string, { stored, createKey, completeKey }: Case): Promise<void> {
    if (stored === "none") {
      return;
    }
    expect((await create(id, "first", headersOf("create", createKey))).status).toBe(201);
    door.clock.now += stored === "REJECTED_TIMEDOUT" ? lifeMs : 10;
    if (stored !== "PENDING" && stored !== "REJECTED_TIMEDOUT") {
      expect((await complete(id, stored, "first", headersOf("complete", completeKey))).status).toBe(201);
      door.clock.now += 10;
    }
  }

  const ask = (id: string, { request, sentKey, strict }: Case): Promise<Reply> =>
    request === "create"
      ? create(id, "second", headersOf("create", sentKey, strict))
      : complete(id, states[request], "second", headersOf("complete", sentKey, strict));

  /** The promise as it must be shown once a case's request has been answered; made from the case alone. */
  function shownAfter(id: string, born: number, asked: number, each: Case, { state, status }: Expected): object {
    const { request, stored, sentKey } = each;
    const isNew = stored === "none";
    const createKey = isNew ? sentKey : each.createKey;
    const completesNow = status === 201 && request !== "create";
    const completeKey = completesNow ? sentKey : each.completeKey;
    const param = isNew ? "second" : "first";
    return {
      id,
      state,
      param: { data: param },
      value: isValued(state) ? { data: completesNow ? "second" : "first" } : {},
      timeout: born + lifeMs,
      tags: { made: param, ...kindTags },
      createdOn: born,
      ...(createKey !== "none" && { idempotencyKeyForCreate: `create-${createKey}` }),
      ...(completeKey !== "none" && { idempotencyKeyForComplete: `complete-${completeKey}` }),
      ...(isValued(state) && { completedOn: completesNow ? asked : born + 10 }),
      ...(state === "REJECTED_TIMEDOUT" && { completedOn: born + lifeMs }),
    };
  }

  async function play(each: Case, isTimeoutWritten: boolean): Promise<void> {
    const id = `p${number++}`;
    const born = door.clock.now;
    await arrange(id, each);
    if (isTimeoutWritten) {
      await door.ask("GET", `/promises/${id}`);
    }
    const before = await imageOf(id);
    const asked = door.clock.now;
    const reply = await ask(id, each);
    const expected = expectedOf(each);
    await expectAnswer(id, reply, expected, shownAfter(id, born, asked, each, expected));
    if (expected.status !== 201 && (isTimeoutWritten || each.stored !== "REJECTED_TIMEDOUT")) {
      expect(await imageOf(id)).toEqual(before);
    }
    expect(await imageOf("bystander")).toEqual(bystander);
    door.clock.now += 10;
  }

  async function expectAnswer(
    id: string,
    reply: Reply,
    { status, state, code }: Expected,
    shown: object,
  ): Promise<void> {
    if (code !== undefined) {
      expectRefusal(reply, status, code);
    } else {
      expect({ status: reply.status, body: reply.body }).toEqual({ status, body: shown });
    }
    const read = await door.ask("GET", `/promises/${id}`);
    if (state === "none") {
      expectRefusal(read, 404, 40400);
    } else {
      expect({ status: read.status, body: read.body }).toEqual({ status: 200, body: shown });
    }
  }

  it.each(titled)("%s is answered as the table says, and nothing else changes", (_title, each) => play(each, false));

  it.each(titled.filter(([, { stored }]) => stored === "REJECTED_TIMEDOUT"))(
    "%s is answered alike where the time-out has been written down before",
    (_title, each) => play(each, true),
  );
});

const isValued = (state: string): boolean => Object.values<string>(states).includes(state);
