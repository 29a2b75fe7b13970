/**
 * Messages on their way: offers of tasks, which may be lost, and news for listeners, which may not.
 *
 * @module
 */

import { isOffered, type Message, type PromiseImage, parseAddress, taking, targetOf } from "#lib/core/index.ts";
import type { Outbox } from "#lib/ports/outbox.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import { type CourierOptions, courier, traced } from "./courier.ts";

/** What follows from a step may be a message. */
export interface Delivery {
  /** Offers a pending task. */
  offer(image: PromiseImage, cost: Cost): Promise<void>;
  /** Sends a listener's message. */
  send(message: Message, cost: Cost): Promise<void>;
}

/** Delivery by somebody else, who need know nothing of promises. */
export const enqueuing = (store: Store, outbox: Outbox): Delivery => ({
  async offer({ id, tags, taskVersion: version = 0, trace }) {
    const address = targetOf(tags);
    if (address !== undefined) {
      await outbox.put({ kind: "execute", address, id, version, ...traced(trace) });
    }
  },
  async send(message, cost) {
    const promise = await promiseOf(store, message, cost);
    if (promise !== undefined) {
      await outbox.put({ kind: message.kind === "event" ? "event" : "unblock", message, promise });
    }
  },
});

/** The promise that a message tells of: settled, unless it tells of its creation. Of any other there is nothing to tell. */
async function promiseOf(store: Store, message: Message, cost: Cost): Promise<PromiseImage | undefined> {
  const promise = await store.get(message.promiseId, cost);
  if (promise !== undefined && (promise.state !== "pending" || message.event === "created")) {
    return promise;
  }
  await store.attempt(taking(message), cost);
  return undefined;
}

export interface DeliveryOptions extends CourierOptions {
  readonly store: Store;
  readonly timer: Timer;
  /**
   * Takes over what may last: a receiver with a URL may take minutes to answer, and must not hold up what else is due.
   * Absent: it is waited for.
   */
  readonly background?: (work: Promise<void>) => void;
}

/** Delivery by this process, and by the workers that are connected to it. */
export interface DirectDelivery extends Delivery {
  /** Sends what waits in a mailbox that somebody now takes from. */
  empty(mailbox: string, cost: Cost): Promise<void>;
}

/** Messages of a mailbox taken at once. */
const batchMax = 100;

export function delivery(options: DeliveryOptions): DirectDelivery {
  const { store, transport, timer, background } = options;
  const { offer, tell } = courier({ ...options, onTurn: sendAfter });
  /** What is being sent, and whether it is gone then: a receiver may take longer than the wait before the next attempt. */
  const underWay = new Map<string, Promise<boolean>>();
  const keyOf = ({ mailbox, id }: Message) => JSON.stringify([mailbox, id]);

  const waitedFor = async (address: string, work: Promise<void>): Promise<void> =>
    background !== undefined && parseAddress(address)?.scheme === "http" ? background(work) : work;

  async function send(message: Message, cost: Cost): Promise<void> {
    if (!underWay.has(keyOf(message))) {
      await waitedFor(
        message.address,
        sendOnce(message, cost).then(() => {}),
      );
    }
  }

  /** The same of one that may be about to be put off by this process, which does not know yet that its turn has come. */
  async function sendAfter(message: Message, cost: Cost): Promise<void> {
    await waitedFor(
      message.address,
      sendNow(message, cost).then(() => {}),
    );
  }

  /** Whether the message is gone from its mailbox now. One that is being sent may have found nobody a moment ago. */
  async function sendNow(message: Message, cost: Cost): Promise<boolean> {
    const earlier = underWay.get(keyOf(message));
    if (earlier === undefined) {
      return sendOnce(message, cost);
    }
    const isGone = await earlier.catch(() => false);
    return isGone || sendNow(message, cost);
  }

  function sendOnce(message: Message, cost: Cost): Promise<boolean> {
    const key = keyOf(message);
    const sending = tryToSend(message, cost).finally(() => underWay.delete(key));
    underWay.set(key, sending);
    return sending;
  }

  async function tryToSend(message: Message, cost: Cost): Promise<boolean> {
    const promise = await promiseOf(store, message, cost);
    const left = promise && (await tell(message, await store.whole(promise, cost), cost));
    if (left?.dueAt !== undefined) {
      timer.arm(left.dueAt);
    }
    return left === undefined;
  }

  /** An offer that has waited, if it still stands. */
  async function offerAgain(message: Message, cost: Cost): Promise<"sent" | "nobody"> {
    const { promiseId: id, version = 0, address } = message;
    const image = await store.get(id, cost);
    const offer = { kind: "execute", address, id, version, ...traced(image?.trace) } as const;
    if (isOffered(image, version) && (await transport.send(offer)) === "nobody") {
      return "nobody";
    }
    await store.attempt(taking(message), cost);
    return "sent";
  }

  return {
    async offer({ id, tags, taskVersion: version = 0, trace }, cost) {
      const address = targetOf(tags);
      if (address !== undefined) {
        await waitedFor(address, offer({ address, id, version, ...traced(trace) }, cost));
      }
    },
    send,
    async empty(mailbox, cost) {
      for (;;) {
        const messages = await store.members("message", mailbox, batchMax, cost);
        const results = await Promise.all(
          messages.map(async (message) => {
            if (message.kind === "execute") {
              return offerAgain(message, cost);
            }
            // One that was parked is sent, too: whom it is for has come.
            return (await sendNow(message, cost)) ? "sent" : "nobody";
          }),
        );
        if (messages.length < batchMax || results.includes("nobody")) {
          return;
        }
      }
    },
  };
}
