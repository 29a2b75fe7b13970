/** Does whatever is due, each minute, and has looked at what will be before the next. Two runs at once do nothing twice. */

import type { Context } from "aws-lambda";
import { beginRetention } from "#lib/core/index.ts";
import { aheadMs } from "#lib/service/stream.ts";
import { sweep } from "#lib/service/sweep.ts";
import { retentionMs } from "./env.ts";
import { metrics, withMetrics } from "./metrics.ts";
import { delays, log, now, store, timer, work } from "./work.ts";

/** What a batch under way may need before the function is stopped. */
const marginMs = 10_000;

/** @throws Error where a change failed, so that the run is repeated, and in the end kept in the dead-letter queue. */
export const handler = withMetrics(async (_event: unknown, context: Context): Promise<void> => {
  const cost = { roundTrips: 0 };
  if (retentionMs() !== undefined) {
    await store.attempt(beginRetention(now()), cost);
  }
  const isTimeUp = () => context.getRemainingTimeInMillis() < marginMs;
  const options = { store, advancer: work, timer, delays, now, lookAheadMs: aheadMs, isTimeUp, metrics };
  const { looked, changed, failures, isDone } = await sweep(options, cost);
  log.info({ verb: "sweep", looked, changed, failed: failures.length, isDone, ...cost });
  if (failures.length > 0) {
    log.error({ verb: "sweep", err: failures[0] });
    throw new Error(`${failures.length} changes failed`);
  }
});
