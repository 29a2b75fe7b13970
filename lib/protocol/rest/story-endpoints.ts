/**
 * Beside the story's end: the receiver of another shop's orders does not answer, and is paused.
 *
 * @module
 */

import { type Endpoint, Fault, type Message } from "#lib/core/index.ts";
import { endpointIdOf } from "#lib/service/endpoint-id.ts";
import { toEndpointBody } from "./endpoints.ts";
import { toMessageBody } from "./messages.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

const mailbox = "https://shop.example/orders?key=secret";
const failingSince = createdOn - 60 * minute;

/** A receiver that is paused when the story begins. */
export const pausedEndpoint: Endpoint = {
  id: endpointIdOf(mailbox),
  mailbox,
  address: "https://shop.example/orders?…",
  state: "paused",
  failures: 12,
  failingSince,
  lastFailedAt: failingSince + 10 * minute,
  lastError: "the receiver answered 503",
  lastStatus: 503,
  pausedAt: failingSince + 6 * minute,
  probes: 2,
  version: 4,
  // Far behind the story, which no time passes in.
  dueAt: createdOn + 1_000 * minute,
};

/** What is held for it. */
export const heldMessage: Message = {
  id: "unblock#order/7",
  mailbox,
  kind: "unblock",
  address: mailbox,
  promiseId: "order/7",
  createdAt: failingSince,
  attempts: 9,
  lastError: pausedEndpoint.lastError,
  heldAt: failingSince + 6 * minute,
  dueAt: failingSince + 24 * 60 * minute,
};

export const endpointStory: readonly Exchange[] = [
  {
    name: "43-endpoints",
    operation: "listEndpoints",
    summary: "Who does not take what is sent",
    parameters: { limit: 10 },
    status: 200,
    answer: { endpoints: [toEndpointBody(pausedEndpoint)], cursor: null },
  },
  {
    name: "44-endpoints-invalid",
    operation: "listEndpoints",
    summary: "More than a page holds",
    parameters: { limit: 101 },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "limit", message: "limit must be a whole number from 0 to 100, 0 for 100" }],
      }),
    ),
  },
  {
    name: "45-held",
    operation: "listMessages",
    summary: "What is held for it",
    parameters: { state: "held", address: mailbox, prefix: "order/" },
    status: 200,
    answer: { messages: [toMessageBody(heldMessage)], cursor: null },
  },
  {
    name: "46-resume",
    operation: "resumeEndpoint",
    summary: "It works again, as far as anybody knows",
    parameters: { id: pausedEndpoint.id },
    status: 200,
    answer: { ...toEndpointBody(pausedEndpoint), nextProbeOn: createdOn + 7 * minute },
  },
  {
    name: "47-resume-unknown",
    operation: "resumeEndpoint",
    summary: "There is none of this id",
    parameters: { id: "none" },
    ...told(new Fault("endpointNotFound", { id: "none" })),
  },
];
