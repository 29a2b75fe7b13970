/**
 * The OpenAPI 3.1 document, generated from the routes' contract and the story that runs through them. It is always the
 * same: a deployed function carries what this module makes, in place of all that it takes to make it.
 *
 * @module
 */

import { OpenAPIHono } from "@hono/zod-openapi";
import { completePromise, createPromise, readPromise, searchPromises } from "./contract.ts";
import { listEndpoints, resumeEndpoint } from "./contract-endpoints.ts";
import {
  addSecret,
  answerChallenge,
  deleteHook,
  dryRunHook,
  endSecret,
  listHookEvents,
  listHooks,
  listKeptEvents,
  putHook,
  readHook,
  receiveEvent,
} from "./contract-hooks.ts";
import { createLink, createLinkByQuery, listLinks, revokeLink } from "./contract-links.ts";
import { listDeliveries, listMessages, replayMessage, replayMessages, subscribe } from "./contract-messages.ts";
import { createSchedule, deleteSchedule, readSchedule, searchSchedules } from "./contract-schedules.ts";
import {
  addSubscriptionSecret,
  deleteSubscription,
  endSubscriptionSecret,
  listSubscriptions,
  pauseSubscription,
  putSubscription,
  readSubscription,
  resumeSubscription,
} from "./contract-standing.ts";
import { type Description, type Example, type Operation, operationsOf } from "./operations.ts";
import { type Exchange, story } from "./story.ts";
import { compositeStory } from "./story-composites.ts";
import { endpointStory } from "./story-endpoints.ts";
import { hookStory } from "./story-hooks.ts";
import { linkStory } from "./story-links.ts";
import { messageStory } from "./story-messages.ts";
import { scheduleStory } from "./story-schedules.ts";
import { standingStory } from "./story-standing.ts";

const routes = [
  createPromise,
  completePromise,
  readPromise,
  searchPromises,
  subscribe,
  createSchedule,
  readSchedule,
  searchSchedules,
  deleteSchedule,
  listMessages,
  listDeliveries,
  replayMessage,
  replayMessages,
  listEndpoints,
  resumeEndpoint,
  createLink,
  createLinkByQuery,
  listLinks,
  revokeLink,
  putHook,
  readHook,
  listHooks,
  deleteHook,
  addSecret,
  endSecret,
  listHookEvents,
  listKeptEvents,
  dryRunHook,
  receiveEvent,
  answerChallenge,
  putSubscription,
  readSubscription,
  listSubscriptions,
  deleteSubscription,
  addSubscriptionSecret,
  endSubscriptionSecret,
  pauseSubscription,
  resumeSubscription,
];

const stories = [
  story,
  scheduleStory,
  messageStory,
  endpointStory,
  linkStory,
  hookStory,
  compositeStory,
  standingStory,
];

/** The document, but for the URL of the service that it describes. */
export const document: Description = describe();

function describe(): Description {
  const { openAPIRegistry, getOpenAPI31Document } = new OpenAPIHono();
  for (const route of routes) {
    openAPIRegistry.registerPath(route);
  }
  const description = getOpenAPI31Document({
    openapi: "3.1.0",
    info: {
      title: "Resonate on AWS",
      version: "1.0.0",
      description:
        "Durable promises: a promise is pending until somebody resolves, rejects or cancels it or its deadline passes, and once completed it never changes. Schedules create promises by the clock, and subscribers are told when promises are completed. Times are milliseconds since the epoch. Everything but search is strongly consistent.",
      license: { name: "Apache-2.0" },
    },
  });
  const operations = new Map(operationsOf(description).map(({ operation }) => [operation.operationId, operation]));
  for (const exchange of stories.flat()) {
    illustrate(operations.get(exchange.operation), exchange);
  }
  return description;
}

/** Puts the parts of an example where OpenAPI wants each. */
function illustrate(operation: Operation | undefined, exchange: Exchange): void {
  const { name, summary, parameters = {}, body, status, answer } = exchange;
  const put = (place: { examples?: Record<string, Example> } | undefined, value: unknown) => {
    if (place === undefined) {
      throw new Error(`the example ${name} has no place in ${exchange.operation}`);
    }
    place.examples = { ...place.examples, [name]: { summary, value } };
  };
  for (const [parameter, value] of Object.entries(parameters)) {
    put(
      operation?.parameters?.find((each) => each.name === parameter),
      value,
    );
  }
  if (body !== undefined) {
    put(operation?.requestBody?.content["application/json"], body);
  }
  if (answer !== undefined) {
    put(operation?.responses[status]?.content?.["application/json"], answer);
  }
}
