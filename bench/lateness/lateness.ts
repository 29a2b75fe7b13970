/**
 * How late a deployed service tells of deadlines, on the emulator of AWS: `npm run lateness`, some seven
 * minutes. Timers of several lengths run at the same time; a worker that asks for its mailbox is told of each.
 *
 * Times are of the machine and of what else it was doing. Shorter timers are under test (`test/deploy`).
 *
 * @module
 */

import { type Emulator, startEmulator } from "../../test/deploy/emulator.ts";
import { deploy } from "../../test/deploy/stack.ts";
import { type Stand, standOn } from "../../test/deploy/stand.ts";
import { median, printTable } from "../table.ts";

const lengthsMs = [1_000, 10_000, 5 * 60_000];
const timersEach = 10;

/** By the rule alone it would be a minute and more. */
const patienceMs = 120_000;

/** From the deadline of each to the moment when the worker has been told, in milliseconds. */
async function lateness({ call, listen }: Stand, ms: number): Promise<number[]> {
  const group = `timers-${ms}`;
  const worker = listen(group, "w");
  const deadlines = new Map<string, number>();
  for (let number = 0; number < timersEach; number++) {
    const [id, timeoutAt] = [`${group}/${number}`, Date.now() + ms];
    await call("promise.create", { id, timeoutAt, tags: { "resonate:timer": "true" } });
    const { data } = await call("promise.register_listener", { awaited: id, address: `poll://uni@${group}/w` });
    // Nobody is told later of what has been answered already.
    if (data.promise.state === "pending") {
      deadlines.set(id, timeoutAt);
    }
  }
  const news = await worker.until(deadlines.size, ms + patienceMs);
  worker.stop();
  return news.map(({ at, data }) => at - (deadlines.get(data.promise.id) ?? Number.NaN));
}

async function measure(emulator: Emulator): Promise<void> {
  const say = (step: string, tookMs?: number) => console.log(tookMs === undefined ? step : `${step}: ${tookMs} ms`);
  const deployed = await deploy(emulator, say);
  try {
    const stand = standOn(emulator, deployed, say);
    const late = await Promise.all(lengthsMs.map((ms) => lateness(stand, ms)));
    printTable(
      `Lateness of ${timersEach} timers each that somebody was told of, in milliseconds`,
      ["a deadline", "told", "least", "median", "most"],
      lengthsMs.map((ms, at) => {
        const each = late[at] ?? [];
        return [`${ms / 1_000} s away`, each.length, Math.min(...each), median(each), Math.max(...each)];
      }),
    );
  } finally {
    deployed.close();
  }
}

const emulator = await startEmulator();
await measure(emulator).finally(() => emulator.stop());
