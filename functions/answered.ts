/** What every function that answers requests tells of each: a line of the log, and what is measured. */

import { logger, requestLog } from "#lib/log.ts";
import type { Answered } from "#lib/protocol/answered.ts";
import { measureRequest } from "#lib/service/measure.ts";
import { metrics } from "./metrics.ts";

export const log = logger();

const logRequest = requestLog(log);

export function tellAnswered(answered: Answered): void {
  logRequest(answered);
  measureRequest(metrics, answered);
}
