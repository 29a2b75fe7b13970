/**
 * The REST door: durable promises over plain HTTP.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { type EpochMs, Fault, isFault } from "#lib/core/index.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Addresses } from "../addresses.ts";
import { json, type RestEnv, type Subject } from "./context.ts";
import { errorAnswer, tell, tellFault, unexpected } from "./faults.ts";
import { notServedRoutes } from "./not-served.ts";
import { isDecodable, routingPath } from "./paths.ts";
import { promiseRoutes } from "./promises.ts";

/** What is known of a request when it has been answered. */
export interface Answered extends Partial<Subject> {
  readonly method: string;
  readonly status: number;
  readonly durationMs: number;
  readonly roundTrips: number;
  /** The client's own name for the request. */
  readonly requestId?: string;
  /** What went wrong, for an answer of 500 or more. */
  readonly error?: unknown;
}

export interface RestParts {
  readonly promises: Promises;
  readonly addresses: Addresses;
  readonly now: () => EpochMs;
  /** A token that no other request has. */
  readonly token: () => string;
  readonly log: (answered: Answered) => void;
  /** The path as the client sent it, undecoded, where the platform knows it: a parsed URL has lost its dots. */
  readonly rawPath?: (platform: unknown) => string | undefined;
}

/** Bytes of a request's body. */
export const bodyBytesMax = 1_048_576;

/** Characters of a `request-id` that are worth a line in the log. */
const requestIdForm = /^[\w.:/@+=-]{1,128}$/;

export function restApp({ promises, addresses, now, token, log, rawPath }: RestParts): Hono<RestEnv> {
  const app = new Hono<RestEnv>({
    getPath: (request, options) =>
      routingPath(request.method, rawPath?.(options?.env) ?? new URL(request.url).pathname),
  });

  app.use(async (c, next) => {
    const started = performance.now();
    const request = { now: now(), token: token(), cost: { roundTrips: 0 } };
    c.set("request", request);
    await next();
    const requestId = c.req.header("request-id");
    const { status } = c.res;
    log({
      method: c.req.method,
      ...c.get("subject"),
      status,
      durationMs: performance.now() - started,
      roundTrips: request.cost.roundTrips,
      ...(requestId !== undefined && requestIdForm.test(requestId) && { requestId }),
      ...(status >= 500 && { error: c.error }),
    });
  });
  // Not where the request is logged: a refusal is logged as well.
  app.use((c, next) => {
    if (!isDecodable(c.req.path)) {
      throw invalid("path", "path must be UTF-8, escaped by percent signs");
    }
    return next();
  });
  app.on(["POST", "PATCH", "PUT"], "*", limitBody);

  promiseRoutes(app, promises, addresses);
  app.get("/health", () => json({ status: "ok" }, 200));
  descriptionRoutes(app, addresses.ownUrl);
  notServedRoutes(app);
  refuseOtherMethods(app);

  app.notFound(() => tell(errorAnswer(404, 40400, "no such route; /docs lists them")));
  app.onError((error) => tell(isFault(error) ? tellFault(error) : unexpected));
  return app;
}

const invalid = (field: string, message: string) => new Fault("invalid", { violations: [{ field, message }] });

const bodyTooLarge = () =>
  new Fault("tooLarge", { violations: [{ field: "body", message: `body must be at most ${bodyBytesMax} bytes` }] });

const countBody = bodyLimit({
  maxSize: bodyBytesMax,
  onError: () => {
    throw bodyTooLarge();
  },
});

/** A body that says its length is refused unread; any other is counted as it is read, which is slower. */
async function limitBody(c: Context, next: () => Promise<void>) {
  const length = c.req.header("content-length");
  if (length === undefined) {
    return countBody(c, next);
  }
  if (Number(length) > bodyBytesMax) {
    throw bodyTooLarge();
  }
  return next();
}

/** The routes that tell of the others. They are seldom asked, and load what they need when they are. */
function descriptionRoutes(app: Hono<RestEnv>, url: string): void {
  const described = async () => ({ ...(await import("./document.ts")).document, servers: [{ url }] });
  app.get("/openapi.json", async () => json(await described(), 200));
  app.get("/docs", async (c) => {
    const { docsPage, docsPolicy } = await import("./docs-page.ts");
    return c.html(docsPage(await described()), 200, { "content-security-policy": docsPolicy });
  });
}

/** Answers every other method on a path that is served. */
function refuseOtherMethods(app: Hono<RestEnv>): void {
  const served = app.routes.filter(({ method, path }) => method !== "ALL" && !path.endsWith("*"));
  for (const [path, routes] of Map.groupBy(served, ({ path }) => path)) {
    const allow = [...new Set(routes.map(({ method }) => method))].join(", ");
    app.all(path, () => tell({ ...errorAnswer(405, 40500, `this path takes ${allow}`), headers: { allow } }));
  }
}
