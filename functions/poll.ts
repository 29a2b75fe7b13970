/** Holds a worker's request until there is a message for it. */

import { setTimeout as sleep } from "node:timers/promises";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from "aws-lambda";
import { type Caller, isInside, mayListen } from "#lib/access/caller.ts";
import { isFault } from "#lib/core/index.ts";
import { toBody } from "#lib/dispatch/body.ts";
import { logger } from "#lib/log.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import { comment, toEvent } from "#lib/protocol/poll/events.ts";
import { namedBy } from "#lib/protocol/trace.ts";
import { heldPoll } from "#lib/service/held-poll.ts";
import { accessTo } from "./access.ts";
import { read, variables } from "./env.ts";
import { store } from "./store.ts";

/** An HTTP API waits for 30 seconds. */
const holdMs = 25_000;
const lookEveryMs = 500;

const eventOf = (message: Outgoing) => toEvent(toBody(message, serverUrl));

/** A function answers with 6 MB of JSON, in which the answer's body is one text, escaped once more. */
const room = { bytesOf: (message: Outgoing) => JSON.stringify(eventOf(message)).length, bytesMax: 5_900_000 };

/** @returns undefined where nobody is known by what the request bears. */
async function callerOf(event: APIGatewayProxyEventV2, cost: Cost): Promise<Caller | undefined> {
  const request = { now: Date.now(), token: event.requestContext.requestId, cost };
  try {
    return (
      access.letIn?.({ event }) ?? (await access.authenticate({ header: event.headers["authorization"] }, request))
    );
  } catch (error) {
    if (isFault(error) && error.code === "unauthorized") {
      return undefined;
    }
    throw error;
  }
}

const log = logger();
const access = accessTo(store);
const [serverUrl = ""] = read(variables.publicUrls).split(",");

export async function handler(event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> {
  const started = performance.now();
  const cost = { roundTrips: 0 };
  const requestId = namedBy(event.headers["request-id"], event.requestContext.requestId);
  const named = (answer: APIGatewayProxyStructuredResultV2) => ({
    ...answer,
    headers: { ...answer.headers, "request-id": requestId },
  });
  const told = (status: number, more: object = {}) => ({
    verb: "poll",
    status,
    durationMs: Math.round(performance.now() - started),
    requestId,
    ...cost,
    ...more,
  });
  try {
    const { messages, ...answer } = await hold(event, cost);
    log.info(told(answer.statusCode ?? 200, { ...(messages !== undefined && { messages }) }));
    return named(answer);
  } catch (err) {
    const status = isFault(err) && err.code === "storeUnavailable" ? 503 : 500;
    log.error(told(status, { err }));
    return named({ statusCode: status, body: status === 503 ? "Unavailable" : "Internal error" });
  }
}

type Held = APIGatewayProxyStructuredResultV2 & { readonly messages?: number };

async function hold(event: APIGatewayProxyEventV2, cost: Cost): Promise<Held> {
  const { group = "", id = "" } = event.pathParameters ?? {};
  const caller = await callerOf(event, cost);
  if (caller === undefined || !mayListen(caller)) {
    return caller === undefined
      ? { statusCode: 401, headers: { "www-authenticate": "Bearer" }, body: "Unauthorized" }
      : { statusCode: 403, body: "Forbidden" };
  }
  const mayHave = (promiseId: string) => isInside(caller, promiseId);
  const options = { store, now: Date.now, sleep, holdMs, lookEveryMs, mayHave, room };
  const messages = await heldPoll(options, { group, id }, cost);
  return {
    messages: messages.length,
    statusCode: 200,
    headers: { "content-type": "text/event-stream", "cache-control": "no-store" },
    body: comment + messages.map(eventOf).join(""),
  };
}
