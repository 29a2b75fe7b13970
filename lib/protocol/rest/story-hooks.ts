/**
 * One more part of the story: a deployment that GitHub reports, to a promise that is not there yet.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { Fault, hookLimits } from "#lib/core/index.ts";
import { secretId } from "#lib/service/hook-changes.ts";
import { createdOn, type Exchange, minute, told } from "./story.ts";

const hook = "github";
const secret = "what GitHub signs with";
const next = "what GitHub signs with next";
const madeOn = createdOn + 20 * minute;
const addedOn = madeOn + minute;

const chosen = {
  provider: "github",
  promiseId: { template: "deploy/{$.deployment.id}" },
  rules: [
    {
      types: ["deployment_status.created"],
      where: [{ path: "$.deployment_status.state", equals: "success" }],
      do: "resolve",
    },
  ],
  value: { from: "path", path: "$.deployment_status.state" },
};

const made = {
  name: hook,
  url: `https://promises.example/hooks/${hook}`,
  definition: { ...chosen, allowUnsigned: false, otherwise: "ignore", encoding: "json" },
  prefix: "deploy/",
  bodyBytesMax: hookLimits.bodyBytesDefault,
  eventsPerMinuteMax: hookLimits.eventsPerMinuteDefault,
  keepMs: hookLimits.keepMsDefault,
  secrets: [{ id: secretId(hook, secret), createdOn: madeOn }],
  version: 1,
  createdOn: madeOn,
  changedOn: madeOn,
};

const withNext = {
  ...made,
  secrets: [
    { ...made.secrets[0], endsOn: addedOn + 60 * minute },
    { id: secretId(hook, next), createdOn: addedOn },
  ],
  version: 2,
  changedOn: addedOn,
};

const withoutFirst = { ...withNext, secrets: [withNext.secrets[1]], version: 3 };

const event = { action: "created", deployment: { id: 17 }, deployment_status: { state: "success" } };
const body = JSON.stringify(event);
const headers = {
  "x-hub-signature-256": `sha256=${createHmac("sha256", next).update(body).digest("hex")}`,
  "x-github-event": "deployment_status",
  "x-github-delivery": "0b989ba4-242f-11e5-81e1-c7b6966d2516",
};
const eventId = headers["x-github-delivery"];
const type = "deployment_status.created";
const promiseId = "deploy/17";

const nobody = { hook: "gitlab" };
const unknown = told(new Fault("hookNotFound", { id: "gitlab" }));
const refused = {
  status: 401,
  answer: {
    error: {
      code: 40110,
      message: "not accepted: there is no such hook, or the request cannot be verified",
      details: [],
    },
  },
};

export const hookStory: readonly Exchange[] = [
  {
    name: "70-hook",
    operation: "putHook",
    summary: "GitHub is to say when a deployment has succeeded",
    parameters: { hook },
    body: { definition: chosen, prefix: "deploy/", secrets: [secret] },
    status: 201,
    answer: made,
  },
  {
    name: "71-hook-again",
    operation: "putHook",
    summary: "The same once more",
    parameters: { hook },
    body: { definition: chosen, prefix: "deploy/", secrets: [secret] },
    status: 200,
    answer: made,
  },
  {
    name: "72-hook-exists",
    operation: "putHook",
    summary: "The name is taken",
    parameters: { hook },
    body: { definition: chosen, secrets: [secret], keepMs: 0 },
    ...told(new Fault("hookExists", { id: hook })),
  },
  {
    name: "73-hook-invalid",
    operation: "putHook",
    summary: "An event cannot wait for a month",
    parameters: { hook: "gitlab" },
    body: { definition: chosen, keepMs: 2678400000 },
    ...told(
      new Fault("invalid", {
        violations: [
          {
            field: "keepMs",
            message: `keepMs must be a whole number of milliseconds from 0 to ${hookLimits.keepMsMax}`,
          },
        ],
      }),
    ),
  },
  {
    name: "74-hook-read",
    operation: "readHook",
    summary: "The hook as it is",
    parameters: { hook },
    status: 200,
    answer: made,
  },
  { name: "75-hook-unknown", operation: "readHook", summary: "There is none", parameters: nobody, ...unknown },
  {
    name: "76-hooks",
    operation: "listHooks",
    summary: "All hooks of deployments",
    parameters: { prefix: "deploy/" },
    status: 200,
    answer: { hooks: [made] },
  },
  {
    name: "77-secret",
    operation: "addSecret",
    summary: "A new secret, beside which the old one is good for an hour",
    parameters: { hook },
    body: { secret: next, overlapMs: 3600000 },
    status: 201,
    answer: withNext,
  },
  {
    name: "78-secret-short",
    operation: "addSecret",
    summary: "Too short to be one",
    parameters: { hook },
    body: { secret: "hush" },
    ...told(
      new Fault("invalid", { violations: [{ field: "secret", message: "secret must be 16 to 1024 bytes of UTF-8" }] }),
    ),
  },
  {
    name: "79-secret-ended",
    operation: "endSecret",
    summary: "GitHub signs with the new one",
    parameters: { hook, id: secretId(hook, secret) },
    status: 200,
    answer: withoutFirst,
  },
  {
    name: "80-secret-unknown",
    operation: "endSecret",
    summary: "That one has ended already",
    parameters: { hook, id: secretId(hook, secret) },
    ...told(new Fault("secretNotFound", { id: secretId(hook, secret) })),
  },
  {
    name: "81-dry-run",
    operation: "dryRunHook",
    summary: "What would this request do?",
    parameters: { hook },
    body: { headers, body },
    status: 200,
    answer: {
      verified: true,
      event: { id: eventId, type },
      outcome: "kept",
      settlement: {
        promiseId,
        state: "RESOLVED",
        value: { headers: { "content-type": "application/json" }, data: '"success"' },
      },
    },
  },
  {
    name: "82-dry-run-unknown",
    operation: "dryRunHook",
    summary: "There is no such hook",
    parameters: nobody,
    body: { headers, body },
    ...unknown,
  },
  {
    name: "83-event",
    operation: "receiveEvent",
    summary: "GitHub sends it, before the promise is there",
    parameters: { hook, ...headers },
    body: event,
    status: 200,
    answer: { outcome: "kept" },
  },
  {
    name: "84-event-unsigned",
    operation: "receiveEvent",
    summary: "Somebody else sends it",
    parameters: { hook },
    body: event,
    ...refused,
  },
  {
    name: "85-challenge-refused",
    operation: "answerChallenge",
    summary: "GitHub asks for no challenge",
    parameters: { hook },
    ...refused,
  },
  {
    name: "86-kept",
    operation: "listKeptEvents",
    summary: "The deployment has not been promised yet",
    parameters: { hook },
    status: 200,
    answer: {
      count: 1,
      events: [
        {
          eventId,
          promiseId,
          state: "RESOLVED",
          receivedOn: addedOn,
          expiresOn: addedOn + hookLimits.keepMsDefault,
        },
      ],
    },
  },
  {
    name: "87-kept-unknown",
    operation: "listKeptEvents",
    summary: "There is no such hook",
    parameters: nobody,
    ...unknown,
  },
  {
    name: "88-events",
    operation: "listHookEvents",
    summary: "What has come in",
    parameters: { hook },
    status: 200,
    answer: {
      events: [
        { on: addedOn, outcome: "refused", reason: "signatureMissing", headers: ["content-type"] },
        { on: addedOn, outcome: "kept", eventId, type, promiseId },
      ],
    },
  },
  {
    name: "89-hook-deleted",
    operation: "deleteHook",
    summary: "The hook has done its work",
    parameters: { hook },
    status: 204,
  },
  {
    name: "90-hook-deleted-unknown",
    operation: "deleteHook",
    summary: "It is gone",
    parameters: { hook },
    ...told(new Fault("hookNotFound", { id: hook })),
  },
  {
    name: "91-events-unknown",
    operation: "listHookEvents",
    summary: "And its log with it",
    parameters: { hook },
    ...told(new Fault("hookNotFound", { id: hook })),
  },
];
