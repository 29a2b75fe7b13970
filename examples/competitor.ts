/**
 * One of several processes that all try to complete the same promises, each in an order of its own.
 *
 *   node examples/competitor.ts URL NAME PREFIX COUNT START
 *
 * START is when to begin, in milliseconds since the epoch.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { inParallel } from "./in-parallel.ts";
import { promiseApi } from "./promise-api.ts";
import { claim, running } from "./telling.ts";

/** How one competitor fared. */
export interface Tally {
  readonly won: number;
  readonly refused: number;
}

const [url = "", name = "", prefix = "", count = "", start = ""] = process.argv.slice(2);

await running(async () => {
  const api = promiseApi(url);
  const order = Array.from({ length: Number(count) }, (_, n) => ({ n, chance: Math.random() }));
  order.sort((a, b) => a.chance - b.chance);
  let won = 0;
  let refused = 0;
  await sleep(Math.max(0, Number(start) - Date.now()));
  await inParallel(order, async ({ n }) => {
    const { status, body } = await api.complete(`${prefix}${n}`, { state: "RESOLVED", value: { data: name } });
    if (status === 201) {
      won++;
    } else {
      const isHonest = status === 403 && body.error.code === 40300;
      claim("who comes too late is told that the promise is resolved", isHonest, { status, body });
      refused++;
    }
  });
  console.log(JSON.stringify({ won, refused } satisfies Tally));
});
