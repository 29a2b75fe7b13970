/** Holds a worker's request until there is a message for it. */

import { setTimeout as sleep } from "node:timers/promises";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { toBody } from "#lib/dispatch/body.ts";
import { logger } from "#lib/log.ts";
import { comment, toEvent } from "#lib/protocol/poll/events.ts";
import { heldPoll } from "#lib/service/held-poll.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { read, variables } from "./env.ts";

/** An HTTP API waits for 30 seconds. */
const holdMs = 25_000;
const lookEveryMs = 500;

const log = logger();
const store = dynamoStore({ client: dynamoClient(), table: read(variables.table) });
const [serverUrl = ""] = read(variables.publicUrls).split(",");

export async function handler({ pathParameters }: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const { group = "", id = "" } = pathParameters ?? {};
  const cost = { roundTrips: 0 };
  const messages = await heldPoll({ store, now: Date.now, sleep, holdMs, lookEveryMs }, { group, id }, cost);
  log.info({ verb: "poll", messages: messages.length, ...cost });
  return {
    statusCode: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    body: comment + messages.map((message) => toEvent(toBody(message, serverUrl))).join(""),
  };
}
