import type { Context, MiddlewareHandler } from "hono";
import { callerIn } from "#lib/access/caller.ts";
import type { EpochMs } from "#lib/core/index.ts";
import type { Span, Tracing } from "#lib/ports/tracing.ts";
import type { Access } from "./access.ts";
import type { DoorEnv, Subject } from "./context.ts";
import { requestIdOf, sentTrace } from "./trace.ts";

/** What is known of a request when it has been answered. */
export interface Answered extends Partial<Subject> {
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
  readonly roundTrips: number;
  readonly requestId: string;
  /** Who asked, where that is controlled. */
  readonly principal?: string;
  /** What went wrong, for an answer of 500 or more. */
  readonly error?: unknown;
}

export interface RequestParts {
  readonly now: () => EpochMs;
  /** A token that no other request has. */
  readonly token: () => string;
  readonly log: (answered: Answered) => void;
  /** Absent: no traces are kept. */
  readonly tracing?: Tracing;
  /** Absent: whoever reaches the service may do everything. */
  readonly access?: Access;
}

/** Gives each request its moment, its token and its cost, and tells of it when it is answered. */
export const logged =
  ({ now, token, log, tracing, access }: RequestParts): MiddlewareHandler<DoorEnv> =>
  async (c, next) => {
    const started = performance.now();
    const request = { now: now(), token: token(), cost: { roundTrips: 0 } };
    c.set("request", request);
    c.set("ownRequestId", token());
    c.set("span", tracing && spanOf(c, tracing, access === undefined));
    await next();
    const requestId = requestIdOf(c);
    c.header("request-id", requestId);
    const { status } = c.res;
    const verb = c.get("subject")?.verb ?? "request";
    c.get("span")?.().end(
      verb,
      {
        "http.request.method": c.req.method,
        "http.response.status_code": status,
        "resonate.verb": verb,
        "resonate.round_trips": request.cost.roundTrips,
        "resonate.request_id": requestId,
      },
      status >= 500,
    );
    const principal = callerIn(c.get("request"))?.principal;
    log({
      method: c.req.method,
      ...c.get("subject"),
      status,
      durationMs: performance.now() - started,
      roundTrips: request.cost.roundTrips,
      requestId,
      ...(principal !== undefined && { principal }),
      ...(status >= 500 && { error: c.error ?? c.get("failure") }),
    });
  };

/** Begins once. Only who is known goes on with a trace, and says whether it is kept: anybody else could have all be kept. */
function spanOf(c: Context<DoorEnv>, tracing: Tracing, isAnybodyKnown: boolean): () => Span {
  const beganAt = Date.now();
  let span: Span | undefined;
  return () => {
    const isKnown = isAnybodyKnown || callerIn(c.get("request")) !== undefined;
    span ??= tracing.begin("server", isKnown ? sentTrace(c) : undefined, beganAt);
    return span;
  };
}
