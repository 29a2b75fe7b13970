/** Does whatever is due, each minute. Two runs at once do nothing twice. */

import type { Context } from "aws-lambda";
import { nextOccurrence } from "#lib/cron.ts";
import { pushTransport } from "#lib/dispatch/http/push.ts";
import { transports } from "#lib/dispatch/transports.ts";
import { logger } from "#lib/log.ts";
import { advancer } from "#lib/service/advance.ts";
import { delivery } from "#lib/service/deliver.ts";
import { sweep } from "#lib/service/sweep.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { read, variables } from "./env.ts";

/** What a batch under way may need before the function is stopped. */
const marginMs = 10_000;

/** A receiver that takes longer is tried again by a later sweep. */
const pushMsMax = 5_000;

const retryMs = 30_000;

const store = dynamoStore({ client: dynamoClient(), table: read(variables.table) });
const log = logger();
const now = Date.now;
/** Nothing waits here between sweeps: the next one finds what is due in the table's own index. */
const timer = { arm: () => {} };
const [serverUrl = ""] = read(variables.publicUrls).split(",");

const transport = transports({
  http: pushTransport({ serverUrl, totalMsMax: pushMsMax }),
  // No worker listens on a function that ends: what is for one waits in its mailbox.
  poll: { send: async () => "nobody" },
});

const onFailure = (err: unknown) => log.error({ verb: "deliver", err });

const work = advancer({
  store,
  delivery: delivery({ store, transport, timer, now, chance: Math.random, onFailure }),
  timer,
  now,
  retryMs,
  nextRun: nextOccurrence,
});

/** @throws Error where a change failed, so that the run is repeated, and in the end kept in the dead-letter queue. */
export async function handler(_event: unknown, context: Context): Promise<void> {
  const cost = { roundTrips: 0 };
  const isTimeUp = () => context.getRemainingTimeInMillis() < marginMs;
  const options = { store, advancer: work, timer, now, lookAheadMs: 0, isTimeUp };
  const { looked, changed, failures, isDone } = await sweep(options, cost);
  log.info({ verb: "sweep", looked, changed, failed: failures.length, isDone, ...cost });
  if (failures.length > 0) {
    log.error({ verb: "sweep", err: failures[0] });
    throw new Error(`${failures.length} changes failed`);
  }
}
