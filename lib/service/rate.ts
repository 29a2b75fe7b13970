/**
 * Limits of how often something is done in a minute.
 *
 * @module
 */

import {
  type Allowance,
  type EpochMs,
  isCurrent,
  lastSlice,
  minuteMs,
  type Slices,
  slicesOf,
  takeSlice,
} from "#lib/core/index.ts";
import type { RequestMoment, Store } from "#lib/ports/store.ts";

/** Names that are known at once: past so many, those that were longest not asked for are forgotten. */
const namesMax = 10_000;

function remember<Known>(known: Map<string, Known>, name: string, value: Known): void {
  known.delete(name);
  known.set(name, value);
  const [oldest] = known.keys();
  if (known.size > namesMax && oldest !== undefined) {
    known.delete(oldest);
  }
}

/**
 * Counts what this process does under each name in a minute, in memory: for what must not write, not even a count.
 *
 * @returns For how long, in milliseconds, it is too much; absent: it is not.
 */
export function rateLimit(): (name: string, now: EpochMs, perMinuteMax: number) => number | undefined {
  const counts = new Map<string, { since: EpochMs; count: number }>();
  return (name, now, perMinuteMax) => {
    const counted = counts.get(name);
    const current =
      counted !== undefined && counted.since <= now && now < counted.since + minuteMs
        ? counted
        : { since: now, count: 0 };
    current.count += 1;
    remember(counts, name, current);
    return current.count > perMinuteMax ? current.since + minuteMs - now : undefined;
  };
}

/** What a process knows of an allowance: how it has seen it last, and what is left of the slice that it has taken. */
interface Held {
  readonly seen: Allowance;
  left: number;
}

/** As {@link rateLimit}. */
export type SharedRate = (name: string, perMinuteMax: number, request: RequestMoment) => Promise<number | undefined>;

/**
 * Counts what all processes do under each name. One write takes a slice of the minute's allowance; what is done within it, and
 * what is refused once nothing is left, costs none.
 */
export function sharedRate(store: Pick<Store, "attempt">): SharedRate {
  const known = new Map<string, Held>();
  const taking = new Map<string, Promise<void>>();

  const take = async (name: string, perMinuteMax: number, slices: Slices, { now, cost }: RequestMoment) => {
    const { won, image } = await store.attempt(takeSlice(name, known.get(name)?.seen, now, slices), cost);
    if (image === undefined) {
      known.delete(name);
    } else {
      remember(known, name, { seen: image, left: won ? lastSlice(image, perMinuteMax) : 0 });
    }
  };

  return async (name, perMinuteMax, request) => {
    const slices = slicesOf(perMinuteMax);
    for (;;) {
      const held = known.get(name);
      if (held !== undefined && isCurrent(held.seen, request.now)) {
        if (held.left > 0) {
          held.left -= 1;
          return undefined;
        }
        if (held.seen.taken >= slices.countMax) {
          return held.seen.since + minuteMs - request.now;
        }
      }
      // Those who come meanwhile wait for the same slice.
      const others = taking.get(name);
      const taken = others ?? take(name, perMinuteMax, slices, request).finally(() => taking.delete(name));
      if (others === undefined) {
        taking.set(name, taken);
      }
      await taken;
    }
  };
}
