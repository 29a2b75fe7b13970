/**
 * The examples as a user runs them: processes that know only where the server is.
 *
 * @module
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { extname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { inject } from "vitest";
import { startProcess } from "../support/server-process.ts";

export interface Script {
  /** All that it has printed, complaints aside. */
  said(): string;
  /** Resolves with what matches, once it has been printed. */
  says(pattern: RegExp): Promise<string>;
  /** Resolves with all that it printed, once it has ended by itself and without complaint. */
  ended(): Promise<string>;
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** Starts an example, and gives it arguments. */
export type Run = (file: string, ...args: string[]) => Script;

const saysMsMax = 40_000;

const examples = fileURLToPath(new URL("../../examples/", import.meta.url));

const python = inject("sdkClients").find(({ name }) => name === "Python 0.8.1");

/** Why the examples in Python do not run on this machine, if so. */
export const pythonAbsent = python?.absent;

/**
 * Plays with scripts against a server of their own; all of them have ended when the play has.
 *
 * @param place Where the server keeps everything.
 */
export const playing =
  (
    play: (run: Run, serverUrl: string) => Promise<void>,
    place: readonly string[] = ["--memory"],
  ): (() => Promise<void>) =>
  async () => {
    const server = await startProcess(...place, "--retry", "1");
    const started: Script[] = [];
    const run: Run = (file, ...args) => {
      const script = launch(programOf(file), [examples + file, ...args], server.url);
      started.push(script);
      return script;
    };
    try {
      await play(run, server.url);
    } finally {
      await Promise.all(started.map((script) => script.kill("SIGKILL")));
      await server.end("SIGKILL");
    }
  };

function programOf(file: string): string {
  const program = { ".ts": process.execPath, ".sh": "bash", ".py": python?.command?.[0] }[extname(file)];
  if (program === undefined) {
    throw new Error(`nothing runs ${file}`);
  }
  return program;
}

function launch(program: string, args: readonly string[], serverUrl: string): Script {
  const child = spawn(program, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, RESONATE_URL: serverUrl },
  });
  const closed = once(child, "close");
  let [output, complaint] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  return {
    said: () => output,
    says: (pattern) =>
      new Promise((resolve, reject) => {
        const fail = () => reject(new Error(`never printed ${pattern}: ${output}${complaint}`));
        const late = setTimeout(fail, saysMsMax);
        const look = () => {
          const [match] = pattern.exec(output) ?? [];
          if (match !== undefined) {
            clearTimeout(late);
            child.stdout.off("data", look);
            resolve(match);
          }
        };
        child.stdout.on("data", look);
        child.on("close", fail);
        look();
      }),
    async ended() {
      const [exitCode] = await closed;
      if (exitCode !== 0) {
        throw new Error(`ended with ${exitCode}: ${output}${complaint}`);
      }
      return output;
    },
    async kill(signal = "SIGTERM") {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill(signal);
      }
      await closed;
    },
  };
}

/** Resolves once the step that has this id is kept: from now on, nobody does it again. */
export async function kept(serverUrl: string, id: string): Promise<void> {
  const tooLate = Date.now() + saysMsMax;
  while (Date.now() < tooLate) {
    const { state } = (await (await fetch(`${serverUrl}/promises/${id}`)).json()) as { state?: string };
    if (state === "RESOLVED") {
      return;
    }
    await sleep(20);
  }
  throw new Error(`${id} is not kept`);
}
