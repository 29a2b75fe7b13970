import { allSubscriptions, type EpochMs, type Subscription, subscriptionLimits } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

/** For how long it is not looked again which subscriptions there are: after so long each one is in force everywhere. */
export const subscriptionsKnownMs = 5_000;

/**
 * The subscriptions, for whoever writes events. Most ask without having to wait: one query serves all that a process writes
 * for a while, and is none of any request's own.
 */
export interface KnownSubscriptions {
  /** As they were a few seconds ago at most. */
  current(): Promise<readonly Subscription[]>;
  /** As they were after the moment. */
  since(moment: EpochMs): Promise<readonly Subscription[]>;
  /** They have changed. */
  forget(): void;
}

interface Reading {
  readonly at: EpochMs;
  readonly found: Promise<readonly Subscription[]>;
}

/** @param now The machine's own clock. */
export function knownSubscriptions(store: Pick<Store, "members">, now: () => EpochMs): KnownSubscriptions {
  let latest: Reading | undefined;

  const read = (): Promise<readonly Subscription[]> => {
    const reading = { at: now(), found: allOf(store, { roundTrips: 0 }) };
    latest = reading;
    return reading.found.catch((error: unknown) => {
      if (latest === reading) {
        latest = undefined;
      }
      throw error;
    });
  };
  const isCurrent = ({ at }: Reading): boolean => now() >= at && now() < at + subscriptionsKnownMs;

  return {
    current: () => (latest !== undefined && isCurrent(latest) ? latest.found : read()),
    since: (moment) => (latest !== undefined && isCurrent(latest) && latest.at > moment ? latest.found : read()),
    forget() {
      latest = undefined;
    },
  };
}

/** All subscriptions that there are, by name. */
export const allOf = (store: Pick<Store, "members">, cost: Cost): Promise<readonly Subscription[]> =>
  store.members("subscription", allSubscriptions, subscriptionLimits.subscriptionsMax + 1, cost);
