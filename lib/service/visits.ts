/**
 * Links, as whoever has one uses them: opened, and decided by.
 *
 * @module
 */

import {
  bornBy,
  checkComment,
  type Decision,
  Fault,
  isLive,
  isOverdue,
  type Link,
  type LinkOutcome,
  leaving,
  linkLimits,
  mayDecide,
  noteDecision,
  type Person,
  type PromiseImage,
  type Settle,
  settlement,
  type Value,
  verdicts,
} from "#lib/core/index.ts";
import { attemptsMax, current, eventMomentOf, look, type RequestContext } from "./carry-out.ts";
import { type LinkParts, sealedTerms } from "./links.ts";
import { sharedRate } from "./rate.ts";

/** How a promise has ended. */
type End = Pick<PromiseImage, "state" | "settledAt">;

const endOf = (decision: Decision | undefined): End | undefined =>
  decision && { state: verdicts[decision.outcome], settledAt: decision.decidedAt };

/** What a link leads to. */
export type Visit =
  /** It was not made here, or is damaged, or its key is gone. */
  | { readonly kind: "unknown" }
  | { readonly kind: "revoked"; readonly link: Link }
  /** Its time is over, or the promise's, and nothing was decided. */
  | { readonly kind: "expired"; readonly link: Link }
  | { readonly kind: "open"; readonly link: Link }
  /** The promise is settled: by this link, by another, or by other means. */
  | { readonly kind: "settled"; readonly link: Link; readonly end: End; readonly by: Link | undefined };

export interface Answer {
  readonly outcome: LinkOutcome;
  readonly comment?: string;
  readonly userAgent?: string;
  readonly ip?: string;
  /** Who has signed in for this link. */
  readonly by?: Person;
}

/** For whoever has a link, and nobody else needs to be known: what it allows is in the token. */
export interface Visits {
  /** Changes nothing. */
  open(token: string, request: RequestContext): Promise<Visit>;
  /**
   * Decides, unless that is done. `isNew`: it was this request that did.
   *
   * @param token Of a link that was seen: who asks this often is counted by it, in all of the service.
   * @throws Fault `forbidden` where the link does not allow the outcome, or not this person; `invalid` for the comment;
   * `tooManyRequests`
   */
  decide(token: string, answer: Answer, request: RequestContext): Promise<{ visit: Visit; isNew: boolean }>;
}

export function visitService(parts: LinkParts): Visits {
  const { store } = parts;
  const isTooMuch = sharedRate(store);

  const opened = async (token: string, request: RequestContext): Promise<Link | undefined> => {
    const text = await parts.sealer.open("link", token, request);
    if (text === undefined) {
      return undefined;
    }
    const [promiseId, id] = JSON.parse(text) as readonly [string, string];
    const link = await store.find({ of: "link", in: promiseId, id }, request.cost);
    // What is kept must be what was signed, word for word.
    const isTrue =
      link !== undefined &&
      parts.sealer.isSame(parts.sealer.hash(token), link.hash) &&
      sealedTerms(link, parts.sealer) === text;
    return isTrue ? link : undefined;
  };

  const visit = async (first: Link, found: PromiseImage | undefined, { now, cost }: RequestContext): Promise<Visit> => {
    // A promise may have expired, and another may have its id: the link was for the one that it was made after.
    const promise = found !== undefined && found.createdAt <= first.createdAt ? found : undefined;
    const isPending = promise?.state === "pending";
    const siblings =
      first.decision !== undefined || isPending
        ? [first]
        : await store.members("link", first.promiseId, linkLimits.linksMax, cost);
    // The link was read before its promise: it may have decided that in between.
    const link = siblings.find(({ hash }) => hash === first.hash) ?? first;
    const by = siblings.find(
      ({ decision }) => decision && (promise === undefined || promise.settledAt === decision.decidedAt),
    );
    const end = isPending ? undefined : (promise ?? endOf(by?.decision));
    if (end !== undefined && (by === link || link.revokedAt === undefined)) {
      return { kind: "settled", link, end, by };
    }
    if (link.revokedAt !== undefined) {
      return { kind: "revoked", link };
    }
    const isOver = promise === undefined || isOverdue(promise, now) || !isLive(link, now);
    return { kind: isOver ? "expired" : "open", link };
  };

  const seen = async (token: string, request: RequestContext): Promise<Visit> => {
    const link = await opened(token, request);
    return link === undefined
      ? { kind: "unknown" }
      : visit(link, await store.get(link.promiseId, request.cost), request);
  };

  return {
    open: seen,
    async decide(token, answer, request) {
      checkComment(answer.comment ?? "");
      const perMinuteMax = linkLimits.requestsPerMinuteMax;
      const waitMs = await isTooMuch(`link/${parts.sealer.hash(token)}`, perMinuteMax, request);
      if (waitMs !== undefined) {
        throw new Fault("tooManyRequests", { limit: "requestsPerMinuteMax", perMinuteMax, waitMs });
      }
      const before = await seen(token, request);
      if (before.kind !== "open") {
        return { visit: before, isNew: false };
      }
      const { signIn } = before.link;
      const isLetIn = signIn === undefined || (answer.by !== undefined && mayDecide(signIn, answer.by));
      if (!(isLetIn && before.link.outcomes.includes(answer.outcome))) {
        throw new Fault("forbidden", {});
      }
      const isNew = await settleBy(parts, before.link, answer, request);
      return { visit: await seen(token, request), isNew };
    },
  };
}

/** One transaction: the promise's end, and what is noted of it with the link. False: somebody was quicker. */
async function settleBy(parts: LinkParts, link: Link, answer: Answer, request: RequestContext): Promise<boolean> {
  const { store, feed } = parts;
  const what: Settle = { id: link.promiseId, verdict: verdicts[answer.outcome], value: valueBy(link, answer) };
  let moment = await eventMomentOf(request, parts);
  let now: PromiseImage | undefined;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const decision: Decision = { ...answer, decidedAt: moment.now };
    const writes = [
      settlement(what, moment, [], leaving(what, moment, now)),
      noteDecision(link, decision, parts.retentionMs),
    ] as const;
    const tried = await store.transact(writes, request.cost);
    if (tried.won) {
      const image = await look(parts, link.promiseId, request);
      if (image !== undefined) {
        feed.written(image, false);
      }
      return true;
    }
    const [promise, noted] = tried.refusals;
    const image = promise?.image as PromiseImage | undefined;
    now = image && (await current(parts, image, moment.now, request.cost));
    if (noted !== undefined || now?.state !== "pending") {
      return false;
    }
    moment = bornBy(now, moment);
  }
  throw new Fault("storeUnavailable", {});
}

/** What a decision makes the promise's value, unless that is fixed. */
function valueBy({ value, encoding, label }: Link, { outcome, comment, by }: Answer): Value {
  if (value !== undefined) {
    return value;
  }
  const decided = {
    decision: outcome,
    ...(label !== undefined && { label }),
    ...(comment !== undefined && { comment }),
    ...(by !== undefined && { by }),
  };
  if (encoding === "json") {
    return { headers: { "content-type": "application/json" }, data: JSON.stringify(decided) };
  }
  // The SDKs throw what a promise is rejected with, and make an error of this form.
  const thrown = { __type: "error", name: "Rejected", message: comment ?? `${outcome} by link`, ...(by && { by }) };
  return { data: Buffer.from(JSON.stringify(outcome === "resolve" ? decided : thrown)).toString("base64") };
}
