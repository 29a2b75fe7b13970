/**
 * The examples of the API's description: the story of a song that is bought, request by request and in order. Each
 * belongs to one operation; an example's name joins its request to its answer.
 *
 * @module
 */

import { type AnyFault, Fault } from "#lib/core/index.ts";
import { toCursor } from "./cursor.ts";
import { tellFault } from "./faults.ts";

/** One request, and its answer. */
export interface Exchange {
  readonly name: string;
  readonly operation:
    | "createPromise"
    | "readPromise"
    | "completePromise"
    | "searchPromises"
    | "subscribe"
    | "createSchedule"
    | "readSchedule"
    | "searchSchedules"
    | "deleteSchedule"
    | "listDeliveries"
    | "listMessages"
    | "replayMessage"
    | "replayMessages"
    | "listEndpoints"
    | "resumeEndpoint"
    | "createLink"
    | "createLinkByQuery"
    | "listLinks"
    | "revokeLink"
    | "putHook"
    | "readHook"
    | "listHooks"
    | "deleteHook"
    | "addSecret"
    | "endSecret"
    | "listHookEvents"
    | "listKeptEvents"
    | "dryRunHook"
    | "receiveEvent"
    | "answerChallenge"
    | "putSubscription"
    | "readSubscription"
    | "listSubscriptions"
    | "deleteSubscription"
    | "addSubscriptionSecret"
    | "endSubscriptionSecret"
    | "pauseSubscription"
    | "resumeSubscription";
  readonly summary: string;
  /** Values of the operation's parameters. */
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly body?: object;
  readonly status: number;
  /** Absent: the answer has no body. */
  readonly answer?: object;
}

export const createdOn = 1795554672297;
export const minute = 60_000;

const id = "purchase/user/1/song/42";
const order = { id, timeout: 4102444800000, param: { data: "Blue in Green" }, tags: { shop: "songs" } };
const ordered = {
  id,
  state: "PENDING",
  param: order.param,
  value: {},
  timeout: order.timeout,
  idempotencyKeyForCreate: "order-1",
  tags: order.tags,
  createdOn,
};
const payment = { state: "RESOLVED", value: { data: "paid" } };
const paid = { ...ordered, ...payment, idempotencyKeyForComplete: "payment-1", completedOn: createdOn + minute };

const offer = { id: "offer/7", timeout: createdOn + 3 * minute };
const offered = {
  id: offer.id,
  state: "PENDING",
  param: {},
  value: {},
  timeout: offer.timeout,
  tags: {},
  createdOn: createdOn + 2 * minute,
};

const cursor = toCursor({
  front: "",
  search: { pattern: "*", tags: { shop: "songs" }, limit: 1, after: { createdAt: createdOn, id } },
});

export const told = (fault: AnyFault) => {
  const { status, body } = tellFault(fault);
  return { status, answer: body };
};

export const story: readonly Exchange[] = [
  {
    name: "01-create",
    operation: "createPromise",
    summary: "A song is bought",
    parameters: { "idempotency-key": "order-1" },
    body: order,
    status: 201,
    answer: ordered,
  },
  {
    name: "02-create-again",
    operation: "createPromise",
    summary: "The phone had no answer, and asks again with the same key",
    parameters: { "idempotency-key": "order-1" },
    body: order,
    status: 200,
    answer: ordered,
  },
  {
    name: "03-create-another",
    operation: "createPromise",
    summary: "Somebody else wants the same id",
    parameters: { "idempotency-key": "order-2" },
    body: order,
    ...told(new Fault("promiseExists", { id })),
  },
  {
    name: "04-create-invalid",
    operation: "createPromise",
    summary: "Fields are missing or of the wrong type",
    body: { timeout: "tomorrow" },
    ...told(
      new Fault("invalid", {
        violations: [
          { field: "id", message: "id must be a string" },
          {
            field: "timeout",
            message: "timeout must be a whole number of milliseconds since the epoch, from 0 to 9223372036854775807",
          },
        ],
      }),
    ),
  },
  {
    name: "05-read",
    operation: "readPromise",
    summary: "It is pending",
    parameters: { id },
    status: 200,
    answer: ordered,
  },
  {
    name: "06-read-unknown",
    operation: "readPromise",
    summary: "There is none of this id",
    parameters: { id: "purchase/user/1/song/43" },
    ...told(new Fault("promiseNotFound", { id: "purchase/user/1/song/43" })),
  },
  {
    name: "07-search",
    operation: "searchPromises",
    summary: "What a user waits for",
    parameters: { id: "purchase/user/1/*", state: "pending" },
    status: 200,
    answer: { promises: [ordered], cursor: null },
  },
  {
    name: "08-complete",
    operation: "completePromise",
    summary: "It is paid",
    parameters: { id, "idempotency-key": "payment-1" },
    body: payment,
    status: 201,
    answer: paid,
  },
  {
    name: "09-complete-again",
    operation: "completePromise",
    summary: "The same payment is reported again",
    parameters: { id, "idempotency-key": "payment-1" },
    body: payment,
    status: 200,
    answer: paid,
  },
  {
    name: "10-cancel-too-late",
    operation: "completePromise",
    summary: "What is completed never changes",
    parameters: { id },
    body: { state: "REJECTED_CANCELED" },
    ...told(new Fault("promiseSettled", { id, state: "resolved" })),
  },
  {
    name: "11-complete-unknown",
    operation: "completePromise",
    summary: "There is none of this id",
    parameters: { id: "purchase/user/1/song/43" },
    body: { state: "RESOLVED" },
    ...told(new Fault("promiseNotFound", { id: "purchase/user/1/song/43" })),
  },
  {
    name: "12-complete-invalid",
    operation: "completePromise",
    summary: "No such state can be asked for",
    parameters: { id },
    body: { state: "PENDING" },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "state", message: "state must be RESOLVED, REJECTED or REJECTED_CANCELED" }],
      }),
    ),
  },
  {
    name: "13-read-outcome",
    operation: "readPromise",
    summary: "The outcome is read",
    parameters: { id },
    status: 200,
    answer: paid,
  },
  {
    name: "14-search-tags",
    operation: "searchPromises",
    summary: "By a tag, one at a time",
    parameters: { id: "*", tags: { shop: "songs" }, limit: 1 },
    status: 200,
    answer: { promises: [paid], cursor },
  },
  {
    name: "15-search-on",
    operation: "searchPromises",
    summary: "The next page; it is the last",
    parameters: { cursor },
    status: 200,
    answer: { promises: [], cursor: null },
  },
  {
    name: "16-search-invalid",
    operation: "searchPromises",
    summary: "A search that cannot be understood",
    parameters: { id: "*", limit: 1000 },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "limit", message: "limit must be a whole number from 0 to 100, 0 for 100" }],
      }),
    ),
  },
  {
    name: "17-offer",
    operation: "createPromise",
    summary: "An offer that ends in a minute",
    body: offer,
    status: 201,
    answer: offered,
  },
  {
    name: "18-read-timed-out",
    operation: "readPromise",
    summary: "Nobody took the offer, and its deadline came",
    parameters: { id: offer.id },
    status: 200,
    answer: { ...offered, state: "REJECTED_TIMEDOUT", completedOn: offer.timeout },
  },
  {
    name: "19-complete-timed-out",
    operation: "completePromise",
    summary: "Asked strictly, a completion that comes after the deadline is refused",
    parameters: { id: offer.id, strict: true },
    body: { state: "RESOLVED" },
    ...told(new Fault("promiseSettled", { id: offer.id, state: "rejected_timedout" })),
  },
];
