/**
 * The store's own changes, read one by one: what follows from each is done at once.
 *
 * @module
 */

import {
  type Endpoint,
  type EpochMs,
  isOfferedAtOnce,
  type Key,
  type PromiseImage,
  type Things,
} from "#lib/core/index.ts";
import type { Delays } from "#lib/ports/outbox.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { Advancer } from "./advance.ts";
import type { Delivery } from "./deliver.ts";

/** A thing before and after a write; absent: it was not there, or is gone. */
export interface Changed {
  readonly key: Key;
  readonly before?: Things[Key["of"]];
  readonly after?: Things[Key["of"]];
}

export interface StreamOptions {
  readonly advancer: Advancer;
  readonly delivery: Delivery;
  readonly delays: Delays;
  readonly now: () => EpochMs;
}

/** What falls due later than that is found in time by the sweep, which looks as far ahead. */
export const aheadMs = 90_000;

/** Follows one change. Doing so late, or twice, changes nothing that another would not: each step guards itself. */
export async function follow(changed: Changed, options: StreamOptions, cost: Cost): Promise<void> {
  const { key, before, after } = changed;
  if (after === undefined) {
    return;
  }
  const now = options.now();
  if (key.of === "promise") {
    await followPromise(before as PromiseImage | undefined, after as PromiseImage, now, options, cost);
  } else if (key.of === "schedule") {
    await delay(key, before as Things["schedule"] | undefined, after as Things["schedule"], now, options);
  } else if (key.of === "kept") {
    await delay(key, before as Things["kept"] | undefined, after as Things["kept"], now, options);
  } else if (key.of === "endpoint") {
    await followEndpoint(before as Things["endpoint"] | undefined, after as Things["endpoint"], now, options, cost);
  } else if (key.of === "message" && (before !== undefined || (after as Things["message"]).attempts > 0)) {
    // The first attempt of a new one is under way already.
    await delay(key, before as Things["message"] | undefined, after as Things["message"], now, options);
    if (isSentOn(before as Things["message"] | undefined, after as Things["message"], now)) {
      await options.advancer.thing(key, cost);
    }
  }
}

/** Whether a message that waited is to be tried now. */
const isSentOn = (before: Due | undefined, { dueAt }: Due, now: EpochMs): boolean =>
  before !== undefined && dueAt !== undefined && dueAt <= now && dueAt !== before.dueAt;

async function followPromise(
  before: PromiseImage | undefined,
  after: PromiseImage,
  now: EpochMs,
  options: StreamOptions,
  cost: Cost,
): Promise<void> {
  const becamePending = after.taskState === "pending" && before?.taskState !== "pending";
  if (becamePending && isOfferedAtOnce(after, now)) {
    await options.delivery.offer(after, cost);
  }
  // A lease is mostly ended by its holder long before: the sweep looks after those that are not.
  if (after.taskState !== "acquired" || after.state !== "pending" || (after.dueAt ?? 0) <= now) {
    await delay({ of: "promise", id: after.id }, before, after, now, options);
  }
  if (after.dueAt !== undefined && after.dueAt <= now) {
    await options.advancer.promise(after, cost);
  }
  if (before === undefined) {
    await options.advancer.claim(after, cost);
  }
}

/** What has failed once more is due when it was; what has become due is done at once. */
async function followEndpoint(
  before: Endpoint | undefined,
  after: Endpoint,
  now: EpochMs,
  options: StreamOptions,
  cost: Cost,
): Promise<void> {
  const key = { of: "endpoint", id: after.id } as const;
  if (after.dueAt !== undefined && after.dueAt <= now && after.version !== before?.version) {
    await options.advancer.thing(key, cost);
  }
  await delay(key, before, after, now, options);
}

interface Due {
  readonly dueAt?: EpochMs;
}

/** Has a thing looked at when it falls due, if that is soon, and was not known before. */
async function delay(key: Key, before: Due | undefined, after: Due, now: EpochMs, options: StreamOptions) {
  const { dueAt } = after;
  if (dueAt !== undefined && dueAt !== before?.dueAt && dueAt > now && dueAt <= now + aheadMs) {
    await options.delays.put([{ ...key, dueAt }]);
  }
}
