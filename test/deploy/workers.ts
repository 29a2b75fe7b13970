import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { expect, inject, it, type TestContext } from "vitest";
import type { Client } from "../sdk/clients.ts";
import { effectsIn } from "../sdk/effects.ts";
import { startWorker, type WorkerProcess } from "../sdk/worker-process.ts";
import type { Scenarios, Stand } from "./stand.ts";

/** A worker counts as ready when it is first answered, which may be when its request has been held to the end. */
const readyMsMax = 100_000;

const clients = inject("sdkClients");
const nameOf = ({ name, absent }: Client): string => (absent === undefined ? name : `${name}: ${absent}`);

/** The official clients, unchanged. All at the same time: they mostly wait. */
export const workers: Scenarios = (stand) => {
  for (const client of clients) {
    it.skipIf(client.absent !== undefined).concurrent(
      `runs functions of ${nameOf(client)}, whose workers ask for messages`,
      (test) => climb(stand(), client, false, test),
    );
    it.skipIf(client.absent !== undefined || !client.takesPushes).concurrent(
      `runs functions of ${nameOf(client)}, whose workers are pushed to`,
      (test) => climb(stand(), client, true, test),
    );
  }
};

/** Somebody has a function run by a worker in another process: three steps, each of which is done once. */
async function climb(
  { emulator, deployed, call }: Stand,
  client: Client,
  isPushed: boolean,
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
): Promise<void> {
  const folder = mkdtempSync(join(emulator.folder, "effects-"));
  const effects = effectsIn(folder);
  const name = randomUUID().slice(0, 8);
  const start = async (role: "front" | "worker", isItsOwn: boolean): Promise<WorkerProcess> => {
    const { url, key: token } = deployed;
    const [pid, group] = [`${role}-${name}`, `${role}s-${name}`];
    const options = { url, pid, group, effects: folder, ttlMs: 60_000, editions: [], token, readyMsMax };
    const starting = startWorker(client, { ...options, isPushed: isItsOwn });
    onTestFinished(() =>
      starting.then(
        (started) => started.kill(),
        () => {},
      ),
    );
    if (!isItsOwn) {
      await greet(call, `poll://uni@${group}/${pid}`);
    }
    return starting;
  };
  const [front, worker] = await Promise.all([start("front", false), start("worker", isPushed)]);
  const id = `climb-${name}`;
  const steps = ["step 1", "step 2", "step 3"];
  const { result } = front.rpc({
    id,
    name: "climb",
    args: [id, steps.length, 0],
    target: worker.address ?? `workers-${name}`,
  });
  expect(await result).toEqual(steps);
  expect(effects.all(id).filter(({ what }) => what === "done")).toEqual(
    steps.map((step) => ({ what: "done", name: step, by: worker.pid })),
  );
}

/** News for a worker that has just come, of no concern to it: so that its first request is answered at once. */
async function greet(call: Stand["call"], address: string): Promise<void> {
  const id = `greeting-${randomUUID()}`;
  await call("promise.create", { id, timeoutAt: Date.now() + 60_000 });
  await call("promise.register_listener", { awaited: id, address });
  await call("promise.settle", { id, state: "resolved" });
}
