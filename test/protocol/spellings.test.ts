/**
 * One id in all its spellings: alone, and behind the service's own URLs as a path or as a query, escaped as much as
 * whoever wrote it liked.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Addresses, addressesAt } from "#lib/protocol/addresses.ts";
import { type Door, openDoor, ownUrl } from "../support/door.ts";
import { openSqlite } from "../support/stores.ts";
import { type Rpc, rpcOf } from "./rpc/asking.ts";

const timeout = 9e15;
const at: Addresses = addressesAt([ownUrl, "https://moved.test/base"]);
const urls = [ownUrl, "promises.test", "HTTP://Promises.Test", "https://moved.test/base", "moved.test/base"];

/** What paths and queries make something else of, and whatever else there is. */
const piece = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom("%", "/", "?", "#", " ", "+", "&", "=", "%25", "%2F", "%zz", "..", "é", "😀"),
  },
  { weight: 1, arbitrary: fc.string({ unit: "grapheme", maxLength: 4 }) },
);
const id = fc
  .array(piece, { minLength: 1, maxLength: 8 })
  .map((pieces) => pieces.join("").replaceAll("\0", ""))
  .filter((text) => text !== "" && text.isWellFormed() && at.canonical(text).id === text);

/** Every byte escaped, those alone that must be, or one here and there. */
const escapedInPath = (text: string, how: number): string =>
  how === 0
    ? encodeURIComponent(text)
    : how === 1
      ? [...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, "0")}`).join("")
      : text.replaceAll("%", "%25");

const spelling = fc.tuple(fc.constantFrom(...urls), fc.nat(4)).map(
  ([url, how]) =>
    (text: string): string =>
      how < 3
        ? `${url}/promises/${escapedInPath(text, how)}`
        : `${url}/promise?${how === 3 ? "" : "strict=true&"}id=${encodeURIComponent(text)}`,
);

describe("An id", () => {
  it("is the same in every spelling, shown as it was sent, and stays what it is", () => {
    fc.assert(
      fc.property(id, fc.array(spelling, { maxLength: 3 }), (bare, spellings) => {
        const sent = spellings.reduce((text, spell) => spell(text), bare);
        const named = at.canonical(sent);
        expect([named.id, named.form(bare)]).toEqual([bare, sent]);
        expect(at.canonical(named.id)).toMatchObject({ id: bare, front: "" });
      }),
    );
  });

  it("is found by the address that is given out for it", () => {
    fc.assert(
      fc.property(id, (bare) => {
        expect(at.canonical(at.urlOf(bare)).id).toBe(bare);
      }),
    );
  });

  it("is shown beside another so that it names itself", () => {
    fc.assert(
      fc.property(id, id, fc.array(spelling, { maxLength: 3 }), (bare, other, spellings) => {
        const { form, front } = at.canonical(spellings.reduce((text, spell) => spell(text), bare));
        expect(at.canonical(form(other)).id).toBe(other);
        expect(at.canonical(at.formOf(front)(other)).id).toBe(other);
      }),
    );
  });

  it("is canonical, whatever was sent", () => {
    const anything = fc.array(
      fc.oneof(piece, fc.constantFrom(...urls.flatMap((url) => [`${url}/promises/`, `${url}/promise?id=`]))),
    );
    fc.assert(
      fc.property(anything, (pieces) => {
        const { id } = at.canonical(pieces.join(""));
        expect(at.canonical(id)).toMatchObject({ id, front: "" });
      }),
    );
  });

  it.each([
    ["/promises/a%20b", "a b"],
    ["/promises/a%2Fb", "a/b"],
    ["/promises/a%252Fb", "a%2Fb"],
    ["/promises/50%", "50%"],
    ["/promises/50%ff", "50%ff"],
    ["/promises/what?", "what?"],
    ["/promises/a#b", "a#b"],
    ["/promise?id=a+b", "a b"],
    ["/promise?id=a%2Bb&limit=1", "a+b"],
    [`/promises/${encodeURIComponent(`${ownUrl}/promises/a%2520b`)}`, "a%20b"],
  ])("behind %s is %j", (path, expected) => {
    expect(at.canonical(ownUrl + path).id).toBe(expected);
  });

  it.each(["/promise?id=a&id=b", "/promise?id=", "/promise?ID=a", "/promise?id=%zz", "/promise", "/promisery?id=a"])(
    "is the whole text where %s names none",
    (path) => {
      expect(at.canonical(ownUrl + path)).toMatchObject({ id: ownUrl + path, front: "" });
    },
  );

  it("has at most sixteen URLs with escapes in one another, and no more is done about others", () => {
    const front = `${ownUrl}/promises/`;
    const nested = (count: number) => `${front.repeat(count)}%${"25".repeat(count - 1)}41`;
    expect(at.canonical(nested(16)).id).toBe("A");
    expect(() => at.canonical(nested(17))).toThrow(expect.objectContaining({ code: "invalid" }));
    const often = `${ownUrl}/promise?id=`.repeat(40_000);
    expect(() => at.canonical(`${often}a`)).toThrow(expect.objectContaining({ code: "invalid" }));
    expect(at.canonical(`${front.repeat(40_000)}50%`).id).toBe("50%");
  });
});

describe("The location of a promise", () => {
  let door: Door;
  let rpc: Rpc;
  beforeAll(async () => {
    door = await openDoor(openSqlite);
    rpc = rpcOf(door);
  });
  afterAll(() => door.close());

  it("names it in the body of either door, in a path and in a pattern, and is repeated", async () => {
    await fc.assert(
      fc.asyncProperty(id, async (bare) => {
        const made = await door.ask("POST", "/promises", { id: bare, timeout }, { "idempotency-key": "k" });
        expect([200, 201]).toContain(made.status);
        const location = at.urlOf(bare);
        expect(made.headers.get("location") ?? location).toBe(location);
        const again = await door.ask("POST", "/promises", { id: location, timeout }, { "idempotency-key": "k" });
        expect([again.status, again.body.id]).toEqual([200, location]);
        expect((await rpc("promise.get", { id: location })).data.promise.id).toBe(location);
        const read = await door.ask("GET", `/promises/${encodeURIComponent(location)}`);
        expect([read.status, read.body.id]).toEqual([200, location]);
        if (!bare.includes("*")) {
          const { body } = await door.ask("GET", `/promises?id=${encodeURIComponent(location)}`);
          expect(body.promises.map((found: { id: string }) => at.canonical(found.id).id)).toEqual([bare]);
        }
      }),
      { numRuns: 50 },
    );
  });

  it("names it as awaiter, awaited and in a fence, for which two spellings are one id", async () => {
    const id = "the task/50%";
    const location = at.urlOf(id);
    const tags = { "resonate:target": "poll://any@g" };
    await rpc("promise.create", { id, timeoutAt: timeout, tags });
    await rpc("task.acquire", { id: location, version: 0, pid: "p", ttl: 1_000 });
    expect(await rpc("promise.register_callback", { awaited: location, awaiter: id })).toEqual({
      status: 400,
      data: "Awaited and awaiter must be different promises",
    });
    const action = { kind: "promise.settle", data: { id: location, state: "resolved" } };
    expect(await rpc("task.fence", { id, version: 1, action })).toEqual({
      status: 400,
      data: "Action ID must not equal the task ID",
    });
    expect((await door.store.get(id, { roundTrips: 0 }))?.taskState).toBe("acquired");
  });
});
