/** Every limit, kept to the byte and broken by one: a breach names its field and limit, and changes nothing. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { limits } from "#lib/core/index.ts";
import { bodyBytesMax } from "#lib/protocol/body.ts";
import { type Door, openDoor, type Reply } from "../support/door.ts";
import { expectRefusal } from "../support/refusal.ts";
import { everyStore, openSqlite } from "../support/stores.ts";

const timeout = 9e15;

/** Text of so many bytes of UTF-8, the longer characters at its front. */
const wide = (bytes: number, character: string): string => {
  const size = Buffer.byteLength(character);
  return character.repeat(Math.floor(bytes / size)) + "x".repeat(bytes % size);
};

const entries = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, n) => [`n${n}`, ""]));

/** A payload or tags that fill so many bytes of JSON. */
const filled = (bytes: number, wrap: (text: string) => object, character = "x") =>
  wrap(wide(bytes - JSON.stringify(wrap("")).length, character));

interface Limit {
  readonly field: string;
  readonly max: number;
  readonly status: 400 | 413;
  readonly rule: string;
  /** The request of this size. */
  readonly of: (size: number) => { readonly body?: object; readonly headers?: Record<string, string> };
}

const payloadLimits = (field: "param" | "value"): readonly Limit[] => [
  ...["x", "ü", "\u{1f600}", "€"].map((character) => ({
    field,
    max: 2_500_000,
    status: 413 as const,
    rule: "2500000 bytes of JSON",
    of: (size: number) => ({ body: { [field]: filled(size, (data) => ({ data }), character) } }),
  })),
  {
    field,
    max: 2_500_000,
    status: 413,
    rule: "2500000 bytes of JSON",
    of: (size) => ({ body: { [field]: filled(size, (text) => ({ headers: { text } })) } }),
  },
  {
    field: `${field}.headers`,
    max: 100,
    status: 413,
    rule: "100 entries",
    of: (size) => ({ body: { [field]: { headers: entries(size) } } }),
  },
];

const keyLimit: Limit = {
  field: "idempotency-key",
  max: 1_000,
  status: 400,
  rule: "1000 bytes of UTF-8",
  of: (size) => ({ headers: { "idempotency-key": "k".repeat(size) } }),
};

const createLimits: readonly Limit[] = [
  ...["x", "ü", "€", "\u{1f600}"].map((character) => ({
    field: "id",
    max: 1_000,
    status: 400 as const,
    rule: "1000 bytes of UTF-8",
    of: (size: number) => ({ body: { id: wide(size, character) } }),
  })),
  keyLimit,
  ...payloadLimits("param"),
  { field: "tags", max: 100, status: 413, rule: "100 entries", of: (size) => ({ body: { tags: entries(size) } }) },
  {
    field: "tags",
    max: 32_768,
    status: 413,
    rule: "32768 bytes of JSON",
    of: (size) => ({ body: { tags: filled(size, (text) => ({ text })) } }),
  },
  {
    field: "tags",
    max: 32_768,
    status: 413,
    rule: "32768 bytes of JSON",
    of: (size) => ({ body: { tags: filled(size, (text) => ({ [text]: "" }), "ü") } }),
  },
];

const completeLimits = [keyLimit, ...payloadLimits("value")];

