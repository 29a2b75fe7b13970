/**
 * The routes by which standing subscriptions are made, changed, paused and ended.
 *
 * @module
 */

import type { Context, Hono } from "hono";
import * as z from "zod";
import { lifecycleKinds, limits, type Subscription, shownAddress, subscriptionLimits } from "#lib/core/index.ts";
import type { Subscribed, Subscriptions } from "#lib/service/subscriptions.ts";
import { type DoorEnv, json } from "../context.ts";
import { object, once, text } from "../shapes.ts";
import type { StandingBody } from "./contract-standing.ts";
import { parseBody } from "./parse.ts";
import { QueryReader } from "./query.ts";
import { optional, optionalTextMap } from "./schemas.ts";

const unseen = { "cache-control": "no-store" };

/** Adds the routes to an app. */
export function standingRoutes(app: Hono<DoorEnv>, subscriptions: Subscriptions): void {
  const named = (c: Context<DoorEnv>, verb: string): string => {
    c.set("subject", { verb: `subscription.${verb}` });
    return c.req.param("name") ?? "";
  };
  const shown = (subscription: Subscription) => json(toStandingBody(subscription), 200, unseen);
  const shownOnce = ({ subscription, secret }: Subscribed) =>
    json({ ...toStandingBody(subscription), secret }, 201, unseen);

  app.get("/subscriptions", async (c) => {
    named(c, "search");
    const prefix = c.req.query("prefix") ?? "";
    const found = await subscriptions.list(c.get("request"));
    return json(
      { subscriptions: found.filter((each) => each.prefix.startsWith(prefix)).map(toStandingBody) },
      200,
      unseen,
    );
  });

  app.put("/subscriptions/:name", async (c) => {
    const name = named(c, "put");
    const { url, prefix, tags, events, version } = await parseBody(c, PutSubscriptionBody());
    const what = {
      name,
      ...(url !== undefined && { url }),
      ...(prefix !== undefined && { prefix }),
      ...(tags !== undefined && { tags }),
      ...(events !== undefined && { events }),
      ...(version !== undefined && { version }),
    };
    const made = await subscriptions.put(what, c.get("request"));
    return "secret" in made ? shownOnce(made) : shown(made.subscription);
  });

  app.get("/subscriptions/:name", async (c) => shown(await subscriptions.get(named(c, "get"), c.get("request"))));

  app.delete("/subscriptions/:name", async (c) => {
    await subscriptions.remove(named(c, "delete"), c.get("request"));
    return new Response(null, { status: 204 });
  });

  app.post("/subscriptions/:name/secrets", async (c) =>
    shownOnce(await subscriptions.addSecret(named(c, "secret.add"), c.get("request"))),
  );

  app.delete("/subscriptions/:name/secrets", async (c) => {
    const name = named(c, "secret.end");
    const reader = new QueryReader(c.req.queries());
    const id = reader.text("id") ?? reader.refuse("id", "is required", "");
    reader.finish();
    return shown(await subscriptions.endSecret(name, id, c.get("request")));
  });

  app.post("/subscriptions/:name/pause", async (c) =>
    shown(await subscriptions.pause(named(c, "pause"), c.get("request"))),
  );

  app.post("/subscriptions/:name/resume", async (c) =>
    shown(await subscriptions.resume(named(c, "resume"), c.get("request"))),
  );
}

export const PutSubscriptionBody = once(() =>
  z
    .object(
      {
        url: optional(text()).meta({
          type: ["string", "null"],
          description: `Who is told: an address of at most ${subscriptionLimits.urlBytesMax} bytes, \`https://…\`, or on AWS \`lambda://\`, \`sqs://\`, \`sns://\`, \`eventbridge://\`. Absent: as it was; required of a new subscription.`,
          example: "https://example.com/promises",
        }),
        prefix: optional(text()).meta({
          type: ["string", "null"],
          description: `What the ids of the promises begin with, at most ${limits.idBytesMax} bytes. Absent: as it was; of a new subscription, all ids that its maker may name.`,
          example: "order/",
        }),
        tags: optionalTextMap().meta({
          description: `Tags that the promises have, at most ${subscriptionLimits.tagsMax}. Absent: as they were; of a new subscription, none. Steps inside of workflows are told of only where \`resonate:scope\` is one of them.`,
          example: { shop: "songs" },
        }),
        events: optional(
          z
            .array(z.enum(lifecycleKinds, { error: `must be one of ${lifecycleKinds.join(", ")}` }), {
              error: "must be a list of strings",
            })
            .min(1, { error: "must not be empty" })
            .max(lifecycleKinds.length, { error: `must be at most ${lifecycleKinds.length}` }),
        ).meta({
          type: ["array", "null"],
          items: { type: "string", enum: [...lifecycleKinds] },
          description: "What is told. Absent: as it was; of a new subscription, how promises end, in whatever way.",
          example: ["created", "resolved"],
        }),
        version: optional(z.number({ error: "must be a number" })).meta({
          type: ["integer", "null"],
          minimum: 0,
          description: "The version that this is to replace. Absent: the subscription is to be new.",
          example: 1,
        }),
      },
      object,
    )
    .meta({ id: "PutSubscription" }),
);

/** A subscription as this door shows it: of its secrets, what tells them apart. */
export const toStandingBody = (subscription: Subscription): z.input<typeof StandingBody> => ({
  name: subscription.id,
  url: shownAddress(subscription.url),
  prefix: subscription.prefix,
  tags: subscription.tags,
  events: [...subscription.events],
  secrets: subscription.secrets.map(({ nonce: id, createdAt }) => ({ id, createdOn: createdAt })),
  ...(subscription.pausedAt !== undefined && { pausedOn: subscription.pausedAt }),
  version: subscription.version,
  createdOn: subscription.createdAt,
  changedOn: subscription.changedAt,
});
