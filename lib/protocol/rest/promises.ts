/**
 * The routes of durable promises (`protocol/rest.md` 2 to 6).
 *
 * @module
 */

import { createRoute, type OpenAPIHono, z } from "@hono/zod-openapi";
import type { Context } from "hono";
import {
  type AnyFault,
  acceptCreate,
  acceptSettle,
  type Effect,
  Fault,
  limits,
  type PromiseRecord,
  type Trace,
} from "#lib/core/index.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Addresses } from "../addresses.ts";
import { json, type RestEnv } from "./context.ts";
import { toCursor } from "./cursor.ts";
import type { Example } from "./description.ts";
import { tellFault, unexpected } from "./faults.ts";
import {
  CompleteBody,
  CreateBody,
  ErrorBody,
  IdInPath,
  PageBody,
  PromiseBody,
  SearchQuery,
  WriteHeaders,
} from "./schemas.ts";
import { toSearching } from "./searching.ts";

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

const createPromise = createRoute({
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

const readPromise = createRoute({
  operationId: "readPromise",
  method: "get",
  path: "/promises/{id}",
  summary: "Read a promise",
  description: "Strongly consistent: what any completed write has answered is seen.",
  request: { params: IdInPath },
  responses: { 200: promise("The promise."), 404: error("40400: no promise has this id."), ...troubles },
});

const completePromise = createRoute({
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

const searchPromises = createRoute({
  operationId: "searchPromises",
  method: "get",
  path: "/promises",
  summary: "Search promises",
  description:
    "Newest first. Reads an index, which on DynamoDB may lag a write by a moment; what it lists is shown as it is now. A pattern that begins with literal text costs what it matches, not what there is. Steps inside a workflow are not listed.",
  request: { query: SearchQuery },
  responses: { 200: { description: "A page.", content: jsonOf(PageBody) }, ...troubles },
});

/** Adds the promise routes to an app. */
export function promiseRoutes(app: OpenAPIHono<RestEnv>, promises: Promises, addresses: Addresses): void {
  app.openapi(createPromise, async (c) => {
    const { "idempotency-key": idempotencyKey, strict } = c.req.valid("header");
    const { id: named, timeout, param = {}, tags = {} } = c.req.valid("json");
    const { id, form } = addresses.canonical(named);
    c.set("subject", { verb: "create", id });
    const what = { id, timeoutAt: timeout, param, tags, ...keyed(idempotencyKey), ...traced(c) };
    const { changed, promise } = await promises.create(what, c.var.request);
    if (!changed) {
      acceptCreate(promise, { ...keyed(idempotencyKey), strict });
    }
    return json(c, toBody(promise, form), changed ? 201 : 200, changed ? { location: addresses.urlOf(id) } : {});
  });

  app.openapi(completePromise, async (c) => {
    const { "idempotency-key": idempotencyKey, strict } = c.req.valid("header");
    const { state: verdict, value = {} } = c.req.valid("json");
    const { id, form } = addresses.canonical(c.req.valid("param").id);
    c.set("subject", { verb: "settle", id });
    const what = { id, verdict, value, ...keyed(idempotencyKey), ...traced(c) };
    const { changed, promise }: Effect = await promises.settle(what, c.var.request);
    if (!changed) {
      acceptSettle(promise, verdict, { ...keyed(idempotencyKey), strict });
    }
    return json(c, toBody(promise, form), changed ? 201 : 200);
  });

  app.openapi(readPromise, async (c) => {
    const { id, form } = addresses.canonical(c.req.valid("param").id);
    c.set("subject", { verb: "get", id });
    return json(c, toBody(await promises.get(id, c.var.request), form), 200);
  });

  app.openapi(searchPromises, async (c) => {
    c.set("subject", { verb: "search" });
    const { search, form } = toSearching(c.req.valid("query"), addresses);
    const page = await promises.search(search, c.var.request);
    const cursor = page.next === undefined ? null : toCursor({ search: { ...search, after: page.next }, form });
    return json(c, { promises: page.promises.map((found) => toBody(found, form)), cursor }, 200);
  });
}

/** A promise as this door shows it; fields that are unset are left out. */
function toBody(shown: PromiseRecord, form: string): z.input<typeof PromiseBody> {
  const { id, state, timeoutAt, createdAt, settledAt, idempotencyKeyForCreate, idempotencyKeyForComplete } = shown;
  return {
    id: form + id,
    state: state.toUpperCase() as z.infer<typeof PromiseBody>["state"],
    param: shown.param,
    value: shown.value,
    timeout: timeoutAt,
    ...(idempotencyKeyForCreate !== undefined && { idempotencyKeyForCreate }),
    ...(idempotencyKeyForComplete !== undefined && { idempotencyKeyForComplete }),
    tags: shown.tags,
    createdOn: createdAt,
    ...(settledAt !== undefined && { completedOn: settledAt }),
  };
}

const keyed = (idempotencyKey: string | undefined) => (idempotencyKey === undefined ? {} : { idempotencyKey });

/** A version, a trace and a span (W3C Trace Context); what is not of that form is no trace. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

const tracestateLengthMax = 512;

/** The trace that a request belongs to, if its headers name one. */
function traced(c: Context): { trace?: Trace } {
  const traceparent = c.req.header("traceparent");
  const tracestate = c.req.header("tracestate");
  if (traceparent === undefined || !traceparentForm.test(traceparent)) {
    return {};
  }
  return { trace: { traceparent, ...(tracestate && tracestate.length <= tracestateLengthMax && { tracestate }) } };
}
