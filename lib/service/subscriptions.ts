/**
 * Standing subscriptions, as their owners make, change, pause and end them.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  allSubscriptions,
  checkSubscription,
  checkWish,
  endKinds,
  Fault,
  invalid,
  type Message,
  mailboxOfSubscription,
  putSubscription,
  releasingUntried,
  removeSubscription,
  type Subscription,
  type SubscriptionSecret,
  type SubscriptionTerms,
  sendingOn,
  subscriptionLimits,
  taking,
} from "#lib/core/index.ts";
import type { Secrets } from "#lib/ports/signer.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";
import { endpointIdOf } from "./endpoint-id.ts";
import { inChunks } from "./in-chunks.ts";
import { allOf } from "./known-subscriptions.ts";
import { mailboxPages } from "./mailbox.ts";

/** What a subscription is made of, or changed to. */
export interface SubscriptionWish extends Partial<SubscriptionTerms> {
  readonly name: string;
  /** The version that it is to replace, of which all stays that is not said; absent: it is to be new. */
  readonly version?: number;
}

/** A subscription, and a secret that has just been made for it: it is shown this once. */
export interface Subscribed {
  readonly subscription: Subscription;
  readonly secret: string;
}

/** Wherever a reach is given, subscriptions whose prefix does not begin with it are as if they were not there. */
export interface Subscriptions {
  /**
   * Makes a subscription, with a secret, or changes it; a repeat of what made it as it is answers it.
   *
   * @throws Fault `subscriptionExists`, `subscriptionNotFound`, `tooManySubscriptions`, `invalid`
   */
  put(
    what: SubscriptionWish,
    request: RequestContext,
    reach?: string,
  ): Promise<Subscribed | { subscription: Subscription }>;
  /** @throws Fault `subscriptionNotFound` */
  get(name: string, request: RequestContext, reach?: string): Promise<Subscription>;
  /** All there are, by name. */
  list(request: RequestContext, reach?: string): Promise<readonly Subscription[]>;
  /**
   * Ends a subscription: what waits for it is sent no more.
   *
   * @throws Fault `subscriptionNotFound`, `subscriptionExists` where it has changed meanwhile
   */
  remove(name: string, request: RequestContext, reach?: string): Promise<void>;
  /**
   * Adds a secret: messages are signed by all of them.
   *
   * @throws Fault `subscriptionNotFound`, `tooManySecrets`
   */
  addSecret(name: string, request: RequestContext, reach?: string): Promise<Subscribed>;
  /**
   * Ends a secret at once. The last one stays.
   *
   * @throws Fault `subscriptionNotFound`, `secretNotFound`, `invalid`
   */
  endSecret(name: string, id: string, request: RequestContext, reach?: string): Promise<Subscription>;
  /**
   * Has messages wait, or sends them on.
   *
   * @throws Fault `subscriptionNotFound`
   */
  pause(name: string, request: RequestContext, reach?: string): Promise<Subscription>;
  resume(name: string, request: RequestContext, reach?: string): Promise<Subscription>;
}

export interface SubscriptionParts extends Pick<Conduct, "store" | "feed" | "known"> {
  readonly secrets: Secrets;
}

export function subscriptionService(parts: SubscriptionParts): Subscriptions {
  const { store, feed } = parts;
  const find = async (id: string, reach: string, { cost }: RequestContext): Promise<Subscription> => {
    const found = await store.find({ of: "subscription", in: allSubscriptions, id }, cost);
    if (found === undefined || !found.prefix.startsWith(reach)) {
      throw new Fault("subscriptionNotFound", { id });
    }
    return found;
  };

  return {
    put: (what, request, reach = "") => put(parts, what, request, reach),
    get: (name, request, reach = "") => find(name, reach, request),
    async list({ cost }, reach = "") {
      return (await allOf(store, cost)).filter(({ prefix }) => prefix.startsWith(reach));
    },
    async remove(name, request, reach = "") {
      const seen = await find(name, reach, request);
      // What is left by whoever ends here is found when it is to be sent, or by a repetition.
      await takeOut(parts, name, request.cost);
      if (!(await store.attempt(removeSubscription(seen), request.cost)).won) {
        throw new Fault("subscriptionExists", { id: name });
      }
      parts.known.forget();
      await takeOut(parts, name, request.cost);
      await releaseOld(parts, name, request);
    },
    async addSecret(name, request, reach = "") {
      const seen = await find(name, reach, request);
      const { secretsMax } = subscriptionLimits;
      if (seen.secrets.length >= secretsMax) {
        throw new Fault("tooManySecrets", { id: name, countMax: secretsMax });
      }
      const made = await newSecret(parts, name, request);
      const subscription = await write(parts, { ...seen, secrets: [...seen.secrets, made] }, seen, request);
      return { subscription, secret: await parts.secrets.show(made, request) };
    },
    async endSecret(name, id, request, reach = "") {
      const seen = await find(name, reach, request);
      const left = seen.secrets.filter(({ nonce }) => nonce !== id);
      if (left.length === seen.secrets.length) {
        throw new Fault("secretNotFound", { id });
      }
      if (left.length === 0) {
        throw invalid("id", "must not be of the last secret: add another before");
      }
      return write(parts, { ...seen, secrets: left }, seen, request);
    },
    async pause(name, request, reach = "") {
      const seen = await find(name, reach, request);
      return seen.pausedAt === undefined ? write(parts, { ...seen, pausedAt: request.now }, seen, request) : seen;
    },
    async resume(name, request, reach = "") {
      const seen = await find(name, reach, request);
      const { pausedAt, ...rest } = seen;
      const resumed = pausedAt === undefined ? seen : await write(parts, rest, seen, request);
      // What is left by whoever ends on the way is looked at within the hour.
      await eachMessage(parts, name, request.cost, async (message) => {
        // What is held is sent on when its receiver works.
        const { parkedAt, heldAt, dueAt = 0 } = message;
        if (parkedAt === undefined && heldAt === undefined && dueAt > request.now) {
          await store.attempt(sendingOn(message, request.now), request.cost);
        }
      });
      feed.arm(request.now);
      return resumed;
    },
  };
}

