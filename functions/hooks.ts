/** Takes what providers send to hooks, behind the HTTP API; and shows who may know it what a request would do. */

import { randomUUID } from "node:crypto";
import { handle } from "hono/aws-lambda";
import { kept } from "#lib/access/kept.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { hookApp } from "#lib/protocol/hooks/app.ts";
import { hookReader } from "#lib/protocol/hooks/reader.ts";
import { hookLog } from "#lib/service/hook-log.ts";
import { knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { receiver } from "#lib/service/receive.ts";
import { accessTo } from "./access.ts";
import { log, tellAnswered } from "./answered.ts";
import { read, retryMs, variables } from "./env.ts";
import { feed } from "./feed.ts";
import { gatewaySearch } from "./gateway-path.ts";
import { hookSecretReader } from "./hook-secrets.ts";
import { metrics, withMetrics } from "./metrics.ts";
import { store } from "./store.ts";

/** For so long a hook is not looked up again: a change of it takes effect after that, at the latest. */
const hookKeptMs = 2_000;

const addresses = addressesAt(read(variables.publicUrls).split(","));
const findHook = kept((id, cost) => store.find({ of: "hook", id }, cost), hookKeptMs);

const app = hookApp({
  addresses,
  rawSearch: gatewaySearch,
  receiver: receiver({
    store,
    feed,
    retryMs: retryMs(),
    known: knownSubscriptions(store, Date.now),
    reader: hookReader,
    secrets: hookSecretReader(),
    log: hookLog({
      store,
      metrics,
      chance: Math.random,
      onFailure: (err) => log.error({ verb: "hook.log", err }),
    }),
    canonical: (id) => addresses.canonical(id).id,
    find: (name, { now, cost }) => findHook(name, now, cost),
    onKept: () => {},
  }),
  now: Date.now,
  token: randomUUID,
  log: tellAnswered,
  access: accessTo(store),
});

export const handler = withMetrics(handle(app));
