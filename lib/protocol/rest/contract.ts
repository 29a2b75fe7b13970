/**
 * What the promise routes take and answer, in the words of OpenAPI (`protocol/rest.md` 2 to 6). Nothing of it is needed
 * to answer a request.
 *
 * @module
 */

import { createRoute, z } from "@hono/zod-openapi";
import { type AnyFault, Fault, limits } from "#lib/core/index.ts";
import { tellFault, unexpected } from "./faults.ts";
import type { Example } from "./operations.ts";
import { CompleteBody, CreateBody, WriteHeaders } from "./schemas.ts";

/** A payload as it is shown. */
const Payload = z
  .object({ headers: z.record(z.string(), z.string()).optional(), data: z.string().optional() })
  .openapi("Value", {
    description: "A payload as it was sent; what was not sent is left out, and none at all is empty.",
    example: { headers: { "content-type": "application/json" }, data: "eyJzb25nIjo0Mn0=" },
  });

export const IdInPath = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: "Everything behind the slash, decoded once; slashes may stand as they are or escaped.",
    example: "purchase/user/1/song/42",
  }),
});

const shownMoment = z.number().int().openapi({ format: "int64" });

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

export const ErrorBody = z
  .object({
    error: z.object({
      code: z.number().int().openapi({ example: 40000 }),
      message: z.string().openapi({ example: "invalid request" }),
      details: z.array(
        z.object({
          "@type": z.enum(["RequestError", "FieldValidationError", "ServerError"]),
          message: z.string(),
          domain: z.enum(["request", "server"]),
          metadata: z.record(z.string(), z.string()),
        }),
      ),
    }),
  })
  .openapi("Error");

/** One text as it comes in a query; what it must be is checked by who reads it, since a cursor makes the rest void. */
const parameter = z.any().optional();

export const SearchQuery = z.looseObject({
  id: parameter.openapi({
    type: "string",
    description:
      "The ids to find: `*` stands for any run of characters, everything else for itself. Required without a cursor.",
    example: "purchase/user/1/*",
  }),
  state: parameter.openapi({
    type: "string",
    enum: ["pending", "resolved", "rejected"],
    description: "In any letter case. `rejected` finds the canceled and the timed out too.",
  }),
  tags: parameter.openapi({
    param: { style: "deepObject", explode: true },
    type: "object",
    additionalProperties: { type: "string" },
    description: "`tags[name]=value`, as often as needed: all must be equal.",
  }),
  limit: parameter.openapi({
    type: "integer",
    minimum: 0,
    maximum: limits.pageMax,
    description: `0 or absent: ${limits.pageMax}.`,
  }),
  cursor: parameter.openapi({
    type: "string",
    description: "Where the page before ended. It carries the whole search: other parameters are ignored.",
  }),
});

export const PageBody = z
  .object({
    promises: z.array(PromiseBody),
    cursor: z.string().nullable().openapi({
      description:
        "Asks for the next page. A page may be short, even empty, and still have one: its read budget was spent.",
    }),
  })
  .openapi("PromisePage");

const jsonOf = <Schema extends z.ZodType>(schema: Schema) => ({ "application/json": { schema } });

const promise = (description: string) => ({ description, content: jsonOf(PromiseBody) });

/** An error, with examples of it by name. What a request can bring about by itself has its example in the story. */
const error = (description: string, examples?: Record<string, Example>) => ({
  description,
  content: { "application/json": { schema: ErrorBody, ...(examples && { examples }) } },
});

const told = (summary: string, fault: AnyFault) => ({ summary, value: tellFault(fault).body });

const payloadTooLarge = (field: string) => {
  const message = `${field} must be at most ${limits.payloadBytesMax} bytes of JSON`;
  return {
    "too-large": told("A payload breaks its limit", new Fault("tooLarge", { violations: [{ field, message }] })),
  };
};

/** What every route may answer beside its own errors. */
const troubles = {
  400: error("40000: a field is missing or invalid; one detail for each."),
  500: error("50000 or 50004: unexpected, or the store refused the request.", {
    unexpected: { summary: "Something went wrong that nobody foresaw", value: unexpected.body },
    "store-failed": told("The store refused the request", new Fault("storeFailed", {})),
  }),
  503: error("50300: the store is busy or out of reach; the same request may succeed after `Retry-After` seconds.", {
    "store-unavailable": told("The store is busy or out of reach", new Fault("storeUnavailable", {})),
  }),
};

const location = z.object({ location: z.string().openapi({ description: "The promise's address." }) });

export const createPromise = createRoute({
  operationId: "createPromise",
  method: "post",
  path: "/promises",
  summary: "Create a promise",
  description: "A repeat with the same idempotency key answers the promise that is there.",
  request: { headers: WriteHeaders, body: { required: true, content: jsonOf(CreateBody) } },
  responses: {
    201: { ...promise("Created."), headers: location },
    200: promise("There already, made with this idempotency key."),
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
  request: { params: IdInPath, headers: WriteHeaders, body: { required: true, content: jsonOf(CompleteBody) } },
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
