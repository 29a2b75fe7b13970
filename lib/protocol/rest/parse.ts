import type { Context } from "hono";
import type { z } from "zod";
import { Fault, type Terms, type Violation } from "#lib/core/index.ts";
import { WriteHeaders } from "./schemas.ts";

/**
 * What a request to write asks for, body and headers checked together so that all that is wrong is told at once.
 *
 * @throws Fault `invalid` with a violation for each field that is not of its shape.
 */
export async function parseWrite<Body>(c: Context, schema: z.ZodType<Body>): Promise<{ terms: Terms; body: Body }> {
  const headers = WriteHeaders.safeParse({
    "idempotency-key": c.req.header("idempotency-key"),
    strict: c.req.header("strict"),
  });
  const body = schema.safeParse(toJson(await c.req.arrayBuffer()));
  if (!(headers.success && body.success)) {
    throw new Fault("invalid", {
      violations: [headers, body].flatMap(({ error }) => error?.issues.map(toViolation) ?? []),
    });
  }
  const { "idempotency-key": idempotencyKey, strict } = headers.data;
  return { terms: { strict, ...(idempotencyKey !== undefined && { idempotencyKey }) }, body: body.data };
}

/** Refuses what is no UTF-8, instead of keeping something else in its place. */
const utf8 = new TextDecoder("utf-8", { fatal: true });

function toJson(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(utf8.decode(bytes));
  } catch {
    throw new Fault("invalid", { violations: [{ field: "body", message: "body must be JSON in UTF-8" }] });
  }
}

function toViolation({ path, message }: z.core.$ZodIssue): Violation {
  const field = path.join(".") || "body";
  return { field, message: `${field} ${message}` };
}
