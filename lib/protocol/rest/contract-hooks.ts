/**
 * What the routes of hooks take and answer, in the words of OpenAPI.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { hookLimits } from "#lib/core/index.ts";
import { HookDefinition } from "#lib/hooks/definition.ts";
import { keptEventsMax } from "#lib/service/keeping.ts";
import { error, jsonOf, Payload, parameter, shownMoment, troubles } from "./contract-parts.ts";
import { DryRunBody } from "./hook-dry-run.ts";
import { PutHookBody } from "./hook-shape.ts";
import { AddSecretBody } from "./hooks.ts";

const HookInPath = z.object({
  hook: z.string().openapi({ param: { name: "hook", in: "path" }, description: "The hook's name.", example: "stripe" }),
});

const outcome = z
  .enum(["settled", "duplicate", "late", "kept", "expired", "ignored", "unusable", "deferred", "refused"])
  .openapi({
    description:
      "`settled`: it has completed its promise. `duplicate`: it had done so before. `late`: the promise was completed before by something else. `kept`: it waits for its promise. `expired`: it waited in vain. `ignored`: the hook's rules pass over it. `unusable`: it names no promise, or one that the hook may not complete. `deferred`: its sender is to repeat it. `refused`: it could not be verified.",
  });

export const HookBody = z
  .object({
    name: z.string(),
    url: z.string().openapi({ description: "What the provider is told to call." }),
    definition: HookDefinition,
    prefix: z.string().openapi({ description: "What every id begins with that the hook may complete." }),
    bodyBytesMax: z.number().int(),
    eventsPerMinuteMax: z.number().int(),
    keepMs: z.number().int(),
    secrets: z.array(
      z.object({
        id: z.string().openapi({ description: "Tells the secret from others; it is a part of a hash of it." }),
        createdOn: shownMoment,
        endsOn: shownMoment.optional().openapi({ description: "Until when it is good." }),
      }),
    ),
    version: z.number().int().openapi({ description: "Counts the hook's changes." }),
    createdOn: shownMoment,
    changedOn: shownMoment,
  })
  .openapi("Hook");

const HookList = z.object({ hooks: z.array(HookBody) }).openapi("HookList");

export const HookEventBody = z
  .object({
    on: shownMoment,
    outcome,
    reason: z.string().optional(),
    eventId: z.string().optional(),
    type: z.string().optional(),
    promiseId: z.string().optional(),
    count: z.number().int().optional().openapi({
      description:
        "So many requests of one outcome and reason it stands for, that came one after the other; absent: one.",
    }),
    headers: z.array(z.string()).optional().openapi({
      description: "Names of the request's headers, where it could not be verified.",
    }),
  })
  .openapi("HookEvent");

const HookEventList = z.object({ events: z.array(HookEventBody) }).openapi("HookEventList");

export const KeptEventBody = z
  .object({
    eventId: z.string(),
    promiseId: z.string(),
    state: z.enum(["RESOLVED", "REJECTED"]),
    receivedOn: shownMoment,
    expiresOn: shownMoment,
  })
  .openapi("KeptEvent");

const KeptEventList = z
  .object({
    count: z.number().int().openapi({ description: "So many there are." }),
    events: z.array(KeptEventBody).openapi({ description: "Some of them, oldest first." }),
  })
  .openapi("KeptEventList");

const Foreseen = z
  .object({
    verified: z.boolean(),
    reason: z.string().optional(),
    challenge: z.object({ status: z.number().int(), body: z.string() }).optional().openapi({
      description: "It asks whether the hook is there, and would be answered so.",
    }),
    event: z.object({ id: z.string(), type: z.string().optional() }).optional(),
    outcome: outcome.optional(),
    settlement: z.object({ promiseId: z.string(), state: z.enum(["RESOLVED", "REJECTED"]), value: Payload }).optional(),
    promiseState: z
      .enum(["PENDING", "RESOLVED", "REJECTED", "REJECTED_CANCELED", "REJECTED_TIMEDOUT"])
      .optional()
      .openapi({ description: "Absent: there is no such promise." }),
  })
  .openapi("Foreseen");

const noHook = error("40405: there is no such hook, or it is another's.");
const shownHook = (description: string) => ({ description, content: jsonOf(HookBody) });

export const putHook = createRoute({
  operationId: "putHook",
  method: "put",
  path: "/hooks/{hook}/config",
  summary: "Make or change a hook",
  description: `A hook completes promises by what a provider sends to \`/hooks/{hook}\`, once its signature is verified. Without \`version\` it is to be new, and a repeat answers it; with one, it replaces that version, but for its secrets. There are at most ${hookLimits.hooksMax}.`,
  request: { params: HookInPath, body: { required: true, content: jsonOf(PutHookBody) } },
  responses: {
    201: shownHook("Made."),
    200: shownHook("Changed; or there already, as it is asked for."),
    404: noHook,
    409: error(
      "40904: there is a hook of this name, or it has another version. 40905, 40906: there are as many hooks, or secrets of one, as there may be.",
    ),
    413: error("41300: the body is too large; the message names the limit."),
    ...troubles,
  },
});

export const readHook = createRoute({
  operationId: "readHook",
  method: "get",
  path: "/hooks/{hook}/config",
  summary: "Read a hook",
  description: "Strongly consistent. Its secrets are never shown, only what tells them apart.",
  request: { params: HookInPath },
  responses: { 200: shownHook("The hook."), 404: noHook, ...troubles },
});

export const listHooks = createRoute({
  operationId: "listHooks",
  method: "get",
  path: "/hooks",
  summary: "List hooks",
  description: "By name. Reads an index, which on DynamoDB may lag a write by a moment.",
  request: {
    query: z.looseObject({
      prefix: parameter.openapi({
        type: "string",
        description: "Only those whose prefix begins with this.",
        example: "pay/",
      }),
    }),
  },
  responses: { 200: { description: "All of them.", content: jsonOf(HookList) }, ...troubles },
});

export const deleteHook = createRoute({
  operationId: "deleteHook",
  method: "delete",
  path: "/hooks/{hook}/config",
  summary: "Delete a hook",
  description: "With its secrets and its log. Events that it keeps complete nothing any more.",
  request: { params: HookInPath },
  responses: {
    204: { description: "Deleted." },
    404: noHook,
    409: error("40904: it has changed meanwhile."),
    ...troubles,
  },
});

export const addSecret = createRoute({
  operationId: "addSecret",
  method: "post",
  path: "/hooks/{hook}/secrets",
  summary: "Add a secret to a hook",
  description: `Those before it stay good for as long as is said. At most ${hookLimits.secretsMax} are good at once.`,
  request: { params: HookInPath, body: { required: true, content: jsonOf(AddSecretBody()) } },
  responses: {
    201: shownHook("The hook as it is now."),
    404: noHook,
    409: error("40906: it has as many secrets as it may have."),
    413: error("41300: the body is too large; the message names the limit."),
    ...troubles,
  },
});

export const endSecret = createRoute({
  operationId: "endSecret",
  method: "delete",
  path: "/hooks/{hook}/secrets",
  summary: "End a secret at once",
  description:
    "Nothing that is signed with it is accepted any more, and what it has verified and still waits for its promise completes nothing. Of a secret that has run out, too.",
  request: {
    params: HookInPath,
    query: z.looseObject({
      id: parameter.openapi({ type: "string", description: "Required: the secret's id.", example: "0123456789abcdef" }),
    }),
  },
  responses: {
    200: shownHook("The hook as it is now."),
    404: error("40405: there is no such hook. 40406: it has no such secret."),
    ...troubles,
  },
});

export const listHookEvents = createRoute({
  operationId: "listHookEvents",
  method: "get",
  path: "/hooks/{hook}/events",
  summary: "See what has come in by a hook",
  description: `The latest requests, newest first: about ${hookLimits.loggedMax} that were verified, and of those that were not ${hookLimits.refusalsOfReasonMax} entries of each reason, for ${hookLimits.logMs / 86_400_000} days.`,
  request: { params: HookInPath },
  responses: { 200: { description: "What there is.", content: jsonOf(HookEventList) }, 404: noHook, ...troubles },
});

export const listKeptEvents = createRoute({
  operationId: "listKeptEvents",
  method: "get",
  path: "/hooks/{hook}/kept",
  summary: "See which events wait for their promise",
  description: `A hook keeps at most ${keptEventsMax}.`,
  request: { params: HookInPath },
  responses: { 200: { description: "What there is.", content: jsonOf(KeptEventList) }, 404: noHook, ...troubles },
});

export const dryRunHook = createRoute({
  operationId: "dryRunHook",
  method: "post",
  path: "/hooks/{hook}/dry-run",
  summary: "See what a request to a hook would do",
  description:
    "It is verified and understood as if its provider had sent it, and changes nothing. The limit of a minute is not foreseen.",
  request: { params: HookInPath, body: { required: true, content: jsonOf(DryRunBody()) } },
  responses: {
    200: { description: "What it would do.", content: jsonOf(Foreseen) },
    404: noHook,
    413: error("41300: the body is too large; the message names the limit."),
    ...troubles,
  },
});

export const receiveEvent = createRoute({
  operationId: "receiveEvent",
  method: "post",
  path: "/hooks/{hook}",
  summary: "Send an event, as a provider",
  description:
    "Needs no credential but the provider's own signature. What is verified is answered 200, whatever becomes of it, and the hook's log has the rest, but for what is to be sent again, which is answered 503 with code 50310; some providers take a body for more than it is and get none.",
  request: {
    params: HookInPath,
    headers: z.object({
      "x-hub-signature-256": z.string().optional().openapi({
        description: "GitHub's signature; other providers have headers of their own.",
      }),
      "x-github-event": z.string().optional().openapi({ description: "GitHub's type of the event." }),
      "x-github-delivery": z.string().optional().openapi({ description: "GitHub's id of the event." }),
    }),
    body: {
      required: true,
      description: "As the provider writes it: the signature is of these bytes.",
      content: jsonOf(z.looseObject({})),
    },
  },
  responses: {
    200: { description: "It is done with.", content: jsonOf(z.object({ outcome }).openapi("Taken")) },
    401: error("40110: there is no such hook, or the request cannot be verified."),
    413: error("41300: the body is too large; the message names the limit."),
    429: error("42900: more events came in a minute than the hook takes; `retry-after` says when to send it again."),
    ...troubles,
  },
});

export const answerChallenge = createRoute({
  operationId: "answerChallenge",
  method: "get",
  path: "/hooks/{hook}",
  summary: "Ask whether a hook is there, as a provider",
  description: "Answers the challenges of providers that send any by GET, and changes nothing.",
  request: { params: HookInPath },
  responses: {
    200: { description: "What the provider expects." },
    401: error("40110: there is no such hook, or its provider asks for no such thing."),
    ...troubles,
  },
});
