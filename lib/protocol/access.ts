/**
 * Who asks, found out at the doors. What each may do is asked where it is done, by the services themselves.
 *
 * @module
 */

import type { Context, MiddlewareHandler } from "hono";
import type { Authenticate } from "#lib/access/authenticate.ts";
import { type Caller, isInside, type KnownRequest, mayListen } from "#lib/access/caller.ts";
import { type EpochMs, Fault, isFault } from "#lib/core/index.ts";
import type { DoorEnv } from "./context.ts";

export interface Access {
  readonly authenticate: Authenticate;
  /** The caller that the platform itself has let in, by a signature that no handler can verify. */
  readonly letIn?: (platform: unknown) => Caller | undefined;
  /** Whether the API's description needs a credential. It holds no secrets, and is open otherwise. */
  readonly isDescriptionClosed?: boolean;
}

/** Finds out who asks, and has the request say so. */
export async function identify(c: Context<DoorEnv>, access: Access, envelope?: string): Promise<Caller> {
  const request = c.get("request");
  const credentials = { header: c.req.header("authorization"), envelope };
  const caller = access.letIn?.(c.env) ?? (await access.authenticate(credentials, request));
  const known: KnownRequest = { ...request, caller };
  c.set("request", known);
  return caller;
}

/** Lets known callers alone pass, but to what is open; and says what a refused one needs. */
export const knownOnly =
  (access: Access, now: () => EpochMs): MiddlewareHandler<DoorEnv> =>
  async (c, next) => {
    if (!isOpen(c, access)) {
      const caller = await identify(c, access);
      c.set("listening", {
        isAllowed: mayListen(caller),
        mayHave: (promiseId) => isInside(caller, promiseId),
        isStillKnown: () => isStillKnown(c, access, now()),
      });
    }
    return next();
  };

/** Only a refusal ends what was allowed: that somebody cannot be asked does not. */
async function isStillKnown(c: Context<DoorEnv>, access: Access, now: EpochMs): Promise<boolean> {
  try {
    const credentials = { header: c.req.header("authorization") };
    const request = { ...c.get("request"), now, cost: { roundTrips: 0 } };
    return access.letIn?.(c.env) !== undefined || (await access.authenticate(credentials, request)) !== undefined;
  } catch (error) {
    return !(isFault(error) && error.code === "unauthorized");
  }
}

/** A refusal for want of a credential says which kind is wanted. */
export const challenging: MiddlewareHandler<DoorEnv> = async (c, next) => {
  await next();
  if (c.res.status === 401) {
    c.res.headers.set("www-authenticate", "Bearer");
  }
};

/** The path is the one that the router goes by: what it does not take for one of these is none of them. */
function isOpen({ req }: Context, { isDescriptionClosed = false }: Access): boolean {
  // Whoever has a link needs nothing else: it says what it allows.
  if (/^\/links\/[^/]+$/.test(req.path) && ["GET", "HEAD", "POST"].includes(req.raw.method)) {
    return true;
  }
  // A provider's signature is all the credential it has. What is below a hook is its owner's.
  if (/^\/hooks\/[^/]+$/.test(req.path) && ["GET", "HEAD", "POST"].includes(req.raw.method)) {
    return true;
  }
  const open = isDescriptionClosed ? ["/health"] : ["/health", "/docs", "/openapi.json"];
  return ["GET", "HEAD"].includes(req.raw.method) && open.includes(req.path);
}

interface Asked {
  /** Absent: there is no such kind. */
  readonly verb: { readonly isDebug: boolean } | undefined;
  /** The canonical id that the request names first. */
  readonly id: string | undefined;
}

/**
 * What can be said of a request before it is read any further (`protocol/rpc.md` 1.5).
 *
 * @throws Fault `forbidden`
 */
export function demandKind(caller: Caller, { verb, id }: Asked): void {
  const isNamed = id === undefined ? caller.prefix !== undefined : isInside(caller, id);
  const isAllowed = verb === undefined ? caller.prefix === "" : !verb.isDebug && isNamed;
  if (!(caller.isAdmin || isAllowed)) {
    throw new Fault("forbidden", {});
  }
}
