/**
 * The door of workers that listen: one stream of messages each (`protocol/rpc.md` 12.4).
 *
 * @module
 */

import { Hono } from "hono";
import { Fault, isFault } from "#lib/core/index.ts";
import type { Listeners } from "#lib/ports/transport.ts";
import type { DoorEnv } from "../context.ts";
import { eventStream } from "./event-stream.ts";

export interface PollParts {
  readonly listeners: Listeners;
  /** How often a silent stream says that it lives. */
  readonly pingEveryMs?: number;
}

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // A proxy that gathers an answer before it passes it on would keep the messages.
  "x-accel-buffering": "no",
};

/** What a listener is told that may not listen: it reads no JSON. Undefined where the error is another's. */
export function refuseListener(path: string, error: unknown): Response | undefined {
  if (!(path.startsWith("/poll/") && isFault(error))) {
    return undefined;
  }
  const status = error.code === "unauthorized" ? 401 : error.code === "forbidden" ? 403 : undefined;
  return status && new Response(status === 401 ? "Unauthorized" : "Forbidden", { status });
}

export function pollApp({ listeners, pingEveryMs = 15_000 }: PollParts): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  // Clients that do not escape their name may have slashes in it.
  app.get("/poll/:group/:id{.+}", (c) => {
    const listening = c.get("listening");
    if (listening?.isAllowed === false) {
      throw new Fault("forbidden", {});
    }
    if (c.req.raw.method === "HEAD") {
      return new Response(null, { headers });
    }
    const stream = eventStream(listeners, c.req.param(), pingEveryMs, listening);
    return stream === undefined ? c.text("Poll registration at capacity", 503) : new Response(stream, { headers });
  });
  return app;
}
