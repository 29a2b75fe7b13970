import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Client } from "./clients.ts";

export interface WorkerOptions {
  readonly url: string;
  /** What it is called in its addresses, and in what it notes. */
  readonly pid: string;
  readonly group: string;
  /** Folder that the steps note their happenings in. */
  readonly effects: string;
  readonly ttlMs: number;
  /** What it says who it is by; absent: nobody asks. */
  readonly token?: string;
  /** Versions of the function `edition` that it has. */
  readonly editions: readonly number[];
  /** Messages are pushed to an address of its own, and it asks for none. */
  readonly isPushed?: boolean;
  /** How long it may take until it is ready; absent: as long as a busy machine takes to start it. */
  readonly readyMsMax?: number;
}

export type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** An execution that a worker was told to start or to wait for. */
export interface Call {
  /** The server has taken it. */
  readonly begun: Promise<void>;
  readonly result: Promise<Json>;
}

export interface Start {
  readonly id: string;
  readonly name: string;
  readonly args: readonly Json[];
  readonly target?: string;
  readonly version?: number;
}

/** The client's worker program, as a process of its own. */
export interface WorkerProcess {
  readonly pid: string;
  /** Where messages are pushed to it; absent: it asks for them. */
  readonly address?: string;
  /** Runs a function in this process. */
  run(start: Start): Call;
  /** Has a function run by whichever worker the target names. */
  rpc(start: Start): Call;
  /** Waits for an execution that somebody else began. */
  get(id: string): Call;
  cancel(id: string): Promise<Json>;
  schedule(start: Start & { readonly cron: string }): Promise<Json>;
  unschedule(id: string): Promise<Json>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  kill(): Promise<void>;
  /** What it has said of its troubles. */
  said(): string;
}

interface Answer {
  readonly isReady?: true;
  readonly address?: string;
  readonly call?: number;
  readonly isBegun?: true;
  readonly value?: Json;
  readonly error?: string;
}

interface Awaited {
  readonly begun: PromiseWithResolvers<void>;
  readonly result: PromiseWithResolvers<Json>;
}

const readyMsMaxUsual = 30_000;

/** Starts a worker, and waits until the server has its address. */
export async function startWorker(client: Client, options: WorkerOptions): Promise<WorkerProcess> {
  const { child, said } = launch(client, options);
  const calls = new Map<number, Awaited>();
  const ready = Promise.withResolvers<Answer>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const answer: Answer = JSON.parse(line);
    if (answer.isReady) {
      ready.resolve(answer);
    }
    settle(calls.get(answer.call ?? 0), answer);
  });
  child.on("exit", (code) => {
    const gone = new Error(`the worker ${options.pid} has ended (${code}): ${said()}`);
    ready.reject(gone);
    calls.forEach(({ begun, result }) => {
      begun.reject(gone);
      result.reject(gone);
    });
  });
  const late = setTimeout(() => child.kill("SIGKILL"), options.readyMsMax ?? readyMsMaxUsual);
  const { address } = await ready.promise.finally(() => clearTimeout(late));

  const order = (verb: string, details: object): Call => {
    const call = calls.size + 1;
    const awaited = { begun: Promise.withResolvers<void>(), result: Promise.withResolvers<Json>() };
    // A test may end before it has looked at the one or the other.
    awaited.begun.promise.catch(() => {});
    awaited.result.promise.catch(() => {});
    calls.set(call, awaited);
    child.stdin.write(`${JSON.stringify({ call, verb, args: [], ...details })}\n`);
    return { begun: awaited.begun.promise, result: awaited.result.promise };
  };
  return {
    pid: options.pid,
    ...(address !== undefined && { address }),
    run: (start) => order("run", start),
    rpc: (start) => order("rpc", start),
    get: (id) => order("get", { id }),
    cancel: (id) => order("cancel", { id }).result,
    schedule: (start) => order("schedule", start).result,
    unschedule: (id) => order("unschedule", { id }).result,
    signal: (name) => void child.kill(name),
    async kill() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, "exit");
        child.kill("SIGKILL");
        await ended;
      }
    },
    said,
  };
}

function settle(awaited: Awaited | undefined, { isBegun, value, error }: Answer): void {
  if (isBegun) {
    awaited?.begun.resolve();
  } else if (error !== undefined) {
    awaited?.begun.reject(new Error(error));
    awaited?.result.reject(new Error(error));
  } else {
    awaited?.result.resolve(value ?? null);
  }
}

function launch(
  { command, folder, name }: Client,
  { url, pid, group, effects, ttlMs, editions, token, isPushed = false }: WorkerOptions,
) {
  if (command === undefined) {
    throw new Error(`${name} does not run on this machine`);
  }
  const [program, ...args] = command;
  const child = spawn(program, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      ...process.env,
      CLIENT: folder,
      SERVER_URL: url,
      WORKER: pid,
      GROUP: group,
      EFFECTS: effects,
      TTL_MS: String(ttlMs),
      EDITIONS: JSON.stringify(editions),
      IS_PUSHED: String(isPushed),
      ...(token !== undefined && { RESONATE_TOKEN: token }),
    },
  });
  const chunks: string[] = [];
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  // A worker that was killed takes no more orders.
  child.stdin.on("error", () => {});
  return { child, said: () => chunks.join("") };
}
