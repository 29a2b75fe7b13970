/**
 * What the promise routes take and answer, in the words of OpenAPI (`protocol/rest.md` 2 to 6). Nothing of it is needed
 * to answer a request.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import {
  cursorParameter,
  error,
  idPattern,
  jsonOf,
  limitParameter,
  Payload,
  parameter,
  payloadTooLarge,
  shownCursor,
  shownMoment,
  tagsParameter,
  troubles,
} from "./contract-parts.ts";
import { CompleteBody, CreateBody, WriteHeaders } from "./schemas.ts";

export const IdInPath = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description:
      "Everything behind the slash, decoded once; slashes may stand as they are or escaped. What a gateway on the way would alter (`?`, `%`, `#`, slashes side by side or at an end) is named by a query instead: `/promise?id=…`, `/promise/subscribe?id=…`, `/schedule?id=…`, with the same methods.",
    example: "purchase/user/1/song/42",
  }),
});

export const PromiseBody = z
  .object({
    id: z.string(),
    state: z.enum(["PENDING", "RESOLVED", "REJECTED", "REJECTED_CANCELED", "REJECTED_TIMEDOUT"]),
    param: Payload,
    value: Payload,
    timeout: shownMoment.openapi({ description: "The deadline." }),
    tags: z.record(z.string(), z.string()),
    createdOn: shownMoment,
    completedOn: shownMoment.optional().openapi({ description: "Present exactly when the promise is completed." }),
    idempotencyKeyForCreate: z.string().optional(),
    idempotencyKeyForComplete: z.string().optional(),
  })
  .openapi("Promise");

export const SearchQuery = z.looseObject({
  id: idPattern("purchase/user/1/*"),
  state: parameter.openapi({
    type: "string",
    enum: ["pending", "resolved", "rejected"],
    description: "In any letter case. `rejected` finds the canceled and the timed out too.",
  }),
  tags: tagsParameter,
  limit: limitParameter(),
  cursor: cursorParameter,
});

export const PageBody = z
  .object({
    promises: z.array(PromiseBody),
    cursor: shownCursor,
  })
  .openapi("PromisePage");

const promise = (description: string) => ({ description, content: jsonOf(PromiseBody) });

const location = z.object({ location: z.string().openapi({ description: "The promise's address." }) });

export const createPromise = createRoute({
  operationId: "createPromise",
  method: "post",
  path: "/promises",
  summary: "Create a promise",
  description:
    "A repeat with the same idempotency key answers the promise that is there. With `composite`, the service completes it from what becomes of others.",
  request: { headers: WriteHeaders(), body: { required: true, content: jsonOf(CreateBody()) } },
  responses: {
    201: { ...promise("Created."), headers: location },
    200: promise("There already, made with this idempotency key."),
    404: error("40405: of a composite, no promise has a member's id."),
    409: error("40900: there already, made with another idempotency key or none; or, asked strictly, completed."),
    413: error("41300: the body, param or tags are too large; the message names the limit.", payloadTooLarge("param")),
    ...troubles,
  },
});

export const readPromise = createRoute({
  operationId: "readPromise",
  method: "get",
  path: "/promises/{id}",
  summary: "Read a promise",
  description: "Strongly consistent: what any completed write has answered is seen.",
  request: { params: IdInPath },
  responses: { 200: promise("The promise."), 404: error("40400: no promise has this id."), ...troubles },
});

export const completePromise = createRoute({
  operationId: "completePromise",
  method: "patch",
  path: "/promises/{id}",
  summary: "Complete a promise",
  description: "Resolves, rejects or cancels it. Of any number of completions at once, exactly one is answered 201.",
  request: { params: IdInPath, headers: WriteHeaders(), body: { required: true, content: jsonOf(CompleteBody()) } },
  responses: {
    201: promise("Completed now."),
    200: promise(
      "Completed before with this idempotency key, or timed out; in strict mode only in the state asked for.",
    ),
    403: error("40300 resolved, 40301 rejected, 40302 canceled, 40303 timed out already."),
    404: error("40400: no promise has this id."),
    413: error("41300: the body or value is too large; the message names the limit.", payloadTooLarge("value")),
    ...troubles,
  },
});

export const searchPromises = createRoute({
  operationId: "searchPromises",
  method: "get",
  path: "/promises",
  summary: "Search promises",
  description:
    "Newest first. Reads an index, which on DynamoDB may lag a write by a moment; what it lists is shown as it is now. A pattern that begins with literal text costs what it matches, not what there is. Steps inside a workflow are not listed.",
  request: { query: SearchQuery },
  responses: { 200: { description: "A page.", content: jsonOf(PageBody) }, ...troubles },
});