async function put(parts: SubscriptionParts, what: SubscriptionWish, request: RequestContext, reach: string) {
  const { store, secrets } = parts;
  const { name, version } = what;
  const { now, token, cost } = request;
  const found = await store.find({ of: "subscription", in: allSubscriptions, id: name }, cost);
  // Of another's subscription no more is told than that the name is taken.
  const seen = found?.prefix.startsWith(reach) ? found : undefined;
  if (version !== undefined && seen === undefined) {
    throw new Fault("subscriptionNotFound", { id: name });
  }
  // What is changed stays as it was where nothing is said.
  const before = version === undefined ? undefined : seen;
  const terms = {
    url: what.url ?? before?.url ?? "",
    prefix: what.prefix ?? seen?.prefix ?? reach,
    tags: what.tags ?? before?.tags ?? {},
    events: what.events === undefined ? (before?.events ?? endKinds) : [...new Set(what.events)],
  };
  checkWish(what, before);
  checkSubscription({ id: name, ...terms });
  if (version === undefined && found !== undefined) {
    if (seen !== undefined && termsOf(seen) === termsOf(terms)) {
      return { subscription: seen };
    }
    throw new Fault("subscriptionExists", { id: name });
  }
  if (version !== undefined && seen?.version !== version) {
    throw new Fault("subscriptionExists", { id: name });
  }
  if (seen !== undefined) {
    const subscription = await write(parts, { ...seen, ...terms }, seen, request);
    if (seen.url !== subscription.url) {
      await releaseOld(parts, name, request);
    }
    return { subscription };
  }
  await checkCount(parts, cost, 1);
  // Whoever has deleted one of this name may have ended on the way.
  await releaseOld(parts, name, request);
  const made = await newSecret(parts, name, request);
  const birth = { version: 0, createdAt: now, changedAt: now, changeToken: token };
  const born = await write(parts, { id: name, ...terms, ...birth, secrets: [made] }, undefined, request);
  try {
    // Several may have been made at once.
    await checkCount(parts, cost, 0);
  } catch (error) {
    await store.attempt(removeSubscription(born), cost);
    throw error;
  }
  return { subscription: born, secret: await secrets.show(made, request) };
}

const termsOf = ({ url, prefix, tags, events }: SubscriptionTerms): string =>
  JSON.stringify([url, prefix, Object.entries(tags).sort(), [...events].sort()]);

/** @throws Fault `tooManySubscriptions` */
async function checkCount({ store }: SubscriptionParts, cost: Cost, more: number): Promise<void> {
  const { subscriptionsMax } = subscriptionLimits;
  if ((await allOf(store, cost)).length + more > subscriptionsMax) {
    throw new Fault("tooManySubscriptions", { countMax: subscriptionsMax });
  }
}

const nonceLength = 22;

/** One that no other request has made. */
async function newSecret(
  { secrets }: SubscriptionParts,
  name: string,
  request: RequestContext,
): Promise<SubscriptionSecret> {
  const nonce = createHash("sha256")
    .update(JSON.stringify([name, request.token]))
    .digest("base64url");
  return { ...(await secrets.name(nonce.slice(0, nonceLength), request)), createdAt: request.now };
}

/** @throws Fault `subscriptionExists` where it has changed meanwhile */
async function write(
  { store, known }: SubscriptionParts,
  subscription: Subscription,
  seen: Subscription | undefined,
  { now, token, cost }: RequestContext,
): Promise<Subscription> {
  const next = { ...subscription, version: subscription.version + 1, changedAt: now, changeToken: token };
  const { won, image } = await store.attempt(putSubscription(next, seen), cost);
  if (!won || image === undefined) {
    throw new Fault("subscriptionExists", { id: subscription.id });
  }
  known.forget();
  return image;
}

const releasesMax = 4;

/**
 * What is known of the address before says nothing of the next one. Where this is not done, the pause ends with the next
 * probe.
 */
async function releaseOld({ store, feed }: SubscriptionParts, name: string, { now, cost }: RequestContext) {
  const key = { of: "endpoint", id: endpointIdOf(mailboxOfSubscription(name)) } as const;
  let seen = await store.find(key, cost);
  for (let attempt = 1; seen !== undefined && seen.state !== "releasing" && attempt <= releasesMax; attempt++) {
    seen = (await store.attempt(releasingUntried(seen, now), cost)).image;
    feed.arm(now);
  }
}

const takeOut = (parts: SubscriptionParts, name: string, cost: Cost): Promise<void> =>
  eachMessage(parts, name, cost, async (message) => {
    await parts.store.attempt(taking(message), cost);
  });

async function eachMessage(
  { store }: SubscriptionParts,
  name: string,
  cost: Cost,
  act: (message: Message) => Promise<void>,
): Promise<void> {
  for await (const page of mailboxPages(store, mailboxOfSubscription(name), cost)) {
    for await (const chunk of inChunks(page)) {
      await Promise.all(chunk.map(act));
    }
  }
}
