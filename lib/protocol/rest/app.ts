/**
 * The REST door: durable promises over plain HTTP.
 *
 * @module
 */

import type { Hono } from "hono";
import { Fault } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { Hooks } from "#lib/service/hooks.ts";
import type { Links } from "#lib/service/links.ts";
import type { Messages } from "#lib/service/messages.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Schedules } from "#lib/service/schedules.ts";
import type { Subscriptions } from "#lib/service/subscriptions.ts";
import type { Addresses } from "../addresses.ts";
import { type DoorEnv, json } from "../context.ts";
import { endpointRoutes } from "./endpoints.ts";
import { tell, tellFault } from "./faults.ts";
import { hookRoutes } from "./hooks.ts";
import { linkRoutes } from "./links.ts";
import { messageRoutes } from "./messages.ts";
import { notServedRoutes } from "./not-served.ts";
import { promiseRoutes } from "./promises.ts";
import { scheduleRoutes } from "./schedules.ts";
import { standingRoutes } from "./standing.ts";
import { subscriptionRoutes } from "./subscriptions.ts";

export interface RestParts {
  readonly promises: Promises;
  readonly schedules: Schedules;
  readonly messages: Messages;
  readonly links: Links;
  readonly hooks: Hooks;
  readonly subscriptions: Subscriptions;
  readonly addresses: Addresses;
  /** Asks the store for anything at all, and rejects where it does not answer. */
  readonly probe: (cost: Cost) => Promise<unknown>;
}

/** Adds the routes of this door to an app. */
export function restRoutes(app: Hono<DoorEnv>, parts: RestParts): void {
  const { promises, schedules, messages, links, hooks, subscriptions, addresses, probe } = parts;
  promiseRoutes(app, promises, addresses);
  subscriptionRoutes(app, promises, addresses);
  scheduleRoutes(app, schedules, addresses);
  messageRoutes(app, messages, addresses);
  endpointRoutes(app, messages);
  linkRoutes(app, links, addresses);
  hookRoutes(app, hooks, addresses);
  standingRoutes(app, subscriptions);
  app.get("/health", () => json({ status: "ok" }, 200));
  app.get("/ready", async (c) => {
    c.set("subject", { verb: "ready" });
    try {
      await probe(c.get("request").cost);
      return json({ status: "ok" }, 200);
    } catch (error) {
      c.set("failure", error);
      return tell(tellFault(new Fault("storeUnavailable", {})));
    }
  });
  descriptionRoutes(app, addresses.ownUrl);
  notServedRoutes(app);
}

/** The routes that tell of the others. They are seldom asked, and load what they need when they are. */
function descriptionRoutes(app: Hono<DoorEnv>, url: string): void {
  const described = async () => ({ ...(await import("./document.ts")).document, servers: [{ url }] });
  app.get("/openapi.json", async () => json(await described(), 200));
  app.get("/docs", async (c) => {
    const { docsPage, docsPolicy } = await import("./docs-page.ts");
    return c.html(docsPage(await described()), 200, { "content-security-policy": docsPolicy });
  });
}
