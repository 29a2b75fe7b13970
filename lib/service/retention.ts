/**
 * Lets promises expire that were settled long ago. One walk over all that are listed, oldest first, step by step; every
 * step is taken from where the one before ended, whoever takes it.
 *
 * @module
 */

import {
  comesFrom,
  type Ended,
  type EpochMs,
  endRetention,
  expire,
  expiring,
  expiringLink,
  isAtRest,
  isOverdue,
  lineageRoot,
  linkLimits,
  type Message,
  mailboxOfSubscription,
  nextToExpire,
  type Position,
  type PromiseImage,
  type RetentionWalk,
  uploading,
  walkOn,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import { inChunks } from "./in-chunks.ts";
import { allOf, type KnownSubscriptions } from "./known-subscriptions.ts";

export interface RetentionOptions {
  readonly store: Store;
  readonly timer: Timer;
  readonly now: () => EpochMs;
  readonly known: KnownSubscriptions;
  /** How long a settled promise is kept at least, in milliseconds; absent: for ever. */
  readonly retentionMs?: number;
}

/** Listed promises that one step looks at. */
const stepMax = 100;

/** Promises of one lineage that are read; a larger one is kept. */
const lineageMax = 20_000;

/** Parked messages up to which promises expire at all: an operator has other worries then. */
const parkedMax = 10_000;

/** Takes the next step of the walk, if it is due. The number of changes written. */
export async function stepRetention(options: RetentionOptions, walk: RetentionWalk, cost: Cost): Promise<number> {
  const { store, timer, now, retentionMs } = options;
  const moment = now();
  if (walk.dueAt > moment) {
    return 0;
  }
  if (retentionMs === undefined) {
    return (await store.attempt(endRetention, cost)).won ? 1 : 0;
  }
  await store.reap?.(moment, cost);
  const places = await oldest(store, moment - retentionMs, walk.after, cost);
  const waitedFor = places.length === 0 ? new Set<string>() : await stillToBeTold(store, cost);
  let changed = 0;
  const seen = new Set(walk.seen);
  for (const root of new Set(places.map(({ id }) => lineageRoot(id)))) {
    if (!seen.has(root)) {
      const { read, written } = await expireLineage({ ...options, retentionMs }, root, waitedFor, cost);
      changed += written;
      if (read > stepMax) {
        seen.add(root);
      }
    }
  }
  const next = places.length < stepMax ? undefined : places.at(-1);
  const { won, image } = await store.attempt(walkOn(walk, next, [...seen], moment), cost);
  if (image !== undefined) {
    timer.arm(image.dueAt);
  }
  return changed + (won ? 1 : 0);
}

async function oldest(store: Store, until: EpochMs, after: Position | undefined, cost: Cost): Promise<Position[]> {
  const places: Position[] = [];
  for await (const batch of store.oldest(until, after, cost)) {
    places.push(...batch);
    if (places.length >= stepMax) {
      break;
    }
  }
  return places.slice(0, stepMax);
}

/**
 * The promises that messages tell of which may wait for long: parked ones, and those of subscriptions, which may be
 * paused. Undefined where those are too many to know.
 */
async function stillToBeTold(store: Store, cost: Cost): Promise<ReadonlySet<string> | undefined> {
  const ids = new Set<string>();
  for await (const keys of store.listedById("message", undefined, cost)) {
    for (const key of keys) {
      const message = (await store.find(key, cost)) as Message | undefined;
      if (message !== undefined) {
        ids.add(message.promiseId);
      }
    }
    if (ids.size > parkedMax) {
      return undefined;
    }
  }
  for (const { id } of await allOf(store, cost)) {
    for (const { promiseId } of await store.members("message", mailboxOfSubscription(id), parkedMax, cost)) {
      ids.add(promiseId);
    }
    if (ids.size >= parkedMax) {
      return undefined;
    }
  }
  return ids;
}

/** Has a whole lineage expire, if nothing may need it any more: its root when all else has gone. */
async function expireLineage(
  { store, timer, now, retentionMs, known }: RetentionOptions & { readonly retentionMs: number },
  root: string,
  waitedFor: ReadonlySet<string> | undefined,
  cost: Cost,
): Promise<{ readonly read: number; readonly written: number }> {
  const moment = now();
  const found = await lineageOf(store, root, cost);
  if (found === undefined || waitedFor === undefined) {
    return { read: found?.length ?? lineageMax, written: 0 };
  }
  const { images, written } = await timedOut({ store, timer, known }, found, moment, cost);
  if (
    !isAtRest(images, moment, retentionMs) ||
    nextToExpire(images, root).length === 0 ||
    images.some(({ id }) => waitedFor.has(id)) ||
    !isAtRest(await store.read(comesFrom(images), cost), moment, retentionMs)
  ) {
    return { read: images.length, written };
  }
  const expired = await expireAll(store, nextToExpire(images, root), moment, cost);
  return { read: images.length, written: written + expired };
}

/** The promises, time-outs written down: nobody may ever ask again for a step that its workflow has left behind. */
async function timedOut(
  { store, timer, known }: Pick<RetentionOptions, "store" | "timer" | "known">,
  found: readonly PromiseImage[],
  moment: EpochMs,
  cost: Cost,
): Promise<{ readonly images: readonly PromiseImage[]; readonly written: number }> {
  const images: PromiseImage[] = [];
  let written = 0;
  for (const image of found) {
    const outcome = isOverdue(image, moment)
      ? await store.attempt(expire(image, moment, await known.current()), cost)
      : undefined;
    if (outcome?.won) {
      written += 1;
      if (outcome.image.dueAt !== undefined) {
        timer.arm(outcome.image.dueAt);
      }
    }
    images.push(outcome?.image ?? image);
  }
  return { images, written };
}

/** Nothing, where they are too many to look at. */
async function lineageOf(store: Store, root: string, cost: Cost): Promise<PromiseImage[] | undefined> {
  const images: PromiseImage[] = [];
  for await (const batch of store.lineage(root, undefined, cost)) {
    images.push(...batch);
    if (images.length > lineageMax) {
      return undefined;
    }
  }
  return images;
}

async function expireAll(store: Store, images: readonly Ended[], moment: EpochMs, cost: Cost): Promise<number> {
  let changed = 0;
  for await (const chunk of inChunks(images)) {
    const outcomes = await Promise.all(
      chunk.map(async (image) => {
        // What is kept elsewhere goes when its promise has gone.
        for (const { elsewhere } of [image.param, image.value]) {
          if (elsewhere !== undefined) {
            await store.attempt(uploading(elsewhere.key, { of: "promise", id: image.id }, moment), cost);
          }
        }
        // Before the promise, so that whoever ends here comes by again.
        const links = await expireLinks(store, image.id, moment, cost);
        const { won } = await store.attempt(expiring(image, moment), cost);
        return links + (won ? 1 : 0);
      }),
    );
    changed += outcomes.reduce((sum, count) => sum + count, 0);
  }
  return changed;
}

/** What people have decided about a promise goes with it. */
async function expireLinks(store: Store, promiseId: string, moment: EpochMs, cost: Cost): Promise<number> {
  const links = await store.members("link", promiseId, linkLimits.linksMax, cost);
  const over = links.filter(({ keptUntil }) => keptUntil === undefined || keptUntil > moment);
  const outcomes = await Promise.all(over.map((link) => store.attempt(expiringLink(link, moment), cost)));
  return outcomes.filter(({ won }) => won).length;
}
