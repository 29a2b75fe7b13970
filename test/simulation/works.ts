/**
 * The service as one process runs it, but that nothing happens by itself: the clock, the sweep, and what follows from a
 * write are in the simulation's hand.
 *
 * @module
 */

import type { EpochMs } from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Outgoing, Transport } from "#lib/ports/transport.ts";
import { advancer } from "#lib/service/advance.ts";
import { delivery } from "#lib/service/deliver.ts";
import { type FollowUps, followUps } from "#lib/service/follow-ups.ts";
import type { KnownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { type Swept, sweep } from "#lib/service/sweep.ts";
import { retryMs as usualRetryMs } from "../support/door.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

/** One process's own work. */
export interface Works {
  /** Does at once what follows from a write. */
  readonly feed: FollowUps;
  /** What was handed to receivers, and when. */
  readonly sent: { readonly message: Outgoing; readonly at: EpochMs }[];
  /** What went wrong beside a request. */
  readonly failures: unknown[];
  sweep(): Promise<Swept>;
}

export interface WorksOptions {
  readonly retryMs?: number;
  /** Whether somebody takes what is sent; if not, it waits in a mailbox. */
  readonly isThere?: () => boolean;
  /** Absent: nobody is told of events. */
  readonly known?: KnownSubscriptions;
}

export function worksOver(store: Store, now: () => EpochMs, options: WorksOptions = {}): Works {
  const { retryMs = usualRetryMs, isThere = () => true, known = noSubscriptions } = options;
  const sent: { message: Outgoing; at: EpochMs }[] = [];
  const failures: unknown[] = [];
  const timer = { arm: () => {} };
  const onFailure = (error: unknown) => failures.push(error);
  const transport: Transport = {
    async send(message) {
      if (!isThere()) {
        return "nobody";
      }
      sent.push({ message, at: now() });
      return "sent";
    },
  };
  const sending = delivery({ store, timer, now, chance: () => 0, onFailure, transport });
  const advancing = { store, timer, now, retryMs, known, nextRun: nextOccurrence, delivery: sending };
  const work = advancer(advancing);
  const sweepOptions = { store, advancer: work, timer, now, lookAheadMs: 0, isTimeUp: () => false };
  return {
    feed: followUps(work, { ...advancing, onFailure, onTaken: () => {}, onHeard: () => {} }),
    sent,
    failures,
    sweep: () => sweep(sweepOptions, { roundTrips: 0 }),
  };
}
