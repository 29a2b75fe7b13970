/**
 * What the routes of links take and answer, in the words of OpenAPI.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { linkLimits } from "#lib/core/index.ts";
import { IdInPath } from "./contract.ts";
import { error, jsonOf, Payload, parameter, shownMoment, troubles } from "./contract-parts.ts";
import { CreateLinkBody } from "./links.ts";

const outcome = z.enum(["resolve", "reject", "cancel"]);

export const LinkBody = z
  .object({
    id: z.string().openapi({ description: "Counts the promise's links." }),
    promiseId: z.string(),
    outcomes: z.array(outcome),
    encoding: z.enum(["json", "sdk"]),
    value: Payload.optional(),
    label: z.string().optional(),
    from: z.string().optional(),
    question: z.string().optional(),
    signIn: z
      .object({
        anybody: z.literal(true).optional(),
        emails: z.array(z.string()).optional(),
        subjects: z.array(z.string()).optional(),
      })
      .optional()
      .openapi({ description: "Present exactly when whoever decides must sign in first." }),
    expiresOn: shownMoment,
    createdOn: shownMoment,
    revokedOn: shownMoment.optional(),
    decision: z
      .object({
        outcome,
        decidedOn: shownMoment,
        comment: z.string().optional(),
        userAgent: z.string().optional(),
        ip: z.string().optional(),
        by: z
          .object({
            issuer: z.string(),
            subject: z.string(),
            email: z.string().optional(),
            name: z.string().optional(),
          })
          .optional()
          .openapi({ description: "Who has signed in to decide, as the issuer says." }),
      })
      .optional()
      .openapi({ description: "Present exactly when this link has completed the promise." }),
  })
  .openapi("Link");

const MintedLink = LinkBody.extend({
  url: z.string().openapi({ description: "The link. It is shown this once, and whoever has it may decide." }),
}).openapi("MintedLink");

const LinkList = z.object({ links: z.array(LinkBody) }).openapi("LinkList");

const promiseId = parameter.openapi({ type: "string", description: "Required: the promise's id.", example: "trip/1" });

const minting = {
  description: `The URL in the answer leads to a page that asks the person who opens it. Opening it changes nothing; a button there completes the promise. A promise has at most ${linkLimits.liveLinksMax} links that are live, and ${linkLimits.linksMax} that are kept.`,
  responses: {
    201: { description: "Made.", content: jsonOf(MintedLink) },
    403: error("40300 to 40303: the promise is completed."),
    404: error("40400: no promise has this id."),
    409: error("40903: the promise has as many links as it may have."),
    413: error("41300: the body or value is too large; the message names the limit."),
    ...troubles,
  },
};

const body = { required: true, content: jsonOf(CreateLinkBody()) };

export const createLink = createRoute({
  operationId: "createLink",
  method: "post",
  path: "/promises/{id}/links",
  summary: "Make a link that lets a person decide",
  request: { params: IdInPath, body },
  ...minting,
});

export const createLinkByQuery = createRoute({
  operationId: "createLinkByQuery",
  method: "post",
  path: "/links",
  summary: "The same, of a promise whose id no path can carry",
  request: { query: z.looseObject({ promiseId }), body },
  ...minting,
});

export const listLinks = createRoute({
  operationId: "listLinks",
  method: "get",
  path: "/links",
  summary: "List a promise's links",
  description: "Oldest first, with what was decided by each. Strongly consistent.",
  request: { query: z.looseObject({ promiseId }) },
  responses: { 200: { description: "All of them.", content: jsonOf(LinkList) }, ...troubles },
});

export const revokeLink = createRoute({
  operationId: "revokeLink",
  method: "delete",
  path: "/links",
  summary: "Revoke a link",
  description: "It decides nothing any more. One that has decided stays as it is.",
  request: {
    query: z.looseObject({
      promiseId,
      id: parameter.openapi({ type: "string", description: "Required: the link's id.", example: "0001" }),
    }),
  },
  responses: {
    200: { description: "The link as it is now.", content: jsonOf(LinkBody) },
    404: error("40404: there is no such link."),
    ...troubles,
  },
});
