/**
 * Whatever is sent, the door answers: never with a failure of its own, and when it refuses, in the documented form. A
 * seed is printed with each failure, and replays it.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Answered } from "#lib/protocol/answered.ts";
import { type Door, openDoor, ownUrl } from "../support/door.ts";
import { flawsOf } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { create, request } from "./anything.ts";

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  const answered: Answered[] = [];

  beforeAll(async () => {
    door = await openDoor(open, { log: (each) => answered.push(each) });
  });
  afterAll(() => door.close());

  it("whatever is sent is answered, in the documented form, and logged once", async () => {
    const statuses = new Set<number>();
    await fc.assert(
      fc.asyncProperty(request, async ({ method, path: sentTo, body: sent, headers: named }) => {
        door.clock.now += 1;
        answered.length = 0;
        const reply = await door.ask(method, sentTo, sent, named);
        statuses.add(reply.status);
        expect(reply.status < 500, `answered ${reply.status}`).toBe(true);
        // The RPC door refuses in a form of its own.
        const isRpc = method === "POST" && new URL(sentTo, ownUrl).pathname === "/";
        expect(reply.status < 400 || isRpc ? [] : flawsOf(reply)).toEqual([]);
        expect(answered.map(({ status }) => status)).toEqual([reply.status]);
      }),
      { numRuns: 1_500 },
    );
    // A fuzz that only ever meets one refusal would prove little.
    expect([...statuses].sort()).toEqual(expect.arrayContaining([200, 201, 400, 404, 405, 410]));
  });

  it("whatever is created and accepted is read again as it was answered", async () => {
    let created = 0;
    await fc.assert(
      fc.asyncProperty(create, async (sent) => {
        door.clock.now += 1;
        const reply = await door.ask("POST", "/promises", sent);
        if (reply.status === 201) {
          created += 1;
          const read = await door.ask("GET", `/promises/${encodeURIComponent(sent.id)}`);
          expect(read.body).toEqual(reply.body);
        }
      }),
      { numRuns: 500 },
    );
    expect(created).toBeGreaterThan(20);
  });
});
