/**
 * Servers that die and come back, and two of them that share one table.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { inHalves } from "./halves.ts";
import { alone, everywhere, freshId } from "./stage.ts";

const leaseMs = 3_000;

/** Clients that wait for a result ask for it again by themselves only after a minute. */
const refreshMs = 60_000;

everywhere(({ client, keep }) => {
  const playing = (play: Parameters<typeof alone>[2]) => alone(client, keep, play);

  it(
    "takes up where it was when the server is killed and started again",
    playing(async ({ hire, effects, server, serve }) => {
      const front = await hire({ group: "front" });
      await hire({ group: "climbers", ttlMs: leaseMs });
      const ids = Array.from({ length: 5 }, () => freshId("outage"));
      const calls = ids.map((id) => front.rpc({ id, name: "climb", args: [id, 5, 300], target: "climbers" }));
      await Promise.all(ids.map((id) => effects.seen(id, "begun", "step 3")));
      const finished = ids.map((id) => effects.names(id, "done").slice(0, 2));
      await server.end("SIGKILL");
      await sleep(500);
      const began = Date.now();
      await serve("--port", new URL(server.url).port);
      for (const { result } of calls) {
        expect(await result).toHaveLength(5);
      }
      expect(Date.now() - began).toBeLessThan(refreshMs / 2);
      const again = ids.map((id) => effects.names(id, "done").filter((name) => /step [12]/.test(name)));
      expect(again).toEqual(finished);
    }),
  );

  if (!keep.isShared) {
    return;
  }
  it(
    "is served by two servers on one table, each with half of the requests",
    playing(async ({ hire, effects, server, serve }) => {
      const other = await serve();
      const halves = await inHalves([server.url, other.url]);
      try {
        const front = await hire({ url: halves.url, group: "front" });
        const pool = await Promise.all([1, 2, 3, 4].map(() => hire({ url: halves.url, group: "pool" })));
        const ids = Array.from({ length: 3 }, () => freshId("halves"));
        const calls = ids.map((id) => front.run({ id, name: "fan", args: [id, "pool", 20] }));
        for (const { result } of calls) {
          expect(await result).toHaveLength(20);
        }
        for (const id of ids) {
          expect(new Set(effects.names(id, "done")).size).toBe(20);
          expect(effects.names(id, "done")).toHaveLength(20);
        }
        const by = new Set(ids.flatMap((id) => effects.all(id).map((effect) => effect.by)));
        expect(by).toEqual(new Set(pool.map(({ pid }) => pid)));
        expect(Math.abs((halves.sent[0] ?? 0) - (halves.sent[1] ?? 0))).toBeLessThanOrEqual(1);
      } finally {
        halves.close();
      }
    }),
  );
});
