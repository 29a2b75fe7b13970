/**
 * What the routes of receivers take and answer, in the words of OpenAPI.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { IdInPath } from "./contract.ts";
import {
  cursorParameter,
  error,
  jsonOf,
  limitParameter,
  shownCursor,
  shownMoment,
  troubles,
} from "./contract-parts.ts";

export const EndpointBody = z
  .object({
    id: z.string().openapi({ description: "Names the receiver to these routes; it tells nothing of the address." }),
    address: z.string().openapi({ description: "Without a name, a password and a query." }),
    state: z.enum(["failing", "paused", "releasing"]).openapi({
      description:
        "`failing`: attempts fail. `paused`: they have for long, and messages are held; one of them is tried now and then. `releasing`: one has arrived, and the others are sent on their way.",
    }),
    failures: z.number().int().openapi({ description: "Attempts in a row that have failed." }),
    failingSince: shownMoment,
    lastFailedOn: shownMoment,
    lastError: z.string(),
    lastStatus: z.number().int().optional().openapi({ description: "Absent: nobody has answered." }),
    pausedOn: shownMoment.optional(),
    nextProbeOn: shownMoment.optional().openapi({ description: "When the next message is tried." }),
  })
  .openapi("Endpoint");

const EndpointPage = z.object({ endpoints: z.array(EndpointBody), cursor: shownCursor }).openapi("EndpointPage");

export const listEndpoints = createRoute({
  operationId: "listEndpoints",
  method: "get",
  path: "/endpoints",
  summary: "List receivers that fail",
  description:
    "Receivers that nothing has arrived at since an attempt failed, and those that are paused on account of that. One that works is not listed. Reads an index, which on DynamoDB may lag a write by a moment.",
  request: { query: z.looseObject({ limit: limitParameter(), cursor: cursorParameter }) },
  responses: { 200: { description: "A page.", content: jsonOf(EndpointPage) }, ...troubles },
});

export const resumeEndpoint = createRoute({
  operationId: "resumeEndpoint",
  method: "post",
  path: "/endpoints/{id}/resume",
  summary: "Try a paused receiver",
  description:
    "One of its messages is sent at once, deployed within a moment; if it arrives, so are all others. One that is not paused stays as it is.",
  request: {
    params: IdInPath.extend({
      id: z.string().openapi({ param: { name: "id", in: "path" }, description: "As it is listed." }),
    }),
  },
  responses: {
    200: { description: "It is tried.", content: jsonOf(EndpointBody) },
    404: error("40408: nothing that was sent to such a receiver has failed since the last that arrived."),
    ...troubles,
  },
});
