/**
 * Standing subscriptions: a receiver is told of events of all promises that match, those to come included. Whoever writes
 * an event knows the subscriptions, and marks the promise if one of them asks for it: so nothing is to be looked for later.
 *
 * @module
 */

import { parseAddress } from "./address.ts";
import type { ChangeTo } from "./change.ts";
import { isCutShort, isHiding, shownAddress } from "./delivery.ts";
import { type Guard, isAbsent } from "./guard.ts";
import { misnamed, nameLengthMax } from "./hook.ts";
import { type LifecycleKind, lifecycleKinds, settledAs } from "./lifecycle.ts";
import { illFormed, limits, refuse, tagsExcesses, texts, tooLong, utf8Length, violation } from "./limits.ts";
import { lineageRoot } from "./lineage.ts";
import {
  type EpochMs,
  isAwaited,
  isLocalStep,
  type PromiseImage,
  type Tags,
  targetOf,
  type Verdict,
} from "./promise.ts";

export const subscriptionLimits = {
  /** Subscriptions of a service: the messages of one event to all of them are one transaction of 100, with the promise. */
  subscriptionsMax: 80,
  nameLengthMax,
  /** UTF-8 bytes of the address. */
  urlBytesMax: 1_000,
  /** Tags that a subscription asks for, and their UTF-8 bytes as they stand in JSON: all subscriptions are read at once. */
  tagsMax: 10,
  tagsBytesMax: 2_048,
  /** Secrets of a subscription that are in force at once. */
  secretsMax: 4,
} as const;

/** Names a secret: which key of the service's it is made of, and which one of that. The secret itself is kept nowhere. */
export interface SubscriptionSecret {
  readonly key: string;
  readonly nonce: string;
  readonly createdAt: EpochMs;
}

/** What a subscription asks for, and where that goes. */
export interface SubscriptionTerms {
  readonly url: string;
  /** What the ids of its promises begin with. */
  readonly prefix: string;
  /** Tags that its promises have, each with this value. */
  readonly tags: Tags;
  readonly events: readonly LifecycleKind[];
}

export interface Subscription extends SubscriptionTerms {
  /** Its name. */
  readonly id: string;
  /** What its messages are signed by, oldest first. */
  readonly secrets: readonly SubscriptionSecret[];
  /** Since when its messages wait; absent: they are sent. */
  readonly pausedAt?: EpochMs;
  /** Counts its changes. */
  readonly version: number;
  readonly createdAt: EpochMs;
  readonly changedAt: EpochMs;
  readonly changeToken: string;
}

/** All subscriptions belong together, so that they are read at once. */
export const allSubscriptions = "all";

/** How a promise may end. */
export const endKinds = lifecycleKinds.filter((kind) => kind !== "created");

/** @throws Fault `invalid` where there can be no such subscription. */
export function checkSubscription({
  id,
  url,
  prefix,
  tags,
  events,
}: Pick<Subscription, "id" | keyof SubscriptionTerms>): void {
  const { urlBytesMax, tagsMax, tagsBytesMax } = subscriptionLimits;
  refuse("invalid", [
    ...misnamed("subscription", id),
    ...(isReceiver(url)
      ? []
      : [violation("url", "must be an address that is sent to: http, https, lambda, sqs, sns or eventbridge")]),
    ...illFormed("url", url),
    ...tooLong("url", url, urlBytesMax),
    ...illFormed("prefix", prefix),
    ...tooLong("prefix", prefix, limits.idBytesMax),
    ...texts("tags", tags),
    ...tagsExcesses("tags", tags),
    ...(Object.keys(tags).length > tagsMax ? [violation("tags", `must have at most ${tagsMax} entries`)] : []),
    ...(utf8Length(JSON.stringify(tags)) > tagsBytesMax
      ? [violation("tags", `must be at most ${tagsBytesMax} bytes of JSON`)]
      : []),
    ...(events.length === 0 || events.some((event) => !lifecycleKinds.includes(event))
      ? [violation("events", `must be some of ${lifecycleKinds.join(", ")}`)]
      : []),
  ]);
}

/**
 * @param before What the wish is to change; absent: it is to be new.
 * @throws Fault `invalid` for an address that is not said, or only as it is shown.
 */
