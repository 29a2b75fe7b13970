/**
 * The routes by which hooks are made, changed and ended, and by which their owners see what comes in.
 *
 * `/hooks/{hook}` itself is the provider's; everything below it is the owner's.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import * as z from "zod";
import { type HookEntry, type HookRecord, hookLimits, isSecretLive, type KeptEvent } from "#lib/core/index.ts";
import type { Hooks } from "#lib/service/hooks.ts";
import type { Addresses } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { object, once, text } from "../shapes.ts";
import type { HookBody, HookEventBody, KeptEventBody } from "./contract-hooks.ts";
import { parseBody } from "./parse.ts";
import { QueryReader } from "./query.ts";
import { optional } from "./schemas.ts";

const unseen = { "cache-control": "no-store" };

/** Adds the routes to an app. */
export function hookRoutes(app: Hono<DoorEnv>, hooks: Hooks, addresses: Addresses): void {
  const named = (c: Context<DoorEnv>, verb: string): string => {
    c.set("subject", { verb: `hook.${verb}` });
    return c.req.param("hook") ?? "";
  };
  const shown = (c: Context<DoorEnv>, hook: HookRecord, status: number) =>
    json(toHookBody(hook, addresses, c.get("request").now), status, unseen);

  app.get("/hooks", async (c) => {
    named(c, "search");
    const request = c.get("request");
    const prefix = c.req.query("prefix") ?? "";
    const found = (await hooks.list(request)).filter((hook) => hook.prefix.startsWith(prefix));
    return json({ hooks: found.map((hook) => toHookBody(hook, addresses, request.now)) }, 200, unseen);
  });

  app.put("/hooks/:hook/config", async (c) => {
    const name = named(c, "put");
    const { PutHookBody } = await import("./hook-shape.ts");
    const { definition, prefix, bodyBytesMax, eventsPerMinuteMax, keepMs, secrets, version } = await parseBody(
      c,
      PutHookBody,
    );
    const what = {
      name,
      definition,
      ...(prefix !== undefined && { prefix }),
      ...(bodyBytesMax !== undefined && { bodyBytesMax }),
      ...(eventsPerMinuteMax !== undefined && { eventsPerMinuteMax }),
      ...(keepMs !== undefined && { keepMs }),
      ...(secrets !== undefined && { secrets }),
      ...(version !== undefined && { version }),
    };
    const { changed, hook } = await hooks.put(what, c.get("request"));
    return shown(c, hook, changed && hook.version === 1 ? 201 : 200);
  });

  app.get("/hooks/:hook/config", async (c) => shown(c, await hooks.get(named(c, "get"), c.get("request")), 200));

  app.delete("/hooks/:hook/config", async (c) => {
    await hooks.remove(named(c, "delete"), c.get("request"));
    return new Response(null, { status: 204 });
  });

  app.post("/hooks/:hook/secrets", async (c) => {
    const name = named(c, "secret.add");
    const { secret, overlapMs = 0 } = await parseBody(c, AddSecretBody());
    return shown(c, await hooks.addSecret(name, { secret, overlapMs }, c.get("request")), 201);
  });

  app.delete("/hooks/:hook/secrets", async (c) => {
    const name = named(c, "secret.end");
    const reader = new QueryReader(c.req.queries());
    const id = reader.text("id") ?? reader.refuse("id", "is required", "");
    reader.finish();
    return shown(c, await hooks.endSecret(name, id, c.get("request")), 200);
  });

  app.get("/hooks/:hook/events", async (c) => {
    const found = await hooks.events(named(c, "events"), c.get("request"));
    return json({ events: found.map(toEventBody) }, 200, unseen);
  });

  app.get("/hooks/:hook/kept", async (c) => {
    const { count, events } = await hooks.waiting(named(c, "kept"), c.get("request"));
    return json({ count, events: events.map(toKeptBody) }, 200, unseen);
  });
}

export const AddSecretBody = once(() =>
  z
    .object(
      {
        secret: text().meta({
          minLength: hookLimits.secretBytesMin,
          maxLength: hookLimits.secretBytesMax,
          description: `What the provider signs with: ${hookLimits.secretBytesMin} to ${hookLimits.secretBytesMax} bytes. It is never shown again.`,
        }),
        overlapMs: optional(
          z
            .number({ error: "must be a whole number of milliseconds" })
            .int({ error: "must be a whole number of milliseconds" })
            .min(0, { error: "must be 0 or more" })
            .max(hookLimits.overlapMsMax, { error: `must be at most ${hookLimits.overlapMsMax}` }),
        ).meta({
          type: ["integer", "null"],
          description: `For how many milliseconds the secrets before it stay good, ${hookLimits.overlapMsMax} at most. Absent: not at all.`,
          example: 86400000,
        }),
      },
      object,
    )
    .meta({ id: "AddSecret" }),
);

/** A hook as this door shows it: of its secrets, what tells them apart. */
export function toHookBody(hook: HookRecord, { ownUrl }: Addresses, now: number): z.input<typeof HookBody> {
  const { id, prefix, definition, bodyBytesMax, eventsPerMinuteMax, keepMs, secrets, version } = hook;
  return {
    name: id,
    url: `${ownUrl}/hooks/${id}`,
    definition: definition as z.input<typeof HookBody>["definition"],
    prefix,
    bodyBytesMax,
    eventsPerMinuteMax,
    keepMs,
    secrets: secrets
      .filter((secret) => isSecretLive(secret, now))
      .map(({ id: name, createdAt, endsAt }) => ({
        id: name,
        createdOn: createdAt,
        ...(endsAt !== undefined && { endsOn: endsAt }),
      })),
    version,
    createdOn: hook.createdAt,
    changedOn: hook.changedAt,
  };
}

const toEventBody = ({ id, at, headers, ...entry }: HookEntry): z.input<typeof HookEventBody> => ({
  on: at,
  ...entry,
  ...(headers !== undefined && { headers: [...headers] }),
});

const toKeptBody = ({
  eventId,
  promiseId,
  verdict,
  receivedAt,
  expiresAt,
}: KeptEvent): z.input<typeof KeptEventBody> => ({
  eventId,
  promiseId,
  state: verdict === "resolved" ? "RESOLVED" : "REJECTED",
  receivedOn: receivedAt,
  expiresOn: expiresAt,
});
