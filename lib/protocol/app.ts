/**
 * All doors as one app: REST, RPC, and the streams of workers.
 *
 * @module
 */

import { Hono } from "hono";
import { permitted } from "#lib/access/permitted.ts";
import { permittedReceiver } from "#lib/access/reaching.ts";
import { invalid, isFault } from "#lib/core/index.ts";
import type { Debug } from "#lib/ports/debug.ts";
import type { Listeners } from "#lib/ports/transport.ts";
import type { Receiver } from "#lib/service/receive.ts";
import type { Tasks } from "#lib/service/tasks.ts";
import { challenging, knownOnly } from "./access.ts";
import { logged, type RequestParts } from "./answered.ts";
import { limitBody } from "./body.ts";
import type { DoorEnv } from "./context.ts";
import { type HookDoorParts, hookDoor } from "./hooks/app.ts";
import { type LinkPageParts, linkPages } from "./links/app.ts";
import { basePathsOf, isDecodable, pathsByQuery, routingPath } from "./paths.ts";
import { pollApp, refuseListener } from "./poll/app.ts";
import { type RestParts, restRoutes } from "./rest/app.ts";
import { errorAnswer, tell, tellFault, unexpected } from "./rest/faults.ts";
import { rpcRoutes } from "./rpc/app.ts";

export interface ServiceParts extends RestParts, RequestParts, LinkPageParts {
  readonly tasks: Tasks;
  /** Absent: no worker can listen here. */
  readonly listeners?: Listeners;
  /** Absent: another function takes what providers send. */
  readonly receiver?: Receiver;
  /** Absent: nobody sets the clock. */
  readonly debug?: Debug;
  /** The path as the client sent it, undecoded, where the platform knows it: a parsed URL has lost its dots. */
  readonly rawPath?: (platform: unknown) => string | undefined;
  readonly rawSearch?: HookDoorParts["rawSearch"];
  /** Whether the platform may have made another path of the one that was sent. */
  readonly isAltered?: (platform: unknown) => boolean;
}

export function serviceApp(given: ServiceParts): Hono<DoorEnv> {
  const parts = given.access === undefined ? given : permitted(given);
  const { rawPath, isAltered, listeners, addresses, access } = parts;
  const basePaths = basePathsOf(addresses.ownUrls);
  const app = new Hono<DoorEnv>({
    getPath: (request, options) =>
      routingPath(request, rawPath?.(options?.env) ?? new URL(request.url).pathname, basePaths),
  });

  app.use(logged(parts));
  // Not where the request is logged: a refusal is logged as well.
  app.use((c, next) => {
    if (!isDecodable(c.req.path)) {
      throw invalid("path", "must be UTF-8, escaped by percent signs");
    }
    if (isAltered?.(c.env)) {
      throw invalid("path", "may have been altered on its way here: name the id in a query, as in /promise?id=a%3Fb");
    }
    return next();
  });
  if (access !== undefined) {
    app.use(challenging);
  }
  // Before the others have to say who they are by a header: this door finds that out for itself, once it has read on.
  rpcRoutes(app, parts);
  if (access !== undefined) {
    app.use(knownOnly(access, parts.now));
  }
  app.on(["POST", "PATCH", "PUT"], "*", limitBody);
  for (const path of pathsByQuery) {
    app.all(path, () => {
      throw invalid("id", "is required in the query, once: UTF-8, escaped by percent signs");
    });
  }
  restRoutes(app, parts);
  linkPages(app, parts);
  if (given.receiver !== undefined) {
    const receiver = access === undefined ? given.receiver : permittedReceiver(given.receiver);
    hookDoor(app, { receiver, addresses, rawSearch: given.rawSearch });
  }
  if (listeners !== undefined) {
    app.route("/", pollApp({ listeners }));
  }
  refuseOtherMethods(app);

  app.notFound(() => tell(errorAnswer(404, 40400, "no such route; /docs lists them")));
  app.onError((error, c) => refuseListener(c.req.path, error) ?? tell(isFault(error) ? tellFault(error) : unexpected));
  return app;
}

/** Answers every other method on a path that is served. */
function refuseOtherMethods(app: Hono<DoorEnv>): void {
  const served = app.routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"));
  for (const [path, routes] of Map.groupBy(served, ({ path }) => path)) {
    const allow = [...new Set(routes.map(({ method }) => method))].join(", ");
    app.all(path, () => tell({ ...errorAnswer(405, 40500, `this path takes ${allow}`), headers: { allow } }));
  }
}
