/**
 * A worker that a user of the TypeScript client would write, and that is told on its input what to start.
 * `worker.py` is the same program in Python.
 *
 * @module
 */

import { once } from "node:events";
import { appendFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import type { Adapter, Context, Durable, Handle, Logger, Sdk, Step } from "./sdk.ts";

const { env } = process;
const pid = env["WORKER"] ?? "";
const group = env["GROUP"] ?? "";

const client = createRequire(`${env["CLIENT"]}/package.json`).resolve("@resonatehq/sdk");
const { Resonate, HttpNetwork, Never, Constant }: Sdk = await import(client);

const tell = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

/** One line a happening: a line of this size is appended whole, whoever else appends. */
function note(key: string, what: string, name: string): void {
  appendFileSync(`${env["EFFECTS"]}/${key}`, `${JSON.stringify({ what, name, by: pid })}\n`);
}

async function step(_context: Context, key: string, name: string, ms: number): Promise<string> {
  note(key, "begun", name);
  await sleep(ms);
  note(key, "done", name);
  return name;
}

function* climb(context: Context, key: string, count: number, ms: number) {
  const names: unknown[] = [];
  for (let at = 1; at <= count; at++) {
    names.push(yield* context.run(step, key, `step ${at}`, ms));
  }
  return names;
}

async function trip(_context: Context, key: string): Promise<never> {
  note(key, "begun", "trip");
  throw new Error(`no such song: ${key}`);
}

function* fall(context: Context, key: string): Generator<unknown, unknown, unknown> {
  return yield* context.run(trip, key, context.options({ retryPolicy: new Never() }));
}

function* recover(context: Context, key: string) {
  try {
    return yield* fall(context, key);
  } catch (error) {
    return `caught ${(error as Error).message}`;
  }
}

const stumbles = new Map<string, number>();

async function stumble(_context: Context, key: string, times: number): Promise<number> {
  const attempt = (stumbles.get(key) ?? 0) + 1;
  stumbles.set(key, attempt);
  if (attempt <= times) {
    throw new Error("not yet");
  }
  return attempt;
}

function* persist(context: Context, key: string, times: number): Generator<unknown, unknown, unknown> {
  return yield* context.run(stumble, key, times, context.options({ retryPolicy: new Constant({ delay: 0 }) }));
}

function* ask(context: Context, key: string, target: string): Generator<unknown, unknown, unknown> {
  return yield* context.rpc("step", key, "asked", 0, context.options({ target }));
}

function* fan(context: Context, key: string, target: string, count: number) {
  const asked: Durable<unknown>[] = [];
  for (let at = 1; at <= count; at++) {
    asked.push(yield* context.beginRpc("step", key, `part ${at}`, 0, context.options({ target })));
  }
  const names: unknown[] = [];
  for (const part of asked) {
    names.push(yield* part);
  }
  return names;
}

function* nap(context: Context, key: string, ms: number): Generator<unknown, unknown, unknown> {
  yield* context.sleep(ms);
  return yield* context.run(step, key, "woken", 0);
}

function* approval(context: Context, key: string, timeoutMs: number) {
  const answer = yield* context.promise({ timeout: timeoutMs });
  note(key, "waits", answer.id);
  try {
    return `answered ${yield* answer}`;
  } catch {
    return "unanswered";
  }
}

function* leave(context: Context, key: string, target: string) {
  const child = yield* context.detached("step", key, "detached", 500, context.options({ target }));
  return child.id;
}

/** Two editions of one function, as two deployments have them. */
const edition = (number: number) =>
  function* (context: Context, key: string) {
    yield* context.run(step, key, `edition ${number} begins`, 0);
    const answer = yield* context.promise({ timeout: 60_000 });
    note(key, "waits", answer.id);
    yield* answer;
    yield* context.run(step, key, `edition ${number} ends`, 0);
    return `edition ${number}`;
  };

const say = (_details: unknown, message?: string): void => void process.stderr.write(`${pid}: ${message}\n`);
const logger: Logger = {
  debug: () => {},
  info: (_details, message) => message === "adapter connected" && tell({ isReady: true }),
  warn: (details, message) => say(details, `${message} ${JSON.stringify(details)}`),
  error: (details, message) => say(details, `${message} ${JSON.stringify(details)}`),
};

/** An address of its own, at which messages are pushed to it. */
async function pushed(): Promise<Adapter> {
  const callbacks: ((message: object) => void)[] = [];
  const server = createServer(async (incoming, outgoing) => {
    const message: object = JSON.parse(Buffer.concat(await Array.fromAsync(incoming)).toString());
    outgoing.end();
    for (const take of callbacks) {
      take(message);
    }
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${pid}`;
  return {
    unicast: address,
    anycast: address,
    match: (target) => `poll://any@${target}`,
    async init() {
      tell({ isReady: true, address });
    },
    async stop() {
      server.close();
    },
    onReceive: (callback) => callbacks.push(callback),
  };
}

// From its environment, this client takes the token for its requests, but not for its stream.
const token = env["RESONATE_TOKEN"];
const door = { url: env["SERVER_URL"] ?? "", logger, ...(token !== undefined && { token }) };
const resonate = new Resonate({
  ...door,
  group,
  pid,
  ttl: Number(env["TTL_MS"]),
  ...(env["IS_PUSHED"] === "true" && { network: new HttpNetwork({ ...door, adapter: await pushed() }) }),
});
const functions: Record<string, Step> = { step, climb, fall, recover, persist, ask, fan, nap, approval, leave };
for (const [name, step] of Object.entries(functions)) {
  resonate.register(name, step);
}
for (const version of JSON.parse(env["EDITIONS"] ?? "[]") as number[]) {
  resonate.register("edition", edition(version), { version });
}

interface Order {
  readonly call: number;
  readonly verb: "run" | "rpc" | "get" | "cancel" | "schedule" | "unschedule";
  readonly id: string;
  readonly name: string;
  readonly args: readonly unknown[];
  readonly target?: string;
  readonly version?: number;
  readonly cron: string;
}

const schedules = new Map<string, { delete(): Promise<void> }>();

async function obey({ verb, id, name, args, target, version, cron }: Order): Promise<Handle | undefined> {
  const options = resonate.options({ ...(target && { target }), ...(version && { version }) });
  switch (verb) {
    case "run":
      return resonate.beginRun(id, name, ...args, options);
    case "rpc":
      return resonate.beginRpc(id, name, ...args, options);
    case "get":
      return resonate.get(id);
    case "cancel":
      await resonate.promises.cancel(id);
      return undefined;
    case "schedule":
      schedules.set(id, await resonate.schedule(id, cron, name, ...args, options));
      return undefined;
    case "unschedule":
      await schedules.get(id)?.delete();
      return undefined;
  }
}

createInterface({ input: process.stdin })
  .on("line", async (line) => {
    const order: Order = JSON.parse(line);
    const { call } = order;
    try {
      const handle = await obey(order);
      tell({ call, isBegun: true });
      tell({ call, value: (await handle?.result()) ?? null });
    } catch (error) {
      tell({ call, error: error instanceof Error ? error.message : String(error) });
    }
  })
  // Whoever told it what to do has gone.
  .on("close", () => process.exit());
