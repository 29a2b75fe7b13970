/**
 * The local server as its users run it: a process of its own.
 *
 * @module
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";

/** How a process ended, and all that it said. */
export interface Ended {
  /** Absent: a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ServerProcess {
  /** The URL that it greets with. */
  readonly url: string;
  readonly end: (signal: NodeJS.Signals) => Promise<Ended>;
}

const main = new URL("../../lib/local/main.ts", import.meta.url).pathname;

const startMsMax = 20_000;

/** How long a process may take to end before it counts as hanging. */
const endMsMax = 15_000;

/** Starts a server, on a free port unless the options name one, and waits for its greeting. */
export async function startProcess(...options: string[]): Promise<ServerProcess> {
  const server = launch(options.includes("--port") ? options : ["--port", "0", ...options]);
  const tooLate = Date.now() + startMsMax;
  for (;;) {
    const url = /^Durable promises on (\S+)$/m.exec(server.said().stderr)?.[1];
    if (url !== undefined) {
      return { url, end: (signal) => server.end(signal) };
    }
    if (server.child.exitCode !== null || Date.now() > tooLate) {
      const { stderr } = await server.end("SIGKILL");
      throw new Error(`the server did not start: ${stderr}`);
    }
    await sleep(10);
  }
}

/** Runs the command where it is expected to end by itself. */
export const runToEnd = (...options: string[]): Promise<Ended> => launch(options).end();

function launch(options: readonly string[]) {
  const child = spawn(process.execPath, [main, ...options], { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "close");
  const stdout = gather(child, "stdout");
  const stderr = gather(child, "stderr");
  const said = () => ({ stdout: stdout(), stderr: stderr() });
  return {
    child,
    said,
    async end(signal?: NodeJS.Signals): Promise<Ended> {
      if (signal !== undefined) {
        child.kill(signal);
      }
      const ended = await Promise.race([exited, sleep(endMsMax, undefined, { ref: false })]);
      if (ended === undefined) {
        child.kill("SIGKILL");
        throw new Error(`the process did not end: ${said().stderr}`);
      }
      return { code: child.exitCode, ...said() };
    },
  };
}

function gather(child: ChildProcess, name: "stdout" | "stderr"): () => string {
  const chunks: Buffer[] = [];
  child[name]?.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString();
}
