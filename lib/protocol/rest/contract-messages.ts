/**
 * What the routes of subscriptions and of their messages take and answer, in the words of OpenAPI.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { latestMax, lifecycleKinds } from "#lib/core/index.ts";
import { deliveriesMax } from "#lib/service/messages.ts";
import { IdInPath, PromiseBody } from "./contract.ts";
import {
  cursorParameter,
  error,
  jsonOf,
  limitParameter,
  parameter,
  shownCursor,
  shownMoment,
  troubles,
} from "./contract-parts.ts";
import { replayMax } from "./messages.ts";
import { SubscribeBody } from "./subscriptions.ts";

const Subscription = z
  .object({ id: z.string(), promiseId: z.string(), timeout: shownMoment, createdOn: shownMoment })
  .openapi("Subscription");

const Subscribed = z.object({ subscription: Subscription, promise: PromiseBody }).openapi("Subscribed");

const NotSubscribed = z.object({ subscription: z.null(), promise: PromiseBody }).openapi("NotSubscribed");

export const subscribe = createRoute({
  operationId: "subscribe",
  method: "post",
  path: "/promises/subscribe/{id}",
  summary: "Subscribe to a promise",
  description: `When the promise is completed, whoever completes it, the address is told: by a \`POST\` of \`{"kind": "unblock", …}\` with the promise in it, or over the stream that its workers listen on. It is told at least once. An attempt that fails is repeated, ever later, for a day; then the message is parked. Whatever is posted is signed as Standard Webhooks says.`,
  request: { params: IdInPath, body: { required: true, content: jsonOf(SubscribeBody()) } },
  responses: {
    201: { description: "Subscribed now.", content: jsonOf(Subscribed) },
    200: {
      description: "The address is subscribed already; or the promise is completed, as it says.",
      content: jsonOf(NotSubscribed),
    },
    404: error("40400: no promise has this id."),
    413: error("41300: the body is too large; the message names the limit."),
    ...troubles,
  },
});

export const MessageBody = z
  .object({
    id: z.string().openapi({
      description:
        "Names the message to these routes. The whole address can be read from it: treat it like a password.",
    }),
    webhookId: z.string().openapi({ description: "What its receiver knows it by: the header `webhook-id`." }),
    kind: z.enum(["execute", "unblock", "event"]).openapi({
      description:
        "`unblock` is the news that a promise is completed, and `event` news for a standing subscription; `execute` is the offer of a task.",
    }),
    event: z.enum(lifecycleKinds).optional().openapi({ description: "What a standing subscription is told." }),
    subscription: z.string().optional().openapi({ description: "The standing subscription's name." }),
    address: z.string().openapi({ description: "Where it is to go; without a name, a password and a query." }),
    promiseId: z.string(),
    attempts: z.number().int().openapi({ description: "Failed attempts to send it." }),
    lastError: z.string().optional().openapi({ description: "Why the latest attempt failed." }),
    parkedOn: shownMoment.optional().openapi({ description: "Present exactly when it was given up." }),
    heldOn: shownMoment.optional().openapi({ description: "Present exactly while its receiver is paused." }),
    createdOn: shownMoment,
  })
  .openapi("Message");

const MessagePage = z.object({ messages: z.array(MessageBody), cursor: shownCursor }).openapi("MessagePage");

const Replayed = z
  .object({
    replayed: z.number().int().openapi({ description: "So many messages are on their way again." }),
    cursor: shownCursor.openapi({ description: "There may be more: asks for the next of them." }),
  })
  .openapi("Replayed");

export const DeliveryBody = z
  .object({
    webhookId: z.string().openapi({ description: "What the receiver knows it by, at each of its attempts." }),
    promiseId: z.string(),
    subscription: z
      .string()
      .optional()
      .openapi({ description: "The standing subscription's name, where it is for one." }),
    address: z.string().openapi({ description: "Without a name, a password and a query." }),
    state: z.enum(["waiting", "delivered", "held", "parked"]).openapi({
      description:
        "`waiting` for its next attempt, `delivered`, `held` until its receiver works again, or `parked`: given up after a day, until it is replayed.",
    }),
    attempts: z.number().int(),
    latest: z
      .array(
        z.object({
          sentOn: shownMoment,
          durationMs: z.number().int(),
          status: z.number().int().optional().openapi({ description: "Absent: nobody has answered." }),
          error: z.string().optional(),
        }),
      )
      .openapi({ description: `The latest attempts, at most ${latestMax}, oldest first.` }),
    nextOn: shownMoment.optional().openapi({ description: "When the next attempt is due." }),
    createdOn: shownMoment,
  })
  .openapi("Delivery");

const DeliveryLog = z
  .object({
    deliveries: z.array(DeliveryBody),
    isCut: z.boolean().openapi({ description: `There are more than ${deliveriesMax}, which are not shown.` }),
  })
  .openapi("DeliveryLog");

export const listDeliveries = createRoute({
  operationId: "listDeliveries",
  method: "get",
  path: "/deliveries",
  summary: "What was sent on account of a promise",
  description:
    "Each message to a receiver of its end, oldest first: whether it has arrived, and what was answered. Workers that listen on a stream are not among them, nor is what is for standing subscriptions that reach further than the caller. Kept for 30 days after the latest attempt. Strongly consistent.",
  request: {
    query: z.looseObject({
      promiseId: parameter.openapi({ type: "string", description: "Required: the promise's id.", example: "order/8" }),
    }),
  },
  responses: { 200: { description: "The log.", content: jsonOf(DeliveryLog) }, ...troubles },
});

const addressParameter = parameter.openapi({
  type: "string",
  description: "Only messages that are to go there.",
  example: "https://warehouse.example/orders",
});

const prefixParameter = parameter.openapi({
  type: "string",
  description: "Only messages that tell of promises whose ids begin with it.",
  example: "order/",
});

export const listMessages = createRoute({
  operationId: "listMessages",
  method: "get",
  path: "/messages",
  summary: "List messages that are parked or held",
  description:
    "Messages that were given up after their last attempt, or that wait until their receiver works again. Of one address it is strongly consistent; else it reads an index, which on DynamoDB may lag a write by a moment.",
  request: {
    query: z.looseObject({
      state: parameter.openapi({
        type: "string",
        enum: ["parked", "held"],
        description: "Required without a cursor.",
        example: "parked",
      }),
      address: addressParameter,
      prefix: prefixParameter,
      limit: limitParameter(),
      cursor: cursorParameter,
    }),
  },
  responses: { 200: { description: "A page.", content: jsonOf(MessagePage) }, ...troubles },
});

export const replayMessage = createRoute({
  operationId: "replayMessage",
  method: "post",
  path: "/messages/{id}/replay",
  summary: "Replay a parked message",
  description: "It is sent again, with as many attempts as a new one. One that is on its way stays as it is.",
  request: {
    params: IdInPath.extend({
      id: z.string().openapi({ param: { name: "id", in: "path" }, description: "As it is listed." }),
    }),
  },
  responses: {
    200: { description: "On its way.", content: jsonOf(MessageBody) },
    404: error("40403: there is no such message; or it has been delivered."),
    ...troubles,
  },
});

export const replayMessages = createRoute({
  operationId: "replayMessages",
  method: "post",
  path: "/messages/replay",
  summary: "Replay parked messages",
  description:
    "When a receiver works again: everything that was given up is sent again, or what is told by its filters.",
  request: {
    query: z.looseObject({
      address: addressParameter,
      prefix: prefixParameter,
      limit: limitParameter(replayMax),
      cursor: cursorParameter,
    }),
  },
  responses: { 200: { description: "On their way.", content: jsonOf(Replayed) }, ...troubles },
});
