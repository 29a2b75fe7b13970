import {
  type Attempt,
  type EpochMs,
  execute,
  type Failure,
  failing,
  logged,
  type Message,
  parseAddress,
  posting,
  type Trace,
  taking,
} from "#lib/core/index.ts";
import type { Traced } from "#lib/ports/outbox.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { type Outgoing, Refusal, type Transport } from "#lib/ports/transport.ts";
import { messageIdOf } from "./message-id.ts";

export interface CourierOptions {
  readonly store: Pick<Store, "attempt">;
  readonly transport: Transport;
  readonly now: () => EpochMs;
  /** From 0 to 1. */
  readonly chance: () => number;
  readonly onFailure: (error: unknown) => void;
  /** Told of each message that is given up. */
  readonly onParked?: () => void;
}

/** Sends a message, and writes down what came of it. */
export interface Courier {
  /** An offer may be lost: it is made again. Where nobody is there to take it, it waits in the mailbox. */
  offer(offer: Omit<Extract<Outgoing, { kind: "execute" }>, "kind">, cost: Cost): Promise<void>;
  /** News for a listener may not: what cannot be sent is tried again later, until it is parked. What is left of it then. */
  tell(message: Message, promise: Traced, cost: Cost): Promise<Pick<Message, "dueAt"> | undefined>;
}

export const courier = ({ store, transport, now, chance, onFailure, onParked }: CourierOptions): Courier => ({
  async offer({ address, id, version, trace }, cost) {
    try {
      if ((await transport.send({ kind: "execute", address, id, version, ...traced(trace) })) === "nobody") {
        await store.attempt(posting(execute(id, version, address, now())), cost);
      }
    } catch (error) {
      onFailure(error);
    }
  },

  async tell(message, promise, cost) {
    const { address } = message;
    const messageId = messageIdOf(message);
    const at = now();
    let status: number | undefined;
    const failure = await transport
      .send({ kind: "unblock", address, promise, messageId, ...traced(promise.trace) }, (answered) => {
        status = answered;
      })
      .then((sent) => (sent === "sent" ? undefined : { error: "nobody is connected at this address" }), toFailure);
    const attempt: Attempt = { at, durationMs: now() - at, ...(status !== undefined && { status }) };
    const log = async (left?: Message) => {
      // Workers take their messages by themselves: what was sent to them, nobody here knows.
      if (parseAddress(address)?.scheme !== "poll") {
        const noted = logged(messageId, message, { attempt, ...(left && { left }) });
        await store.attempt(noted, cost).catch(onFailure);
      }
    };
    if (failure === undefined) {
      await Promise.all([store.attempt(taking(message), cost), log()]);
      return undefined;
    }
    const { won, image } = await store.attempt(failing(message, { ...failure, attempt }, now(), chance()), cost);
    if (!won) {
      return {};
    }
    await log(image);
    if (image.parkedAt !== undefined) {
      onParked?.();
    }
    return image;
  },
});

/** The status by which a receiver says that it is gone, and will not come back. */
const gone = 410;

function toFailure(error: unknown): Failure {
  if (error instanceof Refusal) {
    return { error: error.message, retryAfterMs: error.retryAfterMs, isFinal: error.status === gone };
  }
  return { error: error instanceof Error ? error.message : "unknown error" };
}

/** The trace of a message, where it has one. */
export const traced = (trace: Trace | undefined) => trace && { trace };
