/** The doors, behind the HTTP API. */

import { randomUUID } from "node:crypto";
import { handle } from "hono/aws-lambda";
import { sealer as sealerOf, toKeyRing } from "#lib/access/sealer.ts";
import { calendar } from "#lib/cron.ts";
import { logger, requestLog } from "#lib/log.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { serviceApp } from "#lib/protocol/app.ts";
import { linkService } from "#lib/service/links.ts";
import { measureRequest } from "#lib/service/measure.ts";
import { messageService } from "#lib/service/messages.ts";
import { promiseService } from "#lib/service/promises.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { taskService } from "#lib/service/tasks.ts";
import { visitService } from "#lib/service/visits.ts";
import { accessTo } from "./access.ts";
import { read, retryMs, variables } from "./env.ts";
import { gatewayPath, isAltered } from "./gateway-path.ts";
import { metrics, withMetrics } from "./metrics.ts";
import { readSecret } from "./secret.ts";
import { store } from "./store.ts";

/** Nothing waits here between requests: the sweep finds what is due in the table's own index. */
const feed = { written: () => {}, arm: () => {}, taken: () => {}, heardFrom: () => {} };

const sealer = sealerOf(async () => toKeyRing(await readSecret(read(variables.linkKeysSecret))));

const log = requestLog(logger());

const conduct = { store, feed, retryMs: retryMs() };

const app = serviceApp({
  promises: promiseService(conduct),
  tasks: taskService(conduct),
  schedules: scheduleService(conduct, calendar),
  messages: messageService(conduct),
  links: linkService({ ...conduct, sealer }),
  visits: visitService({ ...conduct, sealer }),
  sealer,
  probe: (cost) => store.get("ready", cost),
  addresses: addressesAt(read(variables.publicUrls).split(",")),
  now: Date.now,
  token: randomUUID,
  log(answered) {
    log(answered);
    measureRequest(metrics, answered);
  },
  rawPath: gatewayPath,
  isAltered,
  access: accessTo(store),
});

export const handler = withMetrics(handle(app));
