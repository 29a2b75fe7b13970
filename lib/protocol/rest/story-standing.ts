/**
 * One more part of the story: bookkeeping wants to be told of all orders.
 *
 * @module
 */

import { Fault, lifecycleKinds } from "#lib/core/index.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

/** What a secret looks like, and what tells two of them apart. */
export const exampleSecret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD4vJOr5c7Ml8=";
export const exampleSecretIds = ["q1Xw7Kf0Zb3mVtY8uHs2Ng", "T5rJc9Lp4DoEa6Gi1WxQyz"] as const;

const name = "bookkeeping";
const madeOn = createdOn + 7 * minute;
const addedOn = createdOn + 19 * minute;
const wish = { url: "https://books.example/orders", prefix: "order/", events: ["created", "resolved"] };

const [first, second] = exampleSecretIds;
const made = {
  name,
  ...wish,
  tags: {},
  secrets: [{ id: first, createdOn: madeOn }],
  version: 1,
  createdOn: madeOn,
  changedOn: madeOn,
};
const withNext = {
  ...made,
  secrets: [...made.secrets, { id: second, createdOn: addedOn }],
  version: 2,
  changedOn: addedOn,
};

const nobody = { name: "nobody" };
const unknown = told(new Fault("subscriptionNotFound", { id: nobody.name }));

export const standingStory: readonly Exchange[] = [
  {
    name: "43-subscription",
    operation: "putSubscription",
    summary: "Bookkeeping is to be told of each order, when it is made and when it is complete",
    parameters: { name },
    body: wish,
    status: 201,
    answer: { ...made, secret: exampleSecret },
  },
  {
    name: "44-subscription-again",
    operation: "putSubscription",
    summary: "The same once more: the secret is not shown again",
    parameters: { name },
    body: wish,
    status: 200,
    answer: made,
  },
  {
    name: "45-subscription-exists",
    operation: "putSubscription",
    summary: "The name is taken",
    parameters: { name },
    body: { ...wish, prefix: "offer/" },
    ...told(new Fault("subscriptionExists", { id: name })),
  },
  {
    name: "46-subscription-invalid",
    operation: "putSubscription",
    summary: "There is no such event",
    parameters: { name },
    body: { ...wish, events: ["forgotten"] },
    ...told(
      new Fault("invalid", {
        violations: [{ field: "events.0", message: `events.0 must be one of ${lifecycleKinds.join(", ")}` }],
      }),
    ),
  },
  {
    name: "47-subscription-read",
    operation: "readSubscription",
    summary: "The subscription as it is",
    parameters: { name },
    status: 200,
    answer: made,
  },
  {
    name: "48-subscription-unknown",
    operation: "readSubscription",
    summary: "There is none",
    parameters: nobody,
    ...unknown,
  },
  {
    name: "49-subscriptions",
    operation: "listSubscriptions",
    summary: "All that are told of orders",
    parameters: { prefix: "order/" },
    status: 200,
    answer: { subscriptions: [made] },
  },
  {
    name: "66-subscription-secret",
    operation: "addSubscriptionSecret",
    summary: "A new secret, beside the old one",
    parameters: { name },
    status: 201,
    answer: { ...withNext, secret: exampleSecret },
  },
  {
    name: "67-subscription-pause",
    operation: "pauseSubscription",
    summary: "Bookkeeping moves: its messages wait",
    parameters: { name },
    status: 200,
    answer: { ...withNext, pausedOn: addedOn, version: 3 },
  },
  {
    name: "68-subscription-resume",
    operation: "resumeSubscription",
    summary: "It has moved: what has waited is sent",
    parameters: { name },
    status: 200,
    answer: { ...withNext, version: 4 },
  },
  {
    name: "69-subscription-secret-ended",
    operation: "endSubscriptionSecret",
    summary: "It knows the new secret: the old one signs no more",
    parameters: { name, id: first },
    status: 200,
    answer: { ...withNext, secrets: withNext.secrets.slice(1), version: 5 },
  },
  {
    name: "92-subscription-secret-unknown",
    operation: "endSubscriptionSecret",
    summary: "It has no such secret",
    parameters: { name, id: first },
    ...told(new Fault("secretNotFound", { id: first })),
  },
  {
    name: "93-subscription-secret-of-none",
    operation: "addSubscriptionSecret",
    summary: "There is no such subscription",
    parameters: nobody,
    ...unknown,
  },
  {
    name: "94-subscription-pause-unknown",
    operation: "pauseSubscription",
    summary: "There is no such subscription",
    parameters: nobody,
    ...unknown,
  },
  {
    name: "95-subscription-resume-unknown",
    operation: "resumeSubscription",
    summary: "There is no such subscription",
    parameters: nobody,
    ...unknown,
  },
  {
    name: "96-subscription-deleted",
    operation: "deleteSubscription",
    summary: "Bookkeeping wants to hear no more",
    parameters: { name },
    status: 204,
  },
  {
    name: "97-subscription-deleted-unknown",
    operation: "deleteSubscription",
    summary: "There is none any more",
    parameters: { name },
    ...told(new Fault("subscriptionNotFound", { id: name })),
  },
  {
    name: "98-subscription-replaced-unknown",
    operation: "putSubscription",
    summary: "What is to be replaced must be there",
    parameters: nobody,
    body: { ...wish, version: 1 },
    ...unknown,
  },
];
