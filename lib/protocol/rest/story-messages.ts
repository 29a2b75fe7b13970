/**
 * The story's end: the warehouse wants to be told of an order, and is not there when it is.
 *
 * @module
 */

import { type Delivery, Fault, type Message } from "#lib/core/index.ts";
import { messageIdOf } from "#lib/service/message-id.ts";
import { toDeliveryBody, toMessageBody } from "./messages.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

const id = "order/8";
const order = { id, timeout: 4102444800000 };
const ordered = {
  ...order,
  state: "PENDING",
  param: {},
  value: {},
  tags: {},
  createdOn: createdOn + 5 * minute,
};
const completed = { ...ordered, state: "RESOLVED", completedOn: createdOn + 7 * minute };

const recv = "https://warehouse.example/orders";
const wish = { id: "warehouse", timeout: order.timeout, recv };
const day = 24 * 60 * minute;

/** What has become of the news a day later, of which the warehouse never wanted to hear. */
export const parkedMessage: Message = {
  id: `unblock#${id}`,
  mailbox: recv,
  kind: "unblock",
  address: recv,
  promiseId: id,
  createdAt: completed.completedOn,
  attempts: 44,
  lastError: "cannot be reached: ECONNREFUSED",
  parkedAt: completed.completedOn + day,
};
/** What is known of it beside the message itself. */
export const parkedLog: Delivery = {
  id: messageIdOf(parkedMessage),
  promiseId: id,
  address: recv,
  state: "parked",
  attempts: parkedMessage.attempts,
  latest: [
    {
      at: completed.completedOn + day - 60 * minute,
      durationMs: 212,
      status: 503,
      error: "the receiver answered 503",
    },
    { at: completed.completedOn + day, durationMs: 1_030, error: "cannot be reached: ECONNREFUSED" },
  ],
  createdAt: parkedMessage.createdAt,
  expiresAt: completed.completedOn + 31 * day,
};
const parked = toMessageBody(parkedMessage);
const { parkedOn: _, ...onItsWay } = { ...parked, attempts: 0 };

export const messageStory: readonly Exchange[] = [
  {
    name: "30-order",
    operation: "createPromise",
    summary: "An order that others wait for",
    body: order,
    status: 201,
    answer: ordered,
  },
  {
    name: "31-subscribe",
    operation: "subscribe",
    summary: "The warehouse wants to be told",
    parameters: { id },
    body: wish,
    status: 201,
    answer: {
      subscription: { id: wish.id, promiseId: id, timeout: wish.timeout, createdOn: createdOn + 6 * minute },
      promise: ordered,
    },
  },
  {
    name: "32-subscribe-again",
    operation: "subscribe",
    summary: "It asks again, and will be told once",
    parameters: { id },
    body: { ...wish, recv: { type: "http", data: { url: recv } } },
    status: 200,
    answer: { subscription: null, promise: ordered },
  },
  {
    name: "33-subscribe-unknown",
    operation: "subscribe",
    summary: "There is none of this id",
    parameters: { id: "order/9" },
    body: wish,
    ...told(new Fault("awaitedNotFound", { id: "order/9" })),
  },
  {
    name: "34-subscribe-invalid",
    operation: "subscribe",
    summary: "Fields are missing or of the wrong type",
    parameters: { id },
    body: { id: wish.id, timeout: wish.timeout },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "recv", message: "recv must be an address, or an object whose type is http or poll" }],
      }),
    ),
  },
  {
    name: "35-order-complete",
    operation: "completePromise",
    summary: "The order is complete, and the warehouse is told",
    parameters: { id },
    body: { state: "RESOLVED" },
    status: 201,
    answer: completed,
  },
  {
    name: "36-parked",
    operation: "listMessages",
    summary: "A day later: nobody was there to be told",
    parameters: { state: "parked" },
    status: 200,
    answer: { messages: [parked], cursor: null },
  },
  {
    name: "37-parked-invalid",
    operation: "listMessages",
    summary: "A list that there is not",
    parameters: { state: "delivered" },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "state", message: "state must be parked or held: no other messages are listed" }],
      }),
    ),
  },
  {
    name: "38-replay",
    operation: "replayMessage",
    summary: "The warehouse is there again",
    parameters: { id: parked.id },
    status: 200,
    answer: onItsWay,
  },
  {
    name: "39-replay-unknown",
    operation: "replayMessage",
    summary: "There is none of this id",
    parameters: { id: "none" },
    ...told(new Fault("messageNotFound", { id: "none" })),
  },
  {
    name: "40-replay-all",
    operation: "replayMessages",
    summary: "Everything that is parked, up to a thousand at once; nothing is",
    parameters: { limit: 1000 },
    status: 200,
    answer: { replayed: 0, cursor: null },
  },
  {
    name: "41-replay-all-invalid",
    operation: "replayMessages",
    summary: "More than one request can do",
    parameters: { limit: 100000 },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "limit", message: "limit must be a whole number from 0 to 1000, 0 for 1000" }],
      }),
    ),
  },
  {
    name: "42-deliveries",
    operation: "listDeliveries",
    summary: "What was tried, and what was answered",
    parameters: { promiseId: id },
    status: 200,
    answer: { deliveries: [toDeliveryBody(parkedLog, (shown) => shown)], isCut: false },
  },
];
