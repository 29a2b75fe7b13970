/**
 * Finds a browser; where there is none, has Debian install its own, if this process may do that.
 *
 * @module
 */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    /** Path of Chromium; absent: there is none, and none could be installed. */
    chromium: string | undefined;
  }
}

const run = promisify(execFile);
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const found = () => [process.env["CHROMIUM"] ?? "", ...places].find((place) => existsSync(place));
const installMsMax = 240_000;

export default async function setup({ provide }: TestProject): Promise<void> {
  if (found() === undefined && process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    const options = { timeout: installMsMax, env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" } };
    try {
      await run("apt-get", ["update", "-qq"], options);
      await run("apt-get", ["install", "-y", "-qq", "chromium"], options);
    } catch {
      // The tests are skipped, and say so.
    }
  }
  provide("chromium", found());
}
