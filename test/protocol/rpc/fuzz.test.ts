/**
 * Whatever is sent to the RPC door, it answers: with an envelope that repeats what can be repeated, and never with a
 * failure of its own. A seed is printed with each failure, and replays it.
 */

import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../../support/door.ts";
import { everyStore } from "../../support/stores.ts";
import { beginning, bytes, json, kinds, request } from "./anything-asked.ts";
import { flawsOf, version } from "./asking.ts";

/** What must be repeated of a body, whatever it is. */
function echoOf(body: Buffer): { kind: string; corrId: string } {
  const parsed = parse(body);
  const { kind, head } = Object(parsed) as { kind?: unknown; head?: unknown };
  const { corrId } = Object(head) as { corrId?: unknown };
  return {
    kind: typeof kind === "string" ? kind : "unknown",
    corrId: typeof corrId === "string" ? corrId : "0",
  };
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}

describe.each(everyStore)("Over %s", (_, open) => {
  let door: Door;
  const failures: unknown[] = [];

  beforeAll(async () => {
    door = await openDoor(open, { log: ({ error }) => error !== undefined && failures.push(error) });
  });
  afterAll(() => door.close());

  async function send(body: Buffer): Promise<number> {
    door.clock.now += 1;
    const reply = await door.ask("POST", "/", body);
    expect({ flaws: flawsOf(reply, echoOf(body)), failures }).toEqual({ flaws: [], failures: [] });
    expect(reply.status, reply.body.data).toBeLessThan(500);
    return reply.status;
  }

  const toBytes = (body: unknown): Buffer => Buffer.from(JSON.stringify(body));

  it("any bytes are answered", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (body) => void (await send(body))),
      { numRuns: 400 },
    );
  });

  it("any JSON is answered", async () => {
    await fc.assert(
      fc.asyncProperty(json, async (body) => void (await send(toBytes(body)))),
      { numRuns: 600 },
    );
  });

  it("any requests of the kinds there are are answered one after another, and often get far", async () => {
    const met = new Map<number, Set<string>>();
    let runs = 0;
    const ask = async (sent: { kind: string }) => {
      const status = await send(Buffer.from(JSON.stringify(sent).replaceAll("~", `${runs}-`)));
      met.set(status, (met.get(status) ?? new Set()).add(sent.kind));
    };
    await fc.assert(
      fc.asyncProperty(fc.array(request, { minLength: 20, maxLength: 25, size: "max" }), async (sequence) => {
        runs += 1;
        for (const [kind, data] of beginning) {
          await ask({ kind, head: { corrId: "c", version }, data } as { kind: string });
        }
        for (const sent of sequence) {
          await ask(sent);
        }
      }),
      { numRuns: 120 },
    );
    // A fuzz that is only ever refused would prove little.
    expect([...met.keys()].sort()).toEqual(expect.arrayContaining([200, 300, 400, 403, 404, 409, 422]));
    expect(kinds.filter((kind) => !met.get(200)?.has(kind)).length).toBeLessThan(4);
  });

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"data":', "}"],
  ])("JSON of many %s in one another is answered", async (_what, opened, closed) => {
    for (const depth of [1_000, 50_000]) {
      const deep = `${opened.repeat(depth)}1${closed.repeat(depth)}`;
      await send(Buffer.from(deep));
      const head = `"head":{"corrId":"c","version":"${version}"}`;
      await send(Buffer.from(`{"kind":"promise.get",${head},"data":{"id":"deep","x":${deep}}}`));
      await send(Buffer.from(`{"kind":"task.fence",${head},"data":{"id":"deep","version":0,"action":${deep}}}`));
    }
  });
});
