/**
 * The routes of durable promises (`protocol/rest.md` 2 to 6).
 *
 * @module
 */

import type { Hono } from "hono";
import type { z } from "zod";
import { acceptCreate, acceptSettle, type PromiseRecord } from "#lib/core/index.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Addresses, Form } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { originOf, traceOf } from "../trace.ts";
import { toComposed } from "./composites.ts";
import type { PromiseBody } from "./contract.ts";
import { toCursor } from "./cursor.ts";
import { parseWrite } from "./parse.ts";
import { CompleteBody, CreateBody } from "./schemas.ts";
import { toSearching } from "./searching.ts";

/** Adds the promise routes to an app. */
export function promiseRoutes(app: Hono<DoorEnv>, promises: Promises, addresses: Addresses): void {
  app.post("/promises", async (c) => {
    c.set("subject", { verb: "create" });
    const { terms, body } = await parseWrite(c, CreateBody());
    const { id, form } = addresses.canonical(body.id);
    c.set("subject", { verb: "create", id });
    const { timeout: timeoutAt, param = {} } = body;
    const composed = toComposed(body, addresses.canonical);
    const what = { id, timeoutAt, param, ...composed, ...keyed(terms), ...originOf(c) };
    const { changed, promise } = await promises.create(what, c.get("request"));
    if (!changed) {
      acceptCreate(promise, terms);
    }
    return changed
      ? json(toPromiseBody(promise, form), 201, { location: addresses.urlOf(id) })
      : json(toPromiseBody(promise, form), 200);
  });

  app.patch("/promises/:id", async (c) => {
    const { id, form } = addresses.canonical(c.req.param("id"));
    c.set("subject", { verb: "settle", id });
    const { terms, body } = await parseWrite(c, CompleteBody());
    const { state: verdict, value = {} } = body;
    const what = { id, verdict, value, ...keyed(terms), ...traceOf(c) };
    const { changed, promise } = await promises.settle(what, c.get("request"));
    if (!changed) {
      acceptSettle(promise, verdict, terms);
    }
    return json(toPromiseBody(promise, form), changed ? 201 : 200);
  });

  app.get("/promises/:id", async (c) => {
    const { id, form } = addresses.canonical(c.req.param("id"));
    c.set("subject", { verb: "get", id });
    return json(toPromiseBody(await promises.get(id, c.get("request")), form), 200);
  });

  app.get("/promises", async (c) => {
    c.set("subject", { verb: "search" });
    const { search, front } = toSearching(c.req.queries(), addresses);
    const form = addresses.formOf(front);
    const page = await promises.search(search, c.get("request"));
    const cursor = page.next === undefined ? null : toCursor({ search: { ...search, after: page.next }, front });
    return json({ promises: page.promises.map((found) => toPromiseBody(found, form)), cursor }, 200);
  });
}

/** A promise as this door shows it; fields that are unset are left out. */
export function toPromiseBody(shown: PromiseRecord, form: Form): z.input<typeof PromiseBody> {
  const { id, state, timeoutAt, createdAt, settledAt, idempotencyKeyForCreate, idempotencyKeyForComplete } = shown;
  return {
    id: form(id),
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

const keyed = ({ idempotencyKey }: { idempotencyKey?: string }) =>
  idempotencyKey === undefined ? {} : { idempotencyKey };
