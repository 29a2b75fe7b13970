/**
 * The routes of schedules (`protocol/rest.md` 2, 7).
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import {
  acceptSchedule,
  checkId,
  isLiteral,
  limits,
  literalPrefix,
  matcher,
  type ScheduleRecord,
} from "#lib/core/index.ts";
import type { ScheduleSearch, Schedules } from "#lib/service/schedules.ts";
import type { Addresses, Form } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { once } from "../shapes.ts";
import type { ScheduleBody } from "./contract-schedules.ts";
import { decodeCursor, encodeCursor, idInCursor } from "./cursor.ts";
import { parseKeyed } from "./parse.ts";
import { type Query, QueryReader } from "./query.ts";
import { CreateScheduleBody } from "./schedule-schemas.ts";

/** Adds the schedule routes to an app. */
export function scheduleRoutes(app: Hono<DoorEnv>, schedules: Schedules, addresses: Addresses): void {
  app.post("/schedules", async (c) => {
    c.set("subject", { verb: "schedule.create" });
    const { terms, body } = await parseKeyed(c, CreateScheduleBody());
    const { id, form } = addresses.canonical(body.id);
    c.set("subject", { verb: "schedule.create", id });
    const { description, timezone, tags = {}, promiseParam = {}, promiseTags = {} } = body;
    const what = {
      id,
      cron: body.cron,
      tags,
      // Promises have canonical ids, these too.
      promiseId: addresses.canonical(body.promiseId).id,
      promiseTimeout: body.promiseTimeout,
      promiseParam,
      promiseTags,
      ...(description !== undefined && { description }),
      ...(timezone !== undefined && { timezone }),
      ...terms,
    };
    const { changed, schedule } = await schedules.create(what, c.get("request"));
    if (!changed) {
      acceptSchedule(schedule, terms);
    }
    return json(toBody(schedule, form), changed ? 201 : 200);
  });

  app.get("/schedules/:id", async (c) => {
    const { id, form } = addresses.canonical(c.req.param("id"));
    c.set("subject", { verb: "schedule.get", id });
    return json(toBody(await schedules.get(id, c.get("request")), form), 200);
  });

  app.delete("/schedules/:id", async (c) => {
    const { id } = addresses.canonical(c.req.param("id"));
    c.set("subject", { verb: "schedule.delete", id });
    await schedules.delete(id, c.get("request"));
    return c.body(null, 204);
  });

  app.get("/schedules", async (c) => {
    c.set("subject", { verb: "schedule.search" });
    const searching = toSearching(c.req.queries(), addresses);
    const form = addresses.formOf(searching.f);
    const { rows, next } = await schedules.list(toSearch(searching), c.get("request"));
    return json(
      {
        schedules: rows.map((schedule) => toBody(schedule, form)),
        cursor: next === undefined ? null : encodeCursor({ ...searching, a: next }),
      },
      200,
    );
  });
}

/** A search as its cursor carries it, and once it has one, where the page before ended. */
const Searching = once(() =>
  z.strictObject({
    v: z.literal(1),
    schedules: idInCursor(),
    f: z.string(),
    t: z.array(z.tuple([z.string(), z.string()])),
    l: z.number().int().min(1).max(limits.pageMax),
    a: idInCursor().optional(),
  }),
);

type Searching = z.infer<ReturnType<typeof Searching>>;

/** @throws Fault `invalid` with every parameter that cannot be understood. */
function toSearching(query: Query, addresses: Addresses): Searching {
  const cursors = query["cursor"];
  if (cursors !== undefined) {
    return decodeCursor(Searching(), cursors.join());
  }
  const reader = new QueryReader(query);
  const pattern = reader.pattern("every schedule");
  const limit = reader.limit();
  const tags = reader.tags();
  reader.finish();
  const { id, front } = addresses.canonical(pattern);
  checkId(id);
  return { v: 1, schedules: id, f: front, t: Object.entries(tags), l: limit };
}

const toSearch = ({ schedules: pattern, t, l: limit, a: after }: Searching): ScheduleSearch => ({
  ...(isLiteral(pattern) ? { id: pattern } : { isMatch: matcher(pattern), beginning: literalPrefix(pattern) }),
  ownTags: Object.fromEntries(t),
  tags: {},
  limit,
  ...(after !== undefined && { after }),
});

/** A schedule as this door shows it; fields that are unset are left out. */
function toBody(schedule: ScheduleRecord, form: Form): z.input<typeof ScheduleBody> {
  const { id, description, cron, timezone, tags, promiseId, promiseTimeout, promiseParam, promiseTags } = schedule;
  const { nextRunAt, lastRunAt, idempotencyKey, createdAt } = schedule;
  return {
    id: form(id),
    ...(description !== undefined && { description }),
    cron,
    ...(timezone !== undefined && { timezone }),
    tags,
    promiseId,
    promiseTimeout,
    promiseParam,
    promiseTags,
    nextRunTime: nextRunAt,
    ...(lastRunAt !== undefined && { lastRunTime: lastRunAt }),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    createdOn: createdAt,
  };
}
