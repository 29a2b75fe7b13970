import { randomUUID } from "node:crypto";
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { inject, it, type TestContext } from "vitest";
import type { Client } from "../sdk/clients.ts";
import { effectsIn } from "../sdk/effects.ts";
import { completion } from "../sdk/rest.ts";
import { type Json, startWorker, type WorkerProcess } from "../sdk/worker-process.ts";
import { openForwarder } from "./forwarder.ts";
import type { Scenarios, Stand } from "./stand.ts";

/** A worker counts as ready when it is first answered, which may be when its request has been held to the end. */
const readyMsMax = 100_000;

const clients = inject("sdkClients");
const nameOf = ({ name, absent }: Client): string => (absent === undefined ? name : `${name}: ${absent}`);

/** How messages come to a worker: it asks for them, they are posted to it, or they are events of a function. */
type Way = "ask for messages" | "are pushed to" | "are functions that are invoked";

const waysOf = ({ takesPushes, pushedTo }: Client): Way[] => [
  "ask for messages",
  ...(takesPushes ? (["are pushed to"] as const) : []),
  ...(pushedTo === undefined ? [] : (["are functions that are invoked"] as const)),
];

/** The official clients, unchanged. All at the same time: they mostly wait. */
export const workers: Scenarios = (stand) => {
  for (const client of clients) {
    it.skipIf(client.absent !== undefined).concurrent.for(waysOf(client))(
      `runs functions of ${nameOf(client)}, whose workers %s`,
      (way, test) => work(stand(), client, way, test),
    );
  }
};

type Test = Pick<TestContext, "onTestFinished" | "expect">;

/** Somebody has functions run by a worker in another process. */
async function work(stand: Stand, client: Client, way: Way, test: Test): Promise<void> {
  const { expect } = test;
  const { front, worker, effects, target, name } = await staffed(stand, client, way, test);
  const rpc = (kind: string, ...args: readonly Json[]) => {
    const id = `${kind}-${name}`;
    return { id, result: front.rpc({ id, name: kind, args: [id, ...args], target }).result };
  };
  const steps = ["step 1", "step 2", "step 3"];
  const climb = rpc("climb", steps.length, 0);
  expect(await climb.result).toEqual(steps);
  expect(effects.all(climb.id).filter(({ what }) => what === "done")).toEqual(
    steps.map((step) => ({ what: "done", name: step, by: worker.pid })),
  );

  const [caught, nap, asked, approval] = [
    rpc("recover"),
    rpc("nap", 500),
    rpc("ask", `poll://any@fronts-${name}`),
    rpc("approval", 60_000),
  ];
  const { name: awaited } = await effects.seen(approval.id, "waits");
  const path = `/promise?id=${encodeURIComponent(awaited)}`;
  expect((await stand.ask("PATCH", path, completion("yes"))).status).toBe(201);
  expect(await Promise.all([caught.result, nap.result, asked.result, approval.result])).toEqual([
    `caught no such song: ${caught.id}`,
    "woken",
    "asked",
    "answered yes",
  ]);
  expect(effects.names(nap.id, "done")).toEqual(["woken"]);
  expect((await effects.seen(asked.id, "done")).by).toBe(front.pid);
}

/** A process that has functions run, and another that runs them. */
async function staffed({ emulator, deployed, call }: Stand, client: Client, way: Way, { onTestFinished }: Test) {
  const folder = mkdtempSync(join(emulator.folder, "effects-"));
  const name = randomUUID().slice(0, 8);
  const start = async (role: "front" | "worker", isPushed: boolean): Promise<WorkerProcess> => {
    const { url, key: token } = deployed;
    const [pid, group] = [`${role}-${name}`, `${role}s-${name}`];
    const starting = startWorker(client, {
      ...{ url, pid, group, token, readyMsMax, isPushed },
      ...{ effects: folder, ttlMs: 60_000, editions: [] },
    });
    onTestFinished(() =>
      starting.then(
        (started) => started.kill(),
        () => {},
      ),
    );
    if (!isPushed) {
      await greet(call, `poll://uni@${group}/${pid}`);
    }
    return starting;
  };
  const [front, worker] = await Promise.all([start("front", false), start("worker", way !== "ask for messages")]);
  const effects = effectsIn(folder);
  const { address = `workers-${name}` } = worker;
  if (way !== "are functions that are invoked") {
    return { front, worker, effects, name, target: address };
  }
  await openForwarder(emulator, `climber-${name}`, address);
  return { front, worker, effects, name, target: `lambda://climber-${name}` };
}

/** News for a worker that has just come, of no concern to it: so that its first request is answered at once. */
async function greet(call: Stand["call"], address: string): Promise<void> {
  const id = `greeting-${randomUUID()}`;
  await call("promise.create", { id, timeoutAt: Date.now() + 60_000 });
  await call("promise.register_listener", { awaited: id, address });
  await call("promise.settle", { id, state: "resolved" });
}