function expectBreach(reply: Reply, { field, status, rule }: Limit): void {
  expectRefusal(reply, status, status * 100);
  const { message, details } = reply.body.error;
  expect(details).toHaveLength(1);
  expect(details[0].message).toMatch(new RegExp(`^${field} must (be|have) at most ${rule}$`));
  expect(message).toBe(status === 413 ? details[0].message : "invalid request");
}

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  let number = 0;

  beforeAll(async () => {
    door = await openDoor(open);
  });
  afterAll(() => door.close());

  const imageOf = (id: string) => door.store.get(id, { roundTrips: 0 });

  it.each(createLimits)("a create keeps $field up to $max ($rule), and not one more", async (limit) => {
    const create = async (size: number) => {
      const { body, headers } = limit.of(size);
      const sent = { id: `c${number++}`, timeout, ...body };
      return { sent, reply: await door.ask("POST", "/promises", sent, headers) };
    };
    const past = await create(limit.max + 1);
    expectBreach(past.reply, limit);
    expect(past.sent.id.length > 1_000 ? undefined : await imageOf(past.sent.id)).toBeUndefined();
    const { sent, reply } = await create(limit.max);
    expect(reply.status).toBe(201);
    expect(reply.body).toMatchObject(sent);
    expect((await door.ask("GET", `/promises/${encodeURIComponent(sent.id)}`)).body).toEqual(reply.body);
  });

  it.each(completeLimits)("a completion keeps $field up to $max ($rule), and not one more", async (limit) => {
    const id = `s${number++}`;
    await door.ask("POST", "/promises", { id, timeout });
    const before = await imageOf(id);
    const complete = (size: number) => {
      const { body, headers } = limit.of(size);
      return door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED", ...body }, headers);
    };
    expectBreach(await complete(limit.max + 1), limit);
    expect(await imageOf(id)).toEqual(before);
    expect((await complete(limit.max)).body).toMatchObject({ state: "RESOLVED", ...limit.of(limit.max).body });
  });

  it("the largest promise that the limits allow is kept, completed and found", async () => {
    const payload = filled(limits.payloadBytesMax, (data) => ({ data }), "ü");
    const id = wide(limits.idBytesMax, "日");
    const key = { "idempotency-key": "k".repeat(limits.idempotencyKeyBytesMax) };
    const tags = filled(limits.tagsBytesMax, (text) => ({ text }), "\u{1f600}");
    expect((await door.ask("POST", "/promises", { id, timeout, param: payload, tags }, key)).status).toBe(201);
    const path = `/promises/${encodeURIComponent(id)}`;
    const completed = await door.ask("PATCH", path, { state: "REJECTED", value: payload }, key);
    expect(completed.body).toMatchObject({ id, param: payload, value: payload, tags });
    expect((await door.ask("GET", path)).body).toEqual(completed.body);
    expect((await door.ask("GET", `/promises?id=${encodeURIComponent("日*")}&state=rejected`)).body.promises).toEqual([
      completed.body,
    ]);
  });
});

describe("A body", () => {
  const bodyOf = (bytes: number) => {
    const open = `{"id":"big","timeout":${timeout},"ignored":"`;
    return `${open}${"x".repeat(bytes - open.length - 2)}"}`;
  };

  it.each([
    ["that says its length", (body: string): Record<string, string> => ({ "content-length": String(body.length) })],
    ["that does not say its length", () => ({})],
  ])("%s is taken up to its limit and refused past it", async (_, headersOf) => {
    const door = await openDoor(openSqlite);
    const past = bodyOf(bodyBytesMax + 1);
    for (const [method, path] of [
      ["POST", "/promises"],
      ["PATCH", "/promises/big"],
      ["PUT", "/promises/big"],
    ] as const) {
      const reply = await door.ask(method, path, past, headersOf(past));
      expectRefusal(reply, 413, 41300);
      expect(reply.body.error.message).toBe("body must be at most 2900000 bytes");
    }
    expect(await door.store.get("big", { roundTrips: 0 })).toBeUndefined();
    const full = bodyOf(bodyBytesMax);
    expect((await door.ask("POST", "/promises", full, headersOf(full))).status).toBe(201);
    door.close();
  });

  it("breaks several limits at once, and each is named", async () => {
    const door = await openDoor(openSqlite);
    const big = { headers: entries(101), data: "x".repeat(limits.payloadBytesMax) };
    const reply = await door.ask("POST", "/promises", { id: "p", timeout, param: big, tags: entries(101) });
    expectRefusal(reply, 413, 41300);
    expect(reply.body.error.details.map(({ message }: { message: string }) => message)).toEqual([
      "param must be at most 2500000 bytes of JSON",
      "param.headers must have at most 100 entries",
      "tags must have at most 100 entries",
    ]);
    door.close();
  });
});
