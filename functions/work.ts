/** What the functions that do the service's own work have in common: everything that is due, and whom it is told. */

import { SQSClient } from "@aws-sdk/client-sqs";
import { nextOccurrence } from "#lib/cron.ts";
import { sqsDelays, sqsOutbox } from "#lib/dispatch/sqs/queues.ts";
import { logger } from "#lib/log.ts";
import { advancer } from "#lib/service/advance.ts";
import { enqueuing } from "#lib/service/deliver.ts";
import { read, retentionMs, retryMs, variables } from "./env.ts";
import { bodies, store } from "./store.ts";

const queues = new SQSClient({});

export const now = Date.now;
export const log = logger();
/** Nothing waits in a function: what falls due is in the table's own index, and in the queue. */
export const timer = { arm: () => {} };
export const delays = sqsDelays({ client: queues, url: read(variables.delayQueue) }, now);
export const delivery = enqueuing(store, sqsOutbox({ client: queues, url: read(variables.deliveryQueue) }));

export { store };

const kept = retentionMs();

export const work = advancer({
  store,
  bodies,
  delivery,
  timer,
  now,
  retryMs: retryMs(),
  nextRun: nextOccurrence,
  isStreamed: true,
  ...(kept !== undefined && { retentionMs: kept }),
});
