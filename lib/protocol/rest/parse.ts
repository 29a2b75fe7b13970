import type { Context } from "hono";
import * as z from "zod";
import { Fault, invalid, type Terms, type Violation } from "#lib/core/index.ts";
import { toJson } from "../body.ts";
import { once } from "../shapes.ts";
import { KeyHeader, WriteHeaders } from "./schemas.ts";

/**
 * What a request to write asks for, body and headers checked together so that all that is wrong is told at once.
 *
 * @throws Fault `invalid` with a violation for each field that is not of its shape.
 */
export async function parseWrite<Body>(c: Context, schema: z.ZodType<Body>): Promise<{ terms: Terms; body: Body }> {
  const { headers, body } = await parse(c, WriteHeaders(), schema);
  return { terms: { strict: headers.strict, ...keyed(headers) }, body };
}

/** The same, of a write that knows no strictness. */
export async function parseKeyed<Body>(c: Context, schema: z.ZodType<Body>) {
  const { headers, body } = await parse(c, KeyHeader(), schema);
  return { terms: keyed(headers), body };
}

const NoHeaders = once(() => z.object({}));

/** The same, of one that knows no headers at all. */
export const parseBody = async <Body>(c: Context, schema: z.ZodType<Body>): Promise<Body> =>
  (await parse(c, NoHeaders(), schema)).body;

async function parse<Headers, Body>(c: Context, headersSchema: z.ZodType<Headers>, bodySchema: z.ZodType<Body>) {
  const headers = headersSchema.safeParse({
    "idempotency-key": c.req.header("idempotency-key"),
    strict: c.req.header("strict"),
  });
  const sent = toJson(await c.req.arrayBuffer());
  if (sent === undefined) {
    throw invalid("body", "must be JSON in UTF-8");
  }
  const body = bodySchema.safeParse(sent);
  if (!(headers.success && body.success)) {
    throw new Fault("invalid", {
      violations: [headers, body].flatMap(({ error }) => error?.issues.map(toViolation) ?? []),
    });
  }
  return { headers: headers.data, body: body.data };
}

type Keyed = z.output<ReturnType<typeof KeyHeader>>;

const keyed = ({ "idempotency-key": idempotencyKey }: Keyed): Pick<Terms, "idempotencyKey"> =>
  idempotencyKey === undefined ? {} : { idempotencyKey };

function toViolation({ path, message }: z.core.$ZodIssue): Violation {
  const field = path.join(".") || "body";
  return { field, message: `${field} ${message}` };
}
