/**
 * The door of workers that listen: one stream of messages each (`protocol/rpc.md` 12.4).
 *
 * @module
 */

import { Hono } from "hono";
import type { PollHub } from "#lib/ports/transport.ts";
import { eventStream } from "./event-stream.ts";

export interface PollParts {
  readonly hub: PollHub;
  /** How often a silent stream says that it lives. */
  readonly pingEveryMs?: number;
}

const headers = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
  // A proxy that gathers an answer before it passes it on would keep the messages.
  "x-accel-buffering": "no",
};

export function pollApp({ hub, pingEveryMs = 15_000 }: PollParts): Hono {
  const app = new Hono();
  // Clients that do not escape their name may have slashes in it.
  app.get("/poll/:group/:id{.+}", (c) => {
    if (c.req.raw.method === "HEAD") {
      return new Response(null, { headers });
    }
    const stream = eventStream(hub, c.req.param(), pingEveryMs);
    return stream === undefined ? c.text("Poll registration at capacity", 503) : new Response(stream, { headers });
  });
  return app;
}
