/**
 * The service as one process runs it, but that nothing happens by itself: the clock, the sweep, and what follows from a
 * write are in the simulation's hand.
 *
 * @module
 */

import type { EpochMs } from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import { type Advancer, advancer } from "#lib/service/advance.ts";
import { delivery } from "#lib/service/deliver.ts";
import { type Swept, sweep } from "#lib/service/sweep.ts";
import { retryMs } from "../support/door.ts";

/** One process's own work. */
export interface Works {
  readonly advancer: Advancer;
  /** What was handed to receivers, and when. */
  readonly sent: readonly { readonly message: Outgoing; readonly at: EpochMs }[];
  /** What should not have failed. */
  readonly failures: readonly unknown[];
  sweep(): Promise<Swept>;
}

/** @param isThere Whether somebody takes what is sent; if not, it waits in a mailbox. */
export function worksOver(store: Store, now: () => EpochMs, isThere: () => boolean = () => true): Works {
  const sent: { message: Outgoing; at: EpochMs }[] = [];
  const failures: unknown[] = [];
  const timer = { arm: () => {} };
  const work = advancer({
    store,
    timer,
    now,
    retryMs,
    nextRun: nextOccurrence,
    delivery: delivery({
      store,
      timer,
      now,
      chance: () => 0,
      onFailure: (error) => failures.push(error),
      transport: {
        async send(message) {
          if (!isThere()) {
            return "nobody";
          }
          sent.push({ message, at: now() });
          return "sent";
        },
      },
    }),
  });
  const sweepOptions = { store, advancer: work, timer, now, lookAheadMs: 0, isTimeUp: () => false };
  return { advancer: work, sent, failures, sweep: () => sweep(sweepOptions, { roundTrips: 0 }) };
}
