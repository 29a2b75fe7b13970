/** Cursors that no search has given: refused whatever is wrong with them, over every store alike. */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../support/door.ts";
import { expectInvalid } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";

type Held = Record<string, unknown>;

const encode = (held: unknown) => Buffer.from(JSON.stringify(held)).toString("base64url");
const decode = (cursor: string): Held => JSON.parse(Buffer.from(cursor, "base64url").toString());

/** What a hand could change in a cursor's fields, whatever they are. */
const tampered = (held: Held): readonly unknown[] => [
  ...Object.keys(held).flatMap((field) => [
    { ...held, [field]: null },
    { ...held, [field]: {} },
  ]),
  // How ids were named is told to nobody but who sent it: any text will do there.
  ...Object.keys(held)
    .filter((field) => field !== "f")
    .flatMap((field) => [
      { ...held, [field]: "x\0" },
      { ...held, [field]: "" },
    ]),
  ...["v", "p", "t", "l", "a"].map((field) =>
    Object.fromEntries(Object.entries(held).filter(([name]) => name !== field)),
  ),
  { ...held, more: 1 },
  { ...held, v: 2 },
  { ...held, l: 0 },
  { ...held, l: 101 },
  { ...held, l: 1.5 },
  { ...held, s: ["done"] },
  { ...held, s: "pending" },
  { ...held, t: [["a"]] },
  { ...held, t: [["a", 1]] },
  { ...held, p: "x".repeat(1_001) },
  { ...held, p: "\ud800" },
  ...[
    { c: -1, i: "x" },
    { c: 0.5, i: "x" },
    { c: "1", i: "x" },
    { c: 1e300, i: "x" },
    { c: 1 },
    { i: "x" },
    { c: 1, i: "" },
    { c: 1, i: "x".repeat(1_001) },
    { c: 1, i: "x", x: false },
  ].map((a) => ({ ...held, a })),
  [held],
];

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  let cursor: string;

  beforeAll(async () => {
    door = await openDoor(open);
    for (const id of ["p1", "p2", "p3"]) {
      await door.ask("POST", "/promises", { id, timeout: 9e15, tags: { a: "b" } });
    }
    const { body } = await door.ask("GET", "/promises?id=p*&state=pending&tags[a]=b&limit=1");
    cursor = body.cursor;
  });
  afterAll(() => door.close());

  const go = (by: string) => door.ask("GET", `/promises?${new URLSearchParams({ cursor: by })}`);
  const refusal = "cursor must be one that a search has answered";

  it("a cursor goes on as often as it is asked to", async () => {
    expect(encode(decode(cursor))).toBe(cursor);
    for (const _time of [1, 2]) {
      expect((await go(cursor)).body.promises).toMatchObject([{ id: "p2" }]);
    }
  });

  it.each(["", " ", "x", "null", "e30", "bnVsbA", "W10", "MQ", "!!!", "\u{1f600}", "x".repeat(5_000)])(
    "%.20j is no cursor",
    async (garbage) => {
      expectInvalid(await go(garbage), refusal);
    },
  );

  it("cut short it is no cursor any more", async () => {
    for (let length = 0; length < cursor.length; length += 3) {
      expectInvalid(await go(cursor.slice(0, length)), refusal);
    }
  });

  it("tampered with it is refused, and breaks nothing", async () => {
    const changed = tampered(decode(cursor));
    expect(changed.length).toBeGreaterThan(40);
    for (const held of changed) {
      const reply = await go(encode(held));
      expect([JSON.stringify(held).slice(0, 200), reply.status]).toEqual([expect.any(String), 400]);
      expectInvalid(reply, refusal);
    }
  });

  it("a page goes on where it ended, whatever has come or been completed since", async () => {
    const other = await openDoor(open);
    for (const id of ["q1", "q2", "q3"]) {
      other.clock.now += 1;
      await other.ask("POST", "/promises", { id, timeout: 9e15 });
    }
    const first = await other.ask("GET", "/promises?id=q*&limit=2");
    other.clock.now += 1;
    await other.ask("POST", "/promises", { id: "q4", timeout: 9e15 });
    await other.ask("PATCH", "/promises/q1", { state: "RESOLVED" });
    const rest = await other.ask("GET", `/promises?cursor=${first.body.cursor}`);
    expect(rest.body).toMatchObject({ promises: [{ id: "q1", state: "RESOLVED" }], cursor: null });
    other.close();
  });
});