export function checkWish({ url }: Partial<SubscriptionTerms>, before: Subscription | undefined): void {
  if (url === undefined) {
    refuse("invalid", before === undefined ? [violation("url", "is required of a new subscription")] : []);
  } else if (isCutShort(url) || (before !== undefined && isHiding(before.url) && url === shownAddress(before.url))) {
    const message =
      "must be the whole address: this is how it is shown, without a name, a password and a query; with a version, leave url out to keep it as it is";
    refuse("invalid", [violation("url", message)]);
  }
}

/** Workers ask for what waits for them: a subscription sends. */
function isReceiver(url: string): boolean {
  const address = parseAddress(url);
  return address !== undefined && address.scheme !== "poll";
}

type Subject = Pick<PromiseImage, "id" | "tags">;

/**
 * The subscriptions that are to be told of an event. Steps inside of a workflow are told of only to those who name them
 * by their tag.
 */
export const matching = (
  subscriptions: readonly Subscription[],
  kind: LifecycleKind,
  { id, tags: has }: Subject,
): readonly Subscription[] =>
  subscriptions.filter(
    ({ events, prefix, tags }) =>
      events.includes(kind) &&
      id.startsWith(prefix) &&
      Object.entries(tags).every(([name, value]) => Object.hasOwn(has, name) && has[name] === value) &&
      (tags["resonate:scope"] !== undefined || !isLocalStep(has) || targetOf(has) !== undefined),
  );

/** Whether any of them is to be told. */
export const isWatched = (subscriptions: readonly Subscription[], kind: LifecycleKind, subject: Subject): boolean =>
  matching(subscriptions, kind, subject).length > 0;

/** What a settlement leaves of a promise. */
export interface Leaving {
  /** It is due at once, so that what follows is done: somebody waits for it, or is to be told. */
  readonly isDue: boolean;
  /** Subscriptions are to be told of it. */
  readonly isWatched: boolean;
  /** Settled so only if the service has nothing to do on it: it is a step of a workflow that nobody asks for. */
  readonly isUnarmed: boolean;
}

/**
 * What a settlement is to leave of a promise that nobody has looked at: of its tags nothing is known. An id that may be a
 * step's is taken for one, so that workflows pay nothing for a subscription that does not ask for steps.
 */
function leavingUnseen(subscriptions: readonly Subscription[], id: string, verdict: Verdict): Leaving {
  const kind = settledAs[verdict];
  const watching = subscriptions.filter(({ events, prefix }) => events.includes(kind) && id.startsWith(prefix));
  if (watching.length === 0) {
    return { isDue: false, isWatched: false, isUnarmed: false };
  }
  const mayBeStep = id !== lineageRoot(id) && watching.every(({ tags }) => tags["resonate:scope"] === undefined);
  return { isDue: !mayBeStep, isWatched: !mayBeStep, isUnarmed: mayBeStep };
}

/** The same, of one that is known. */
function leavingSeen(subscriptions: readonly Subscription[], seen: PromiseImage, verdict: Verdict): Leaving {
  const watched = isWatched(subscriptions, settledAs[verdict], seen);
  return { isDue: watched || isAwaited(seen), isWatched: watched, isUnarmed: false };
}

/** What a settlement is to leave of a promise, known or not. */
export const leaving = (
  { id, verdict }: { readonly id: string; readonly verdict: Verdict },
  { subscriptions }: { readonly subscriptions: readonly Subscription[] },
  seen?: PromiseImage,
): Leaving =>
  seen === undefined ? leavingUnseen(subscriptions, id, verdict) : leavingSeen(subscriptions, seen, verdict);

const keyOf = (id: string) => ({ of: "subscription", in: allSubscriptions, id }) as const;

/** Writes the subscription over the one that was seen, or where none was: refused if another has been quicker. */
export const putSubscription = (
  subscription: Subscription,
  seen: Subscription | undefined,
): ChangeTo<"subscription"> => ({
  ...keyOf(subscription.id),
  guards: seen === undefined ? [isAbsent] : isAsSeen(seen),
  change: { kind: "put", image: subscription },
  signedIn: "changeToken",
});

export const removeSubscription = (seen: Subscription): ChangeTo<"subscription"> => ({
  ...keyOf(seen.id),
  guards: isAsSeen(seen),
  change: { kind: "delete" },
});

/** A version counts from one again when a subscription is made anew. */
const isAsSeen = ({ version, createdAt }: Subscription): Guard<Subscription>[] => [
  { kind: "is", field: "version", value: version },
  { kind: "is", field: "createdAt", value: createdAt },
];
