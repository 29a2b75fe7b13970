/** A service that does what is due when a test says so, and sends to a receiver in the test's hand. */

import { nextOccurrence } from "#lib/cron.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Outgoing, Sent } from "#lib/ports/transport.ts";
import { type Advancer, advancer } from "#lib/service/advance.ts";
import { delivery } from "#lib/service/deliver.ts";
import { knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { sweep } from "#lib/service/sweep.ts";
import { type Door, openDoor, retryMs } from "../support/door.ts";
import type { OpenStore } from "../support/stores.ts";

export interface AtWork {
  readonly door: Door;
  /** Every message that a receiver has taken, in order. */
  readonly sent: readonly Outgoing[];
  /** What the receiver makes of a message; at first it takes all. */
  receive: (message: Outgoing, onAnswer?: (status: number) => void) => Promise<Sent>;
  /** One more process of the service, over the same store, some of whose answers may be a test's own. */
  process(answers?: Partial<Store>): Advancer;
  /** Does all that is due by this moment, from one process. */
  workUntil(moment: number): Promise<void>;
}

const sweepsMax = 100;

export async function openAtWork(open: OpenStore): Promise<AtWork> {
  const door = await openDoor(open);
  const { store, clock } = door;
  const sent: Outgoing[] = [];
  const timer = { arm: () => {} };
  const now = () => clock.now;
  const transport = {
    async send(message: Outgoing, onAnswer?: (status: number) => void) {
      const taken = await atWork.receive(message, onAnswer);
      sent.push(message);
      return taken;
    },
  };
  const atWork: AtWork = {
    door,
    sent,
    receive: async () => "sent",
    process(answers) {
      const seen = { ...store, ...answers };
      const onFailure = (error: unknown) => {
        throw error;
      };
      const messages = delivery({ store: seen, transport, timer, now, chance: () => 0, onFailure });
      return advancer({
        store: seen,
        delivery: messages,
        timer,
        now,
        retryMs,
        known: knownSubscriptions(seen, now),
        nextRun: nextOccurrence,
      });
    },
    async workUntil(moment) {
      clock.now = moment;
      const options = { store, advancer: atWork.process(), timer, now, lookAheadMs: 0, isTimeUp: () => false };
      for (let sweeps = 1; sweeps <= sweepsMax; sweeps++) {
        const { changed, failures } = await sweep(options, { roundTrips: 0 });
        if (failures.length > 0) {
          throw failures[0];
        }
        if (changed === 0) {
          return;
        }
      }
      throw new Error("there is always more to do");
    },
  };
  return atWork;
}

/** Ids of the promises whose tasks were offered, in order. */
export const offeredOf = ({ sent }: AtWork): string[] =>
  sent.flatMap((message) => (message.kind === "execute" ? [message.id] : []));

/** Addresses that were told of promises, in order. */
export const toldOf = ({ sent }: AtWork): string[] =>
  sent.flatMap((message) => (message.kind === "unblock" ? [message.address] : []));
