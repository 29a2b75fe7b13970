import type { Context } from "hono";
import type { z } from "zod";
import { Fault, type Terms, type Violation } from "#lib/core/index.ts";
import { toJson } from "../body.ts";
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
  const sent = toJson(await c.req.arrayBuffer());
  if (sent === undefined) {
    throw new Fault("invalid", { violations: [{ field: "body", message: "body must be JSON in UTF-8" }] });
  }
  const body = schema.safeParse(sent);
  if (!(headers.success && body.success)) {
    throw new Fault("invalid", {
      violations: [headers, body].flatMap(({ error }) => error?.issues.map(toViolation) ?? []),
    });
  }
  const { "idempotency-key": idempotencyKey, strict } = headers.data;
  return { terms: { strict, ...(idempotencyKey !== undefined && { idempotencyKey }) }, body: body.data };
}

function toViolation({ path, message }: z.core.$ZodIssue): Violation {
  const field = path.join(".") || "body";
  return { field, message: `${field} ${message}` };
}
