/**
 * Messages on their way: offers of tasks, which may be lost, and news for listeners, which may not.
 *
 * @module
 */

import {
  type EpochMs,
  execute,
  failing,
  hasTask,
  type Message,
  type PromiseImage,
  parseAddress,
  posting,
  taking,
  targetOf,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import type { Transport } from "#lib/ports/transport.ts";

export interface DeliveryOptions {
  readonly store: Store;
  readonly transport: Transport;
  readonly timer: Timer;
  readonly now: () => EpochMs;
  /** From 0 to 1. */
  readonly chance: () => number;
  readonly onFailure: (error: unknown) => void;
  /**
   * Takes over what may last: a receiver with a URL may take minutes to answer, and must not hold up what else is due.
   * Absent: it is waited for.
   */
  readonly background?: (work: Promise<void>) => void;
}

export interface Delivery {
  /** Offers a pending task; where nobody is there to take it, the offer waits in the mailbox. */
  offer(image: PromiseImage, cost: Cost): Promise<void>;
  /** Sends a listener's message; one that cannot be sent is tried again later, until it is parked. */
  send(message: Message, cost: Cost): Promise<void>;
  /** Sends what waits in a mailbox that somebody now takes from. */
  empty(mailbox: string, cost: Cost): Promise<void>;
}

/** Messages of a mailbox taken at once. */
const batchMax = 100;

export function delivery(options: DeliveryOptions): Delivery {
  const { store, transport, timer, now, chance, onFailure, background } = options;
  /** Messages that are being sent now: a receiver may take longer than the wait before the next attempt. */
  const underWay = new Set<string>();

  const waitedFor = async (address: string, work: Promise<void>): Promise<void> =>
    background !== undefined && parseAddress(address)?.scheme === "http" ? background(work) : work;

  async function offer({ id, tags, taskVersion: version = 0 }: PromiseImage, cost: Cost): Promise<void> {
    const address = targetOf(tags);
    if (address !== undefined) {
      await waitedFor(address, offerTo(address, id, version, cost));
    }
  }

  async function offerTo(address: string, id: string, version: number, cost: Cost): Promise<void> {
    try {
      if ((await transport.send({ kind: "execute", address, id, version })) === "nobody") {
        await store.attempt(posting(execute(id, version, address, now())), cost);
      }
    } catch (error) {
      // The task is offered again.
      onFailure(error);
    }
  }

  async function send(message: Message, cost: Cost): Promise<void> {
    const key = JSON.stringify([message.mailbox, message.id]);
    if (!underWay.has(key)) {
      underWay.add(key);
      const sending = tell(message, cost).finally(() => underWay.delete(key));
      await waitedFor(message.address, sending);
    }
  }

  async function tell(message: Message, cost: Cost): Promise<void> {
    const promise = await store.get(message.promiseId, cost);
    if (promise === undefined || promise.state === "pending") {
      await store.attempt(taking(message), cost);
      return;
    }
    const failure = await transport.send({ kind: "unblock", address: message.address, promise }).then(
      (sent) => (sent === "sent" ? undefined : "nobody is connected at this address"),
      (error: unknown) => (error instanceof Error ? error.message : "unknown error"),
    );
    if (failure === undefined) {
      await store.attempt(taking(message), cost);
      return;
    }
    const { won, image } = await store.attempt(failing(message, failure, now(), chance()), cost);
    if (won && image.dueAt !== undefined) {
      timer.arm(image.dueAt);
    }
  }

  /** An offer that has waited, if it still stands. */
  async function offerAgain(message: Message, cost: Cost): Promise<"sent" | "nobody"> {
    const { promiseId: id, version = 0, address } = message;
    const image = await store.get(id, cost);
    const stands =
      hasTask(image) && image.state === "pending" && image.taskState === "pending" && image.taskVersion === version;
    if (stands && (await transport.send({ kind: "execute", address, id, version })) === "nobody") {
      return "nobody";
    }
    await store.attempt(taking(message), cost);
    return "sent";
  }

  async function empty(mailbox: string, cost: Cost): Promise<void> {
    for (;;) {
      const messages = await store.members("message", mailbox, batchMax, cost);
      const waiting = messages.filter(({ parkedAt }) => parkedAt === undefined);
      const results = await Promise.all(
        waiting.map(async (message) =>
          message.kind === "execute" ? offerAgain(message, cost) : send(message, cost).then(() => "nobody" as const),
        ),
      );
      if (messages.length < batchMax || results.includes("nobody")) {
        return;
      }
    }
  }

  return { offer, send, empty };
}
