/**
 * Installs each client into a folder of its own, once: a folder that is there is complete, since it gets its name last.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";
import { type Client, type Release, releases } from "./clients.ts";

const run = promisify(execFile);

const cache = fileURLToPath(new URL("../../node_modules/.cache/resonate-sdk/", import.meta.url));

export default async function setup({ provide }: TestProject): Promise<void> {
  mkdirSync(cache, { recursive: true });
  const python = await findPython();
  provide("sdkClients", await Promise.all(releases.map((release) => ready(release, python))));
}

async function ready(release: Release, python: string | undefined): Promise<Client> {
  const { specifier, pushedTo, beside } = release;
  const packages = [specifier, pushedTo, beside].filter((each) => each !== undefined);
  const folder = join(
    cache,
    packages
      .join("-")
      .replace("@", "")
      .replaceAll(/[^\w.]+/g, "-"),
  );
  if (release.language === "typescript") {
    await once(folder, (unnamed) => installPackage(unnamed, specifier));
    return { ...release, folder, command: [process.execPath, fileURLToPath(new URL("./worker.ts", import.meta.url))] };
  }
  if (python === undefined) {
    return { ...release, folder, absent: "needs Python 3.12 or later, and this machine has none" };
  }
  await once(folder, (unnamed) => installModules(unnamed, packages, python));
  return {
    ...release,
    folder,
    command: [join(folder, "bin", "python"), fileURLToPath(new URL("./worker.py", import.meta.url))],
  };
}

/** Fills a folder that nobody sees before it is full; of two that do so at once, the first wins. */
async function once(folder: string, fill: (unnamed: string) => Promise<void>): Promise<void> {
  if (existsSync(folder)) {
    return;
  }
  const unnamed = mkdtempSync(`${folder}-unfinished-`);
  try {
    await fill(unnamed);
    renameSync(unnamed, folder);
  } catch (error) {
    rmSync(unnamed, { recursive: true, force: true });
    if (!existsSync(folder)) {
      throw error;
    }
  }
}

async function installPackage(folder: string, specifier: string): Promise<void> {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ private: true, type: "module" }));
  await run("npm", ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--save-exact", specifier], {
    cwd: folder,
  });
}

async function installModules(folder: string, packages: readonly string[], python: string): Promise<void> {
  await run(python, ["-m", "venv", folder]);
  await run(join(folder, "bin", "python"), ["-m", "pip", "install", "--disable-pip-version-check", ...packages]);
}

/** Names on the path first; then what pyenv keeps beside the one version that it puts there. */
async function findPython(): Promise<string | undefined> {
  const kept = globSync(join(process.env["PYENV_ROOT"] ?? join(homedir(), ".pyenv"), "versions/*/bin/python3"));
  for (const python of ["python3", "python3.14", "python3.13", "python3.12", ...kept.toSorted()]) {
    const enough = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 12))";
    const isEnough = await run(python, ["-c", enough]).then(
      () => true,
      () => false,
    );
    if (isEnough) {
      return python;
    }
  }
  return undefined;
}
