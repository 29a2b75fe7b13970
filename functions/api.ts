/** The REST door, behind the HTTP API. */

import { randomUUID } from "node:crypto";
import { handle } from "hono/aws-lambda";
import { logger, requestLog } from "#lib/log.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { restApp } from "#lib/protocol/rest/app.ts";
import { promiseService } from "#lib/service/promises.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { read, variables } from "./env.ts";
import { gatewayPath } from "./gateway-path.ts";

const store = dynamoStore({ client: dynamoClient(), table: read(variables.table) });

const app = restApp({
  // Nothing waits here between requests: the sweep finds what is due in the table's own index.
  promises: promiseService({ store, timer: { arm: () => {} } }),
  addresses: addressesAt(read(variables.publicUrls).split(",")),
  now: Date.now,
  token: randomUUID,
  log: requestLog(logger()),
  rawPath: gatewayPath,
});

export const handler = handle(app);
