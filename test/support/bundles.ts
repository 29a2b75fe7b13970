/** The functions' bundles, made once for all files of tests that synthesize the stack: at once they would write over each other. */

import { bundlesMade, functionNames, makeBundle } from "../../infra/service-function.ts";

export default function setup(): void {
  functionNames.forEach(makeBundle);
  process.env[bundlesMade] = "true";
}
