/**
 * The routes of receivers that what is sent to them fails: for an operator to see, and to have them tried again.
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { type Endpoint, limits } from "#lib/core/index.ts";
import type { Endpoints } from "#lib/service/endpoints.ts";
import { type DoorEnv, json } from "../context.ts";
import { once } from "../shapes.ts";
import type { EndpointBody } from "./contract-endpoints.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { type Query, QueryReader } from "./query.ts";

/** Adds the routes to an app. */
export function endpointRoutes(app: Hono<DoorEnv>, endpoints: Endpoints): void {
  app.get("/endpoints", async (c) => {
    c.set("subject", { verb: "endpoint.search" });
    const { limit, after } = toSearching(c.req.queries());
    const what = { limit, ...(after !== undefined && { after }) };
    const page = await endpoints.endpoints(what, c.get("request"));
    const cursor = page.next === undefined ? null : encodeCursor({ v: 1, endpoint: page.next, l: limit });
    return json({ endpoints: page.endpoints.map(toEndpointBody), cursor }, 200);
  });

  app.post("/endpoints/:id/resume", async (c) => {
    const id = c.req.param("id");
    c.set("subject", { verb: "endpoint.resume", id });
    return json(toEndpointBody(await endpoints.resume(id, c.get("request"))), 200);
  });
}

const Cursor = once(() =>
  z.strictObject({
    v: z.literal(1),
    endpoint: z.string().max(100),
    l: z.number().int().min(1).max(limits.pageMax),
  }),
);

/** @throws Fault `invalid` with every parameter that cannot be understood. */
function toSearching(query: Query): { readonly limit: number; readonly after?: string } {
  const cursors = query["cursor"];
  if (cursors !== undefined) {
    const { endpoint: after, l: limit } = decodeCursor(Cursor(), cursors.join());
    return { limit, after };
  }
  const reader = new QueryReader(query);
  const limit = reader.limit();
  reader.finish();
  return { limit };
}

/** A receiver as this door shows it; fields that are unset are left out. */
export function toEndpointBody(endpoint: Endpoint): z.input<typeof EndpointBody> {
  const { id, address, state, failures, failingSince, lastFailedAt, lastError, lastStatus, pausedAt, dueAt } = endpoint;
  return {
    id,
    address,
    state,
    failures,
    failingSince,
    lastFailedOn: lastFailedAt,
    lastError,
    ...(lastStatus !== undefined && { lastStatus }),
    ...(pausedAt !== undefined && { pausedOn: pausedAt }),
    ...(state === "paused" && dueAt !== undefined && { nextProbeOn: dueAt }),
  };
}
