/**
 * What a request is known by, and what it belongs to: one name for it in logs and messages, whichever door it came by.
 *
 * @module
 */

import type { Context } from "hono";
import type { Trace } from "#lib/core/index.ts";
import type { DoorEnv } from "./context.ts";

/** Characters of a client's name for a request that are worth a line in the log. */
const requestIdForm = /^[\w.:/@+=-]{1,128}$/;

/** A version, a trace and a span (W3C Trace Context); what is not of that form is no trace. */
const traceparentForm = /^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/;

const tracestateLengthMax = 512;

/** What the request is known by: the header `request-id`, else the envelope's `corrId`; of one that has no name, the service's own. */
export function requestIdOf(c: Context<DoorEnv>): string {
  return namedBy(c.req.header("request-id") ?? c.get("corrId"), c.get("ownRequestId"));
}

/** A client's name for its request, where it is one; else the service's own. */
export const namedBy = (given: string | undefined, own: string): string =>
  given !== undefined && requestIdForm.test(given) ? given : own;

/** The trace that a request belongs to, if it is part of one or its headers name one, and the request's own name beside it. */
export function traceOf(c: Context<DoorEnv>): { readonly trace?: Trace } {
  const trace = c.get("span")?.().trace ?? sentTrace(c);
  return trace === undefined ? {} : { trace: { ...trace, requestId: requestIdOf(c) } };
}

/** The trace that the headers name. */
export function sentTrace(c: Context<DoorEnv>): Pick<Trace, "traceparent" | "tracestate"> | undefined {
  const traceparent = c.req.header("traceparent");
  if (traceparent === undefined || !traceparentForm.test(traceparent)) {
    return undefined;
  }
  const tracestate = c.req.header("tracestate");
  const isKept = tracestate !== undefined && tracestate !== "" && tracestate.length <= tracestateLengthMax;
  return { traceparent, ...(isKept && { tracestate }) };
}

/** The same for what a request creates: its name is kept without a trace, too. */
export function originOf(c: Context<DoorEnv>): { readonly trace: Trace } {
  const { trace = { requestId: requestIdOf(c) } } = traceOf(c);
  return { trace };
}
