/**
 * A whole AWS on this machine: `ministack` from PyPI, installed into a folder of the project's own.
 *
 * @module
 */

import { execFile, spawn } from "node:child_process";
import { existsSync, mkdtempSync, renameSync, rmSync } from "node:fs";
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
  stop(): Promise<void>;
}

const startMsMax = 30_000;

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
      GATEWAY_PORT: String(port),
      BIND_HOST: "127.0.0.1",
      MINISTACK_HOST: "localhost",
      SFTP_ENABLED: "0",
      IOT_MTLS_ENABLED: "0",
    },
  });
  const stop = async () => {
    if (emulator.pid !== undefined && emulator.exitCode === null) {
      process.kill(-emulator.pid, "SIGKILL");
    }
    rmSync(folder, { recursive: true, force: true });
  };
  const tooLate = Date.now() + startMsMax;
  while (!(await answers(url))) {
    if (Date.now() > tooLate || emulator.exitCode !== null) {
      await stop();
      throw new Error("the emulator does not start");
    }
    await sleep(50);
  }
  return { url, environment, stop };
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
