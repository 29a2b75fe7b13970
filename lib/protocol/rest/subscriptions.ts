/**
 * Subscriptions: an address is told when a promise is completed (`protocol/rest.md` 2, 3).
 *
 * @module
 */

import type { Hono } from "hono";
import * as z from "zod";
import { endOfTime, limits } from "#lib/core/index.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Addresses } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { object, once, text } from "../shapes.ts";
import { parseBody } from "./parse.ts";
import { toPromiseBody } from "./promises.ts";
import { moment } from "./schemas.ts";

/** Adds the route to an app. */
export function subscriptionRoutes(app: Hono<DoorEnv>, promises: Promises, addresses: Addresses): void {
  app.post("/promises/subscribe/:id", async (c) => {
    const { id: promiseId, form } = addresses.canonical(c.req.param("id"));
    c.set("subject", { verb: "subscribe", id: promiseId });
    const { id, timeout, recv } = await parseBody(c, SubscribeBody());
    const request = c.get("request");
    const { changed, promise } = await promises.subscribe(promiseId, recv, request);
    const subscription = {
      id,
      promiseId: form(promiseId),
      timeout: Math.min(timeout, endOfTime),
      createdOn: request.now,
    };
    return json(
      { subscription: changed ? subscription : null, promise: toPromiseBody(promise, form) },
      changed ? 201 : 200,
    );
  });
}

const group = once(() => text().regex(/^[^/?#]+$/, { error: "must be a name without /, ? and #" }));

/** A receiver in two words, as clients of this door have always said it. */
const Receiver = once(() =>
  z.discriminatedUnion(
    "type",
    [
      z.object({ type: z.literal("http"), data: z.object({ url: text() }, object) }, object),
      z.object(
        {
          type: z.literal("poll"),
          data: z.object(
            { group: group(), id: text().optional(), cast: z.enum(["any", "uni"]).default("any") },
            object,
          ),
        },
        object,
      ),
    ],
    { error: "must be an address, or an object whose type is http or poll" },
  ),
);

const addressOf = (receiver: z.output<ReturnType<typeof Receiver>>): string => {
  if (receiver.type === "http") {
    return receiver.data.url;
  }
  const { cast, group, id } = receiver.data;
  return `poll://${cast}@${group}${id === undefined ? "" : `/${id}`}`;
};

export const SubscribeBody = once(() =>
  z
    .object(
      {
        id: text().meta({ description: "A name that the answer repeats.", example: "songs-shop" }),
        timeout: moment().meta({
          description: "Taken for older clients' sake: a subscription lasts as long as its promise is pending.",
          example: 4102444800000,
        }),
        recv: z
          .union([text(), Receiver().transform(addressOf)], {
            error: "must be an address, or an object whose type is http or poll",
          })
          .meta({
            description: `Who is told: an address of at most ${limits.addressBytesMax} bytes, such as \`https://example.com/hook\` or \`poll://any@group\`; or \`{"type": "http", "data": {"url": …}}\`.`,
            example: "https://example.com/hook",
          }),
      },
      object,
    )
    .meta({ id: "Subscribe" }),
);
