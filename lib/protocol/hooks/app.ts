/**
 * The door for providers: what they send to a hook's URL. They have no credential of ours; their signature is one.
 *
 * @module
 */

import { type Context, Hono } from "hono";
import { permittedReceiver } from "#lib/access/reaching.ts";
import { Fault, isFault } from "#lib/core/index.ts";
import type { HookRequest } from "#lib/ports/hook-reader.ts";
import type { Received, Receiver } from "#lib/service/receive.ts";
import { type Access, challenging, knownOnly } from "../access.ts";
import type { Addresses } from "../addresses.ts";
import { logged, type RequestParts } from "../answered.ts";
import { limitBody } from "../body.ts";
import { type DoorEnv, json } from "../context.ts";
import { errorAnswer, tell, tellFault, unexpected } from "../rest/faults.ts";
import { toDryRun, toForeseenBody } from "../rest/hook-dry-run.ts";

export interface HookDoorParts {
  readonly receiver: Receiver;
  readonly addresses: Addresses;
  /** The query as the client sent it, behind its question mark, where the platform knows it: a parsed URL has other letters. */
  readonly rawSearch?: ((platform: unknown) => string | undefined) | undefined;
}

/** How long a provider is to wait before it sends an event again that cannot be kept. */
const retryAfterSeconds = 60;

/** Adds the routes to an app. */
export function hookDoor(app: Hono<DoorEnv>, { receiver, addresses, rawSearch }: HookDoorParts): void {
  const receive = async (c: Context<DoorEnv>) => {
    const name = c.req.param("hook") ?? "";
    c.set("subject", { verb: "hook.receive" });
    const search = rawSearch?.(c.env) ?? new URL(c.req.url).search;
    return answerTo(await receiver.receive(name, await sentBy(c, search, addresses), c.get("request")));
  };
  app.post("/hooks/:hook", receive);
  app.get("/hooks/:hook", receive);

  app.post("/hooks/:hook/dry-run", async (c) => {
    const name = c.req.param("hook");
    c.set("subject", { verb: "hook.dry-run" });
    const { sent, now } = await toDryRun(c, `${addresses.ownUrl}/hooks/${name}`);
    const request = c.get("request");
    return json(
      toForeseenBody(await receiver.dryRun(name, sent, now === undefined ? request : { ...request, now })),
      200,
      { "cache-control": "no-store" },
    );
  });
}

/** This door by itself, for callers that show a credential where one is needed. */
export function hookApp(parts: HookDoorParts & RequestParts & { readonly access: Access }): Hono<DoorEnv> {
  const app = new Hono<DoorEnv>();
  app.use(logged(parts), challenging, knownOnly(parts.access, parts.now));
  app.on(["POST"], "*", limitBody);
  hookDoor(app, { ...parts, receiver: permittedReceiver(parts.receiver) });
  app.notFound(() => tell(errorAnswer(404, 40400, "no such route; /docs lists them")));
  app.onError((error) => tell(isFault(error) ? tellFault(error) : unexpected));
  return app;
}

async function sentBy({ req }: Context, search: string, addresses: Addresses): Promise<HookRequest> {
  return {
    method: req.method,
    url: `${calledAt(req.header("host"), addresses)}/hooks/${req.param("hook")}${search}`,
    headers: req.header(),
    query: new URLSearchParams(search),
    body: new Uint8Array(await req.arrayBuffer()),
  };
}

/** Which of the service's own URLs the provider has called, its `Host` says. */
function calledAt(host: string | undefined, { ownUrl, ownUrls }: Addresses): string {
  return ownUrls.find((own) => new URL(own).host === host?.toLowerCase()) ?? ownUrl;
}

/** Providers that show people what they are answered, or take it for an instruction: they get nothing to read. */
const takesAnswersForMore: ReadonlySet<string> = new Set(["slack", "twilio"]);

function answerTo(received: Received): Response {
  switch (received.kind) {
    case "refused":
      return tell(errorAnswer(401, 40110, "not accepted: there is no such hook, or the request cannot be verified"));
    case "challenge":
      return new Response(received.body, {
        status: received.status,
        headers: { ...received.headers, "cache-control": "no-store", "x-content-type-options": "nosniff" },
      });
    case "tooLarge":
      throw new Fault("tooLarge", {
        violations: [{ field: "body", message: `body must be at most ${received.bytesMax} bytes for this hook` }],
      });
    case "deferred": {
      const answer = errorAnswer(503, 50310, "not now: send it again later");
      return tell({ ...answer, headers: { "retry-after": String(retryAfterSeconds) } });
    }
    case "taken":
      return takesAnswersForMore.has(received.provider ?? "")
        ? new Response(null, { status: 200 })
        : json({ outcome: received.outcome }, 200);
  }
}
