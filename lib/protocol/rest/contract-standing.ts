/**
 * What the routes of standing subscriptions take and answer, in the words of OpenAPI.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { lifecycleKinds, subscriptionLimits } from "#lib/core/index.ts";
import { error, jsonOf, parameter, shownMoment, troubles } from "./contract-parts.ts";
import { PutSubscriptionBody } from "./standing.ts";

const NameInPath = z.object({
  name: z
    .string()
    .openapi({ param: { name: "name", in: "path" }, description: "The subscription's name.", example: "warehouse" }),
});

export const StandingBody = z
  .object({
    name: z.string(),
    url: z.string().openapi({ description: "Who is told; without a name, a password and a query." }),
    prefix: z.string().openapi({ description: "What the ids of the promises begin with." }),
    tags: z.record(z.string(), z.string()),
    events: z.array(z.enum(lifecycleKinds)),
    secrets: z
      .array(
        z.object({
          id: z.string().openapi({ description: "Tells the secret from others; it is no part of it." }),
          createdOn: shownMoment,
        }),
      )
      .openapi({ description: "Messages are signed by each of them." }),
    pausedOn: shownMoment.optional().openapi({ description: "Present exactly while its messages wait." }),
    version: z.number().int().openapi({ description: "Counts the subscription's changes." }),
    createdOn: shownMoment,
    changedOn: shownMoment,
  })
  .openapi("StandingSubscription");

const WithSecret = StandingBody.extend({
  secret: z.string().openapi({ description: "What the receiver verifies by. It is never shown again." }),
}).openapi("StandingSubscriptionMade");

const StandingList = z.object({ subscriptions: z.array(StandingBody) }).openapi("StandingSubscriptionList");

const none = error("40407: there is no such subscription, or it is another's.");
const changed = error("40907: it has changed meanwhile.");
const shown = (description: string) => ({ description, content: jsonOf(StandingBody) });
const shownOnce = (description: string) => ({ description, content: jsonOf(WithSecret) });

export const putSubscription = createRoute({
  operationId: "putSubscription",
  method: "put",
  path: "/subscriptions/{name}",
  summary: "Make or change a standing subscription",
  description: `Its receiver is told of events of all promises that match, existing ones included: by a \`POST\` of \`{"type": "promise.resolved", "timestamp": …, "data": {"subscription", "promise"}}\`, signed as Standard Webhooks says by the subscription's own secrets, at least once and in order for each promise. It is in force within 5 seconds. Without \`version\` it is to be new, and a repeat answers it; with one, it changes that version, of which all stays that is not said. There are at most ${subscriptionLimits.subscriptionsMax}.`,
  request: { params: NameInPath, body: { required: true, content: jsonOf(PutSubscriptionBody()) } },
  responses: {
    201: shownOnce("Made."),
    200: shown("Changed; or there already, as it is asked for."),
    404: none,
    409: error(
      "40907: there is a subscription of this name, or it has another version. 40908: there are as many as there may be.",
    ),
    413: error("41300: the body is too large; the message names the limit."),
    ...troubles,
  },
});

export const readSubscription = createRoute({
  operationId: "readSubscription",
  method: "get",
  path: "/subscriptions/{name}",
  summary: "Read a standing subscription",
  description: "Strongly consistent. Its secrets are never shown, only what tells them apart.",
  request: { params: NameInPath },
  responses: { 200: shown("The subscription."), 404: none, ...troubles },
});

export const listSubscriptions = createRoute({
  operationId: "listSubscriptions",
  method: "get",
  path: "/subscriptions",
  summary: "List standing subscriptions",
  description: "By name. Strongly consistent.",
  request: {
    query: z.looseObject({
      prefix: parameter.openapi({
        type: "string",
        description: "Only those whose prefix begins with this.",
        example: "order/",
      }),
    }),
  },
  responses: { 200: { description: "All of them.", content: jsonOf(StandingList) }, ...troubles },
});

export const deleteSubscription = createRoute({
  operationId: "deleteSubscription",
  method: "delete",
  path: "/subscriptions/{name}",
  summary: "Delete a standing subscription",
  description: "What waits for its receiver is sent no more.",
  request: { params: NameInPath },
  responses: { 204: { description: "Deleted." }, 404: none, 409: changed, ...troubles },
});

export const addSubscriptionSecret = createRoute({
  operationId: "addSubscriptionSecret",
  method: "post",
  path: "/subscriptions/{name}/secrets",
  summary: "Add a secret to a standing subscription",
  description: `Messages are signed by all of its secrets, ${subscriptionLimits.secretsMax} at most: when the receiver knows the new one, the old one is ended.`,
  request: { params: NameInPath },
  responses: {
    201: shownOnce("The subscription as it is now."),
    404: none,
    409: error("40906: it has as many secrets as it may have. 40907: it has changed meanwhile."),
    ...troubles,
  },
});

export const endSubscriptionSecret = createRoute({
  operationId: "endSubscriptionSecret",
  method: "delete",
  path: "/subscriptions/{name}/secrets",
  summary: "End a secret of a standing subscription at once",
  description: "Nothing is signed by it any more. The last one cannot be ended.",
  request: {
    params: NameInPath,
    query: z.looseObject({
      id: parameter.openapi({ type: "string", description: "Required: the secret's id.", example: "Zm9vYmFyYmF6cXV4" }),
    }),
  },
  responses: {
    200: shown("The subscription as it is now."),
    404: error("40407: there is no such subscription. 40406: it has no such secret."),
    409: changed,
    ...troubles,
  },
});

export const pauseSubscription = createRoute({
  operationId: "pauseSubscription",
  method: "post",
  path: "/subscriptions/{name}/pause",
  summary: "Pause a standing subscription",
  description: "Its messages wait, and are not tried, until it is resumed.",
  request: { params: NameInPath },
  responses: { 200: shown("The subscription as it is now."), 404: none, 409: changed, ...troubles },
});

export const resumeSubscription = createRoute({
  operationId: "resumeSubscription",
  method: "post",
  path: "/subscriptions/{name}/resume",
  summary: "Resume a standing subscription",
  description: "What has waited is sent on.",
  request: { params: NameInPath },
  responses: { 200: shown("The subscription as it is now."), 404: none, 409: changed, ...troubles },
});
