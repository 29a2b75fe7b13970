/**
 * A whole AWS on this machine: `ministack` from PyPI, installed into a folder of the project's own.
 *
 * @module
 */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, renameSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "../support/engine.ts";

const project = resolve(import.meta.dirname, "../..");
const version = "1.5.33";
const home = join(project, "node_modules/.cache", `ministack-${version}`);

export interface Emulator {
  readonly url: string;
  /** What a process needs in its environment to reach it instead of AWS. */
  readonly environment: Readonly<Record<string, string>>;
  /** What a client of AWS in this process needs to reach it. */
  readonly client: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  /** Where its tests may leave what is to go with it. */
  readonly folder: string;
  /** Its process, which leads the group that its functions' processes belong to. */
  readonly pid: number;
  stop(): Promise<void>;
}

const startMsMax = 30_000;

/** A process that was killed is there until the system has taken note of it. */
const endMsMax = 10_000;

/** Why there is none on this machine; undefined: there can be one. */
export async function whyNoEmulator(): Promise<string | undefined> {
  return promisify(execFile)("python3", ["-m", "venv", "--help"]).then(
    () => undefined,
    () => "the emulator needs a python3 with venv",
  );
}

export async function startEmulator(): Promise<Emulator> {
  await install();
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = {
    PATH: `${join(project, "node_modules/.bin")}${delimiter}${process.env["PATH"]}`,
    HOME: process.env["HOME"] ?? "/",
    NODE_PATH: join(project, "node_modules"),
    AWS_ENDPOINT_URL: url,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_REGION: "us-east-1",
    CDK_DISABLE_VERSION_CHECK: "1",
  };
  const folder = mkdtempSync(join(tmpdir(), "ministack-"));
  const emulator = spawn(join(home, "bin/ministack"), [], {
    cwd: folder,
    // A group of its own: the functions that it runs end with it.
    detached: true,
    stdio: "ignore",
    env: {
      ...environment,
      // Whatever it writes goes with the folder.
      TMPDIR: folder,
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "localhost",
      SFTP_ENABLED: "0",
      IOT_MTLS_ENABLED: "0",
    },
  });
  const stop = watchOver(emulator.pid ?? 0, folder);
  const tooLate = Date.now() + startMsMax;
  while (!(await answers(url))) {
    if (Date.now() > tooLate || emulator.exitCode !== null) {
      await stop();
      throw new Error("the emulator does not start");
    }
    await sleep(50);
  }
  const client = {
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  };
  return { url, environment, client, folder, pid: emulator.pid ?? 0, stop };
}

/**
 * Ends a group of processes and removes their folder, when it is told to, and when whoever should tell it is gone: a test
 * run that is interrupted leaves nothing behind either.
 */
function watchOver(group: number, folder: string): () => Promise<void> {
  const script = 'read -r _; kill -KILL "-$0"; sleep 0.2; rm -rf -- "$1"';
  const watcher = spawn("sh", ["-c", script, String(group), folder], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const done = once(watcher, "exit");
  return async () => {
    watcher.stdin.end();
    await done;
    for (const tooLate = Date.now() + endMsMax; existsSync(folder) || isThere(group); await sleep(50)) {
      if (Date.now() > tooLate) {
        throw new Error(`the emulator is not gone: ${group} in ${folder}`);
      }
    }
  };
}

/** Whether there is any process of the group. */
function isThere(group: number): boolean {
  try {
    return process.kill(-group, 0);
  } catch {
    return false;
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

/** The folder gets its name last, so that one that has it is whole. */
async function install(): Promise<void> {
  if (existsSync(home)) {
    return;
  }
  const unfinished = `${home}.${process.pid}`;
  const run = promisify(execFile);
  await run("python3", ["-m", "venv", unfinished]);
  await run(join(unfinished, "bin/pip"), ["install", "--quiet", `ministack==${version}`]);
  renameSync(unfinished, home);
  // Scripts name the folder that they were installed into.
  await run(join(home, "bin/python"), [
    "-m",
    "pip",
    "install",
    "--quiet",
    "--force-reinstall",
    "--no-deps",
    `ministack==${version}`,
  ]);
}
