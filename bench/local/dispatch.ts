/**
 * The workers' client, a process of its own: how long a message is on its way from the request that causes it to the
 * worker, and how long until a burst of tasks has reached all its workers.
 *
 * @module
 */

import { Agent, request } from "node:http";
import { type Quantiles, quantiles } from "./quantiles.ts";
import { envelope, promiseData, settleData, taskData } from "./scripts.ts";
import { listen } from "./worker.ts";

/** What came of it; the only message to the parent. */
export interface Dispatched {
  readonly execute: Quantiles;
  readonly unblock: Quantiles;
  readonly burstMs: number;
  /** Offers that each worker of the burst got, fewest first. */
  readonly shares: readonly number[];
}

const port = Number(process.argv[2]);
const samples = { warmUp: 200, measured: 1_000 } as const;
const burst = { tasks: 5_000, workers: 4, connections: 16, group: "burst" } as const;

const agent = new Agent({ keepAlive: true, maxSockets: burst.connections });

const call = (kind: string, data: object) =>
  new Promise<void>((resolve, reject) => {
    const body = JSON.stringify(envelope(kind, data));
    const headers = { "content-type": "application/json", "content-length": body.length };
    const sending = request({ host: "127.0.0.1", port, method: "POST", path: "/", agent, headers }, (response) => {
      response.resume().on("end", () => {
        response.statusCode === 200 ? resolve() : reject(new Error(`${kind}: ${response.statusCode}`));
      });
    });
    sending.on("error", reject).end(body);
  });

/** From sending each request to the message that it causes, one after the other. */
async function waits(
  group: string,
  before: (id: string) => Promise<void>,
  act: (id: string) => Promise<void>,
): Promise<Quantiles> {
  let arrived = () => {};
  const worker = await listen(port, group, "one", () => arrived());
  const waitsMs: number[] = [];
  for (let count = 0; count < samples.warmUp + samples.measured; count++) {
    const id = `${group}/${process.pid}/${count}`;
    await before(id);
    const message = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const sent = performance.now();
    const acting = act(id);
    await message;
    waitsMs.push(performance.now() - sent);
    await acting;
  }
  worker.close();
  return quantiles(waitsMs.slice(samples.warmUp));
}

const execute = () =>
  waits(
    "bench",
    async () => {},
    (id) => call("promise.create", taskData(id)),
  );

const unblock = () =>
  waits(
    "listeners",
    async (id) => {
      await call("promise.create", promiseData(id, {}));
      await call("promise.register_listener", { awaited: id, address: "poll://uni@listeners/one" });
    },
    (id) => call("promise.settle", settleData(id)),
  );

/** From the first create to the last offer. */
async function deliverBurst(): Promise<Pick<Dispatched, "burstMs" | "shares">> {
  const seen = new Set<string>();
  const shares = Array.from({ length: burst.workers }, () => 0);
  let all = () => {};
  const done = new Promise<void>((resolve) => {
    all = resolve;
  });
  const workers = await Promise.all(
    shares.map((_, number) =>
      listen(port, burst.group, `worker-${number}`, (text) => {
        seen.add(JSON.parse(text).data.task.id);
        shares[number] = (shares[number] ?? 0) + 1;
        if (seen.size === burst.tasks) {
          all();
        }
      }),
    ),
  );
  const ids = Iterator.from(Array.from({ length: burst.tasks }, (_, count) => `burst/${process.pid}/${count}`));
  const began = performance.now();
  await Promise.all(
    Array.from({ length: burst.connections }, async () => {
      for (const id of ids) {
        await call("promise.create", promiseData(id, { "resonate:target": `poll://any@${burst.group}` }));
      }
    }),
  );
  await done;
  const burstMs = performance.now() - began;
  for (const worker of workers) {
    worker.close();
  }
  return { burstMs, shares: shares.sort((a, b) => a - b) };
}

const dispatched: Dispatched = { execute: await execute(), unblock: await unblock(), ...(await deliverBurst()) };
agent.destroy();
process.send?.(dispatched);
