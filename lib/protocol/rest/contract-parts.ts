/**
 * What the routes' contracts have in common: shapes that several of them show, and the errors that any may answer.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { type AnyFault, Fault, limits } from "#lib/core/index.ts";
import { tellFault, unexpected } from "./faults.ts";
import type { Example } from "./operations.ts";

/** A payload as it is shown. */
export const Payload = z
  .object({ headers: z.record(z.string(), z.string()).optional(), data: z.string().optional() })
  .openapi("Value", {
    description: "A payload as it was sent; what was not sent is left out, and none at all is empty.",
    example: { headers: { "content-type": "application/json" }, data: "eyJzb25nIjo0Mn0=" },
  });

export const shownMoment = z.number().int().openapi({ format: "int64" });

export const shownCursor = z.string().nullable().openapi({
  description:
    "Asks for the next page. A page may be short, even empty, and still have one: its read budget was spent.",
});

/** One text as it comes in a query; what it must be is checked by who reads it, since a cursor makes the rest void. */
export const parameter = z.any().optional();

export const idPattern = (example: string) =>
  parameter.openapi({
    type: "string",
    description:
      "The ids to find: `*` stands for any run of characters, everything else for itself. Required without a cursor.",
    example,
  });

export const tagsParameter = parameter.openapi({
  param: { style: "deepObject", explode: true },
  type: "object",
  additionalProperties: { type: "string" },
  description: "`tags[name]=value`, as often as needed: all must be equal.",
});

export const limitParameter = (max: number = limits.pageMax) =>
  parameter.openapi({ type: "integer", minimum: 0, maximum: max, description: `0 or absent: ${max}.` });

export const cursorParameter = parameter.openapi({
  type: "string",
  description: "Where the page before ended. It carries the whole search: other parameters are ignored.",
});

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

export const jsonOf = <Schema extends z.ZodType>(schema: Schema) => ({ "application/json": { schema } });

/** An error, with examples of it by name. What a request can bring about by itself has its example in the story. */
export const error = (description: string, examples?: Record<string, Example>) => ({
  description,
  content: { "application/json": { schema: ErrorBody, ...(examples && { examples }) } },
});

const told = (summary: string, fault: AnyFault) => ({ summary, value: tellFault(fault).body });

export const payloadTooLarge = (field: string) => {
  const message = `${field} must be at most ${limits.payloadBytesMax} bytes of JSON`;
  return {
    "too-large": told("A payload breaks its limit", new Fault("tooLarge", { violations: [{ field, message }] })),
  };
};

/** What every route may answer beside its own errors. */
export const troubles = {
  400: error("40000: a field is missing or invalid; one detail for each."),
  500: error("50000 or 50004: unexpected, or the store refused the request.", {
    unexpected: { summary: "Something went wrong that nobody foresaw", value: unexpected.body },
    "store-failed": told("The store refused the request", new Fault("storeFailed", {})),
  }),
  503: error("50300: the store is busy or out of reach; the same request may succeed after `Retry-After` seconds.", {
    "store-unavailable": told("The store is busy or out of reach", new Fault("storeUnavailable", {})),
  }),
};
