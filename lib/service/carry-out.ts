/**
 * Verbs, carried out: each is one conditional write, won or lost, and an answer from the image that came back.
 *
 * @module
 */

import {
  type EpochMs,
  type EventMoment,
  expire,
  Fault,
  isCreation,
  isOverdue,
  type Moment,
  makesPending,
  type PromiseImage,
  type Verb,
} from "#lib/core/index.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { KnownSubscriptions } from "./known-subscriptions.ts";

/** One request: its moment, its token, and what it has cost. */
export interface RequestContext {
  readonly now: EpochMs;
  /** Unique to the request. */
  readonly token: string;
  readonly cost: Cost;
}

/** What carries verbs out. */
export interface Conduct {
  readonly store: Store;
  readonly feed: Feed;
  /** After how long a pending task is offered again, in milliseconds. */
  readonly retryMs: number;
  readonly known: KnownSubscriptions;
}

/** How often a verb is decided anew before the store counts as too busy: each time somebody else was quicker. */
export const attemptsMax = 12;

export const momentOf = ({ now, token }: RequestContext, { retryMs }: Conduct): Moment => ({ now, token, retryMs });

/** The same, for what may create or settle a promise. */
export const eventMomentOf = async (request: RequestContext, conduct: Conduct): Promise<EventMoment> => ({
  ...momentOf(request, conduct),
  subscriptions: await conduct.known.current(),
});

export async function carryOut<Answer>(
  conduct: Conduct,
  first: Verb<Answer>,
  { now, cost }: RequestContext,
): Promise<Answer> {
  let verb = first;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const outcome = await conduct.store.attempt(verb.write, cost);
    if (outcome.won) {
      conduct.feed.written(outcome.image, makesPending(verb.write), isCreation(verb.write));
    }
    const step = verb.decide(
      outcome.won || outcome.image === undefined
        ? outcome
        : { won: false, image: await current(conduct, outcome.image, now, cost) },
    );
    if (step.kind === "answer") {
      return step.answer;
    }
    verb = step.verb;
  }
  throw new Fault("storeUnavailable", {});
}

/** The promise, its time-out written down if it has met it: nothing is answered from the clock alone. */
export async function current(
  { store, feed, known }: Conduct,
  seen: PromiseImage,
  now: EpochMs,
  cost: Cost,
): Promise<PromiseImage> {
  let image = seen;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    if (!isOverdue(image, now)) {
      return image;
    }
    const outcome = await store.attempt(expire(image, now, await known.current()), cost);
    if (outcome.image === undefined) {
      throw new Fault("storeFailed", {}, { cause: new Error("a promise is gone that was there before") });
    }
    if (outcome.won) {
      feed.written(outcome.image, false);
    }
    image = outcome.image;
  }
  throw new Fault("storeUnavailable", {});
}

/** The promise as it is, if there is one. */
export async function look(
  conduct: Conduct,
  id: string,
  { now, cost }: RequestContext,
): Promise<PromiseImage | undefined> {
  const image = await conduct.store.get(id, cost);
  return image && current(conduct, image, now, cost);
}
