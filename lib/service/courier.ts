import {
  type Attempt,
  asOf,
  type Endpoint,
  type EpochMs,
  execute,
  type Failure,
  failing,
  isPaused,
  type Known,
  type Message,
  parseAddress,
  posting,
  puttingOff,
  sendingOn,
  sentAfter,
  shortError,
  type Trace,
  taking,
} from "#lib/core/index.ts";
import type { Traced } from "#lib/ports/outbox.ts";
import type { Cost } from "#lib/ports/store.ts";
import { type Outgoing, Refusal, type Transport, Unsent } from "#lib/ports/transport.ts";
import { writeLog } from "./delivery-log.ts";
import { endpointHealth, type HealthOptions } from "./health.ts";
import { messageIdOf } from "./message-id.ts";
import { type Way, wayOf } from "./subscriber.ts";

export interface CourierOptions extends HealthOptions {
  readonly transport: Transport;
  /** Told of each message that is given up. */
  readonly onParked?: () => void;
  /** Sends a message that had to wait for another; absent: whoever reads the store's changes does. */
  readonly onTurn?: (message: Message, cost: Cost) => Promise<void>;
}

/** Sends a message, and writes down what came of it. */
export interface Courier {
  /** An offer may be lost: it is made again. Where nobody is there to take it, it waits in the mailbox. */
  offer(offer: Omit<Extract<Outgoing, { kind: "execute" }>, "kind">, cost: Cost): Promise<void>;
  /** News for a listener may not: what cannot be sent is tried again later, until it is parked. What is left of it then. */
  tell(message: Message, promise: Traced, cost: Cost): Promise<Pick<Message, "dueAt"> | undefined>;
}

export function courier(options: CourierOptions): Courier {
  const { store, transport, now, chance, onFailure, onParked } = options;
  const health = endpointHealth(options);

  /** Workers take their messages by themselves: what was sent to them, nobody here knows. */
  const log = async (message: Message, known: Omit<Known, "now">, cost: Cost) => {
    if (isReceiver(message)) {
      await writeLog(store, message, { now: now(), ...known }, cost).catch(onFailure);
    }
    if (known.became !== "delivered" && known.became?.parkedAt !== undefined) {
      onParked?.();
    }
  };

  async function left(message: Message, endpoint: Endpoint | undefined, failure: Failure, cost: Cost) {
    if (isPaused(endpoint)) {
      const held = await health.hold(failing(message, failure, now(), chance(), true), endpoint, cost);
      if (held !== "notPaused") {
        return held;
      }
    }
    const { won, image } = await store.attempt(failing(message, failure, now(), chance()), cost);
    return won ? image : undefined;
  }

  return {
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
      const way = await wayOf(store, message, now(), cost);
      if (way.kind === "gone") {
        await store.attempt(taking(message), cost);
        return undefined;
      }
      if (way.kind === "wait") {
        const mine = await putOff(message, way.until, cost);
        return mine.isSent ? send(mine.message, mine.way, promise, cost) : mine.left;
      }
      return send(message, way, promise, cost);
    },
  };

  async function send(message: Message, way: ToSend["way"], promise: Traced, cost: Cost) {
    const rest = await tryOnce({ ...message, address: way.address }, { promise, way }, cost);
    if (rest === undefined || rest.parkedAt !== undefined) {
      await giveTurn(options, message, cost).catch(onFailure);
    }
    return rest;
  }

  /** Puts a message off, unless its turn has come while that was written: nobody else may know of it then. */
  async function putOff(message: Message, until: EpochMs, cost: Cost) {
    const off = await store.attempt(puttingOff(message, until), cost);
    const way = off.won ? await wayOf(store, off.image, now(), cost) : undefined;
    if (!off.won || way?.kind !== "send") {
      // Refused by one that was sent on meanwhile.
      return { isSent: false, left: off.image } as const;
    }
    const on = await store.attempt(sendingOn(off.image, now(), true), cost);
    return on.won ? ({ isSent: true, message: on.image, way } as const) : ({ isSent: false, left: on.image } as const);
  }

  async function tryOnce(message: Message, what: ToSend, cost: Cost): Promise<Partial<Message> | undefined> {
    const { reach } = what.way;
    const admitted = isReceiver(message) ? await health.admit(message, cost) : open;
    if (!admitted.mayTry) {
      if (admitted.left !== undefined) {
        await log(message, { reach, became: admitted.left }, cost);
      }
      return admitted.left ?? {};
    }
    const messageId = messageIdOf(message);
    const at = now();
    let status: number | undefined;
    const failure = await transport
      .send({ ...toOutgoing(message, what), messageId }, (answered) => {
        status = answered;
      })
      .then((sent) => (sent === "sent" ? undefined : nobody), toFailure);
    const attempt: Attempt = { at, durationMs: now() - at, ...(status !== undefined && { status }) };
    if (failure === undefined) {
      await Promise.all([
        store.attempt(taking(message), cost),
        log(message, { reach, became: "delivered", attempt }, cost),
        health.worked(admitted.endpoint, cost),
      ]);
      return undefined;
    }
    const endpoint =
      isReceiver(message) && !failure.isUntried
        ? await health.failed(message, admitted.endpoint, { ...failure, status }, cost)
        : undefined;
    const rest = await left(message, endpoint, { ...failure, attempt }, cost);
    const failed = { ...attempt, error: shortError(failure.error) };
    await log(message, { reach, ...(rest && { became: rest }), attempt: failed }, cost);
    return rest ?? {};
  }
}

const nobody: Failure = { error: "nobody is connected at this address" };

const open = { mayTry: true, endpoint: undefined } as const;

/** Whether it goes to somebody who is sent it, not to workers that come for it. */
const isReceiver = ({ address }: Message): boolean => parseAddress(address)?.scheme !== "poll";

/** Sends on what had to wait for a message that is delivered now, or given up. */
async function giveTurn({ store, now, onTurn }: CourierOptions, message: Message, cost: Cost): Promise<void> {
  const key = sentAfter(message);
  const next = key && (await store.find(key, cost));
  // What is held is sent on when its receiver works; anything else that is not put off, somebody has in hand.
  if (next?.isPutOff !== true || next.parkedAt !== undefined || next.heldAt !== undefined) {
    return;
  }
  const { won, image } = await store.attempt(sendingOn(next, now(), onTurn !== undefined), cost);
  if (won) {
    await onTurn?.(image, cost);
  }
}

type ToSend = { readonly promise: Traced; readonly way: Extract<Way, { kind: "send" }> };

const toOutgoing = ({ event, subscription, address }: Message, { promise, way: { signedBy } }: ToSend): Outgoing => ({
  address,
  ...traced(promise.trace),
  ...(event === undefined || subscription === undefined
    ? { kind: "unblock", promise }
    : { kind: "event", event, subscription, promise: asOf(promise, event) }),
  ...(signedBy && { signedBy }),
});

/** The status by which a receiver says that it is gone, and will not come back. */
const gone = 410;

function toFailure(error: unknown): Failure {
  if (error instanceof Refusal) {
    return { error: error.message, retryAfterMs: error.retryAfterMs, isFinal: error.status === gone };
  }
  return {
    error: error instanceof Error ? error.message : "unknown error",
    ...(error instanceof Unsent && { isUntried: true }),
  };
}

/** The trace of a message, where it has one. */
export const traced = (trace: Trace | undefined) => trace && { trace };
