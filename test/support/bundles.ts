/**
 * The functions' bundles, made once for all tests, as a deployment makes them where there are none: made at the same time
 * they would write over each other.
 *
 * @module
 */

import { rmSync } from "node:fs";
import type { TestProject } from "vitest/node";
import { bundled, bundlesFolder, bundlesMade, functionNames } from "../../infra/service-function.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Folder that has a folder for each function. */
    bundles: string;
  }
}

export default function setup({ provide }: TestProject): void {
  if (process.env[bundlesMade] === undefined) {
    rmSync(bundlesFolder, { recursive: true, force: true });
    functionNames.forEach(bundled);
    process.env[bundlesMade] = "true";
  }
  provide("bundles", bundlesFolder);
}
