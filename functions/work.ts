/** What the functions that do the service's own work have in common: everything that is due, and whom it is told. */

import { SQSClient } from "@aws-sdk/client-sqs";
import { nextOccurrence } from "#lib/cron.ts";
import { sqsDelays, sqsOutbox } from "#lib/dispatch/sqs/queues.ts";
import { logger } from "#lib/log.ts";
import { advancer } from "#lib/service/advance.ts";
import { enqueuing } from "#lib/service/deliver.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { read, retryMs, variables } from "./env.ts";

const queues = new SQSClient({});

export const now = Date.now;
export const log = logger();
export const store = dynamoStore({ client: dynamoClient(), table: read(variables.table) });
/** Nothing waits in a function: what falls due is in the table's own index, and in the queue. */
export const timer = { arm: () => {} };
export const delays = sqsDelays({ client: queues, url: read(variables.delayQueue) }, now);
export const delivery = enqueuing(store, sqsOutbox({ client: queues, url: read(variables.deliveryQueue) }));

export const work = advancer({
  store,
  delivery,
  timer,
  now,
  retryMs: retryMs(),
  nextRun: nextOccurrence,
  isStreamed: true,
});
