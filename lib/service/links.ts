/**
 * Links by which people decide: made, listed and ended by whoever may complete the promise.
 *
 * @module
 */

import {
  addLink,
  checkId,
  checkLink,
  Fault,
  inOrder,
  invalid,
  isLive,
  keptAfter,
  type Link,
  type LinkTerms,
  linkLimits,
  nextLinkId,
  revokeLink,
} from "#lib/core/index.ts";
import type { Sealer } from "#lib/ports/sealer.ts";
import { type Conduct, look, type RequestContext } from "./carry-out.ts";

export interface Minted {
  readonly link: Link;
  /** To be handed out once: nobody can find it out again. */
  readonly token: string;
}

export interface Links {
  /** @throws Fault `promiseNotFound`, `promiseSettled`, `tooManyLinks`, `invalid`, `tooLarge` */
  mint(what: LinkTerms, request: RequestContext): Promise<Minted>;
  /** All of a promise's links, oldest first. */
  list(promiseId: string, request: RequestContext): Promise<readonly Link[]>;
  /**
   * Ends a link; one that has decided stays as it is.
   *
   * @throws Fault `linkNotFound`
   */
  revoke(promiseId: string, id: string, request: RequestContext): Promise<Link>;
}

export interface LinkParts extends Conduct {
  readonly sealer: Sealer;
  /** For how long a link that is over is kept, in milliseconds; absent: for ever. */
  readonly retentionMs?: number;
  /** Whether people can sign in here. */
  readonly canSignIn?: boolean;
}

export function linkService(parts: LinkParts): Links {
  const { store, retentionMs } = parts;
  const list = async (promiseId: string, { cost }: RequestContext) => {
    checkId(promiseId);
    return inOrder(await store.members("link", promiseId, linkLimits.linksMax, cost));
  };
  return {
    list,
    async mint(what, request) {
      const { now, token: createToken, cost } = request;
      checkId(what.promiseId);
      checkLink(what, now);
      if (what.signIn !== undefined && !parts.canSignIn) {
        throw invalid("signIn", "needs a service that knows where people sign in");
      }
      const promise = await look(parts, what.promiseId, request);
      if (promise === undefined) {
        throw new Fault("promiseNotFound", { id: what.promiseId });
      }
      if (promise.state !== "pending") {
        throw new Fault("promiseSettled", { id: promise.id, state: promise.state });
      }
      const expiresAt = Math.min(what.expiresAt ?? promise.timeoutAt, promise.timeoutAt);
      // Each time that somebody else was quicker, a link has come: there is none left to be made before the attempts are used up.
      for (let attempt = 1; attempt <= linkLimits.linksMax; attempt++) {
        const others = await list(what.promiseId, request);
        checkRoom(what.promiseId, others, now);
        const terms = { ...what, id: nextLinkId(others), expiresAt };
        const token = await parts.sealer.seal("link", sealedTerms(terms, parts.sealer), request);
        const link: Link = {
          ...terms,
          hash: parts.sealer.hash(token),
          createdAt: Math.max(now, promise.createdAt),
          createToken,
          ...keptAfter(expiresAt, retentionMs),
        };
        const { won, image } = await store.attempt(addLink(link), cost);
        if (won && image.hash === link.hash) {
          return { link, token };
        }
      }
      throw new Fault("storeUnavailable", {});
    },
    async revoke(promiseId, id, { now, cost }) {
      checkId(promiseId);
      const { image } = await store.attempt(revokeLink({ promiseId, id }, now, retentionMs), cost);
      if (image === undefined) {
        throw new Fault("linkNotFound", { id });
      }
      return image;
    },
  };
}

/** @throws Fault `tooManyLinks` */
function checkRoom(id: string, links: readonly Link[], now: number): void {
  const { linksMax, liveLinksMax } = linkLimits;
  if (links.length >= linksMax) {
    throw new Fault("tooManyLinks", { id, countMax: linksMax, which: "all" });
  }
  if (links.filter((link) => isLive(link, now)).length >= liveLinksMax) {
    throw new Fault("tooManyLinks", { id, countMax: liveLinksMax, which: "live" });
  }
}

type Sealed = Pick<Link, "promiseId" | "id" | "outcomes" | "expiresAt" | "encoding" | "value" | "signIn">;

/** All that a link allows, as its token says it; of a fixed value, the hash. */
export const sealedTerms = (
  { promiseId, id, outcomes, expiresAt, encoding, value, signIn }: Sealed,
  { hash }: Sealer,
): string =>
  JSON.stringify([
    promiseId,
    id,
    outcomes,
    expiresAt,
    encoding,
    value === undefined ? "" : hash(JSON.stringify(value)),
    // Links that ask nobody to sign in are as they were before there were others.
    ...(signIn === undefined
      ? []
      : [hash(JSON.stringify([signIn.anybody ?? false, signIn.emails ?? null, signIn.subjects ?? null]))]),
  ]);
