/** What the functions that do the service's own work have in common: everything that is due, and whom it is told. */

import { randomUUID } from "node:crypto";
import { SQSClient } from "@aws-sdk/client-sqs";
import { nextOccurrence } from "#lib/cron.ts";
import { sqsDelays, sqsOutbox } from "#lib/dispatch/sqs/queues.ts";
import { logger } from "#lib/log.ts";
import { advancer } from "#lib/service/advance.ts";
import { enqueuing } from "#lib/service/deliver.ts";
import { hookLog } from "#lib/service/hook-log.ts";
import { hookReach } from "#lib/service/hook-reach.ts";
import { keptWork } from "#lib/service/kept.ts";
import { knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { read, retentionMs, retryMs, variables } from "./env.ts";
import { feed } from "./feed.ts";
import { hookSecretWriter } from "./hook-secrets.ts";
import { metrics } from "./metrics.ts";
import { bodies, store } from "./store.ts";

const queues = new SQSClient({});

export const now = Date.now;
export const log = logger();
/** Nothing waits in a function: what falls due is in the table's own index, and in the queue. */
export const timer = { arm: () => {} };
export const delays = sqsDelays({ client: queues, url: read(variables.delayQueue) }, now);
export const delivery = enqueuing(store, sqsOutbox({ client: queues, url: read(variables.deliveryQueue) }));

export { store };

const keptMs = retentionMs();

const known = knownSubscriptions(store, now);

const kept = keptWork({
  store,
  feed,
  retryMs: retryMs(),
  known,
  log: hookLog({ store, metrics, chance: Math.random, onFailure: (err) => log.error({ verb: "hook.log", err }) }),
  now,
  token: randomUUID,
  arm: timer.arm,
  mayWait: hookReach(store, now),
});

export const work = advancer({
  store,
  bodies,
  hookSecrets: hookSecretWriter(),
  delivery,
  timer,
  now,
  retryMs: retryMs(),
  known,
  nextRun: nextOccurrence,
  isStreamed: true,
  kept,
  ...(keptMs !== undefined && { retentionMs: keptMs }),
});
