import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor, ownUrl } from "../support/door.ts";
import { everyStore } from "../support/stores.ts";
import { escapes } from "./escapes.ts";

const timeout = 9e15;

/** The service's own URL as it may stand in front of an id. */
const fronts = [
  `${ownUrl}/promises/`,
  "promises.test/promises/",
  "HTTP://Promises.Test/promises/",
  `${ownUrl}/promises/`.repeat(2),
];

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;

  beforeAll(async () => {
    door = await openDoor(open);
  });
  afterAll(() => door.close());

  describe.each(fronts)("with %s in front", (front) => {
    const name = `own/${fronts.indexOf(front)}`;

    it("an id names the promise without it, and the answer repeats what was asked", async () => {
      const made = await door.ask("POST", "/promises", { id: front + name, timeout }, { "idempotency-key": "k" });
      expect({ status: made.status, id: made.body.id, location: made.headers.get("location") }).toEqual({
        status: 201,
        id: front + name,
        location: `${ownUrl}/promises/${name}`,
      });
      const again = await door.ask("POST", "/promises", { id: name, timeout }, { "idempotency-key": "k" });
      expect({ status: again.status, body: again.body }).toEqual({ status: 200, body: { ...made.body, id: name } });
      expect((await door.store.get(name, { roundTrips: 0 }))?.id).toBe(name);
    });

    it.each(escapes)(
      "a path (%s) reads and completes the promise, and answers in the same form",
      async (_form, write) => {
        const path = `/promises/${write(front + name)}`;
        expect((await door.ask("GET", path)).body.id).toBe(front + name);
        const completed = await door.ask("PATCH", path, { state: "RESOLVED" }, { "idempotency-key": "k" });
        expect(completed.body).toMatchObject({ id: front + name, state: "RESOLVED" });
        expect((await door.ask("GET", `/promises/${name}`)).body).toEqual({ ...completed.body, id: name });
      },
    );

    it("a search finds what the pattern finds without it, page after page, in the same form", async () => {
      const query = (pattern: string) => `/promises?id=${encodeURIComponent(pattern)}&limit=1`;
      const plain = await door.ask("GET", query(`${name}*`));
      const framed = await door.ask("GET", query(`${front}${name}*`));
      expect(plain.body.promises).toHaveLength(1);
      expect(framed.body.promises).toEqual(
        plain.body.promises.map((found: { id: string }) => ({ ...found, id: front + found.id })),
      );
      await door.ask("POST", "/promises", { id: `${name}/second`, timeout });
      const first = await door.ask("GET", query(`${front}${name}*`));
      const second = await door.ask("GET", `/promises?cursor=${first.body.cursor}`);
      expect([...first.body.promises, ...second.body.promises].map((found: { id: string }) => found.id)).toEqual([
        `${front}${name}/second`,
        front + name,
      ]);
    });
  });

  it("it is taken off however often it stands there, as far as a body reaches", async () => {
    const often = "promises.test/promises/".repeat(45_000);
    const reply = await door.ask("POST", "/promises", { id: `${often}often`, timeout });
    expect({ status: reply.status, id: reply.body.id.length }).toEqual({ status: 201, id: often.length + 5 });
    expect((await door.ask("GET", "/promises/often")).status).toBe(200);
  });

  it.each([
    "https://else.where/promises/x",
    "http://promises.test:8001/promises/x",
    "https://promises.test/promises/x",
    "http://promises.test.evil/promises/x",
    `${ownUrl}/Schedules/x`,
    `${ownUrl}/promises`,
    `${ownUrl}/promises/`,
    `x${ownUrl}/promises/x`,
  ])("%s is an id like any other", async (id) => {
    expect((await door.ask("POST", "/promises", { id, timeout })).status).toBe(201);
    expect((await door.store.get(id, { roundTrips: 0 }))?.id).toBe(id);
    expect((await door.ask("GET", `/promises/${encodeURIComponent(id)}`)).body.id).toBe(id);
  });
});
