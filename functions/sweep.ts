/** Does whatever is due, each minute. Two runs at once do nothing twice. */

import type { Context } from "aws-lambda";
import { logger } from "#lib/log.ts";
import { sweep } from "#lib/service/sweep.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { read, variables } from "./env.ts";

/** What a batch under way may need before the function is stopped. */
const marginMs = 10_000;

const store = dynamoStore({ client: dynamoClient(), table: read(variables.table) });
const log = logger();

/** @throws Error where a change failed, so that the run is repeated, and in the end kept in the dead-letter queue. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  const cost = { roundTrips: 0 };
  const isTimeUp = () => context.getRemainingTimeInMillis() < marginMs;
  const options = { store, timer: { arm: () => {} }, now: Date.now, lookAheadMs: 0, isTimeUp };
  const { looked, changed, failures, isDone } = await sweep(options, cost);
  log.info({ verb: "sweep", looked, changed, failed: failures.length, isDone, ...cost });
  if (failures.length > 0) {
    log.error({ verb: "sweep", err: failures[0] });
    throw new Error(`${failures.length} changes failed`);
  }
}
