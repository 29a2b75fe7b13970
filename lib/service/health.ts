/**
 * Whether a receiver may be tried, and what its answers say of it. Beside the message's own fate: where its receiver's
 * health cannot be written down, the message is as well off as without it.
 *
 * @module
 */

import {
  type ChangeTo,
  countFailure,
  countSuccess,
  type Endpoint,
  type EpochMs,
  type Failure,
  holding,
  isPause,
  isPaused,
  isToProbe,
  type Message,
  probing,
  whilePaused,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { endpointIdOf } from "./endpoint-id.ts";

export interface HealthOptions {
  readonly store: Pick<Store, "attempt" | "find" | "transact">;
  readonly now: () => EpochMs;
  /** From 0 to 1. */
  readonly chance: () => number;
  readonly onFailure: (error: unknown) => void;
  /** Told of each receiver that is paused. */
  readonly onPaused?: () => void;
  /** Told when something is due of a receiver. */
  readonly arm?: (at: EpochMs) => void;
}

/** A message may be tried, and what was known of its receiver; or it was put aside, and what is left of it. */
type Admitted =
  | { readonly mayTry: true; readonly endpoint: Endpoint | undefined }
  | { readonly mayTry: false; readonly left: Message | undefined };

export interface Health {
  /** Asked before each attempt. */
  admit(message: Message, cost: Cost): Promise<Admitted>;
  /** An attempt has arrived. */
  worked(endpoint: Endpoint | undefined, cost: Cost): Promise<void>;
  /** An attempt has failed. What is known of the receiver then. */
  failed(message: Message, endpoint: Endpoint | undefined, failure: Failure, cost: Cost): Promise<Endpoint | undefined>;
  /**
   * Writes what is left of a message whose receiver is paused: only if it is still.
   *
   * @returns What is left; `notPaused`: nothing was written, since it is paused no more; undefined: somebody else has
   * changed the message.
   */
  hold(write: ChangeTo<"message">, endpoint: Endpoint, cost: Cost): Promise<Message | "notPaused" | undefined>;
}

/** How often a write is decided anew. Past that somebody else tells the same of the receiver. */
const attemptsMax = 4;

export function endpointHealth({ store, now, chance, onFailure, onPaused, arm }: HealthOptions): Health {
  const armed = (endpoint: Endpoint | undefined): Endpoint | undefined => {
    if (endpoint?.dueAt !== undefined) {
      arm?.(endpoint.dueAt);
    }
    return endpoint;
  };

  async function hold(write: ChangeTo<"message">, endpoint: Endpoint, cost: Cost) {
    const left = write.change.kind === "put" ? write.change.image : undefined;
    if (left?.heldAt === undefined) {
      return (await store.attempt(write, cost)).won ? left : undefined;
    }
    const outcome = await store.transact([write, whilePaused(endpoint)], cost);
    if (outcome.won) {
      armed(endpoint);
      return left;
    }
    return outcome.refusals[1] === undefined ? undefined : "notPaused";
  }

  /** The next attempt to write down, by what is known by then. */
  async function note(
    first: Endpoint | undefined,
    toWrite: (seen: Endpoint | undefined) => ChangeTo<"endpoint"> | undefined,
    cost: Cost,
  ): Promise<{ readonly write?: ChangeTo<"endpoint">; readonly after: Endpoint | undefined } | undefined> {
    let seen = first;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const write = toWrite(seen);
      if (write === undefined) {
        return { after: seen };
      }
      const { won, image } = await store.attempt(write, cost);
      if (won) {
        return { write, after: armed(write.change.kind === "delete" ? undefined : image) };
      }
      seen = image;
    }
    return undefined;
  }

  return {
    hold,

    async admit(message, cost) {
      const id = endpointIdOf(message.mailbox);
      for (let attempt = 1; ; attempt++) {
        const endpoint = await store.find({ of: "endpoint", id }, cost);
        if (!isPaused(endpoint) || attempt > attemptsMax) {
          return { mayTry: true, endpoint };
        }
        const moment = now();
        if (isToProbe(endpoint, moment)) {
          const probe = await store.attempt(probing(endpoint, message.id, moment, chance()), cost);
          if (probe.won) {
            return { mayTry: true, endpoint: armed(probe.image) };
          }
          continue;
        }
        const left = await hold(holding(message, `not sent: ${endpoint.lastError}`, moment), endpoint, cost);
        if (left !== "notPaused") {
          return { mayTry: false, left };
        }
      }
    },

    async worked(endpoint, cost) {
      if (endpoint !== undefined) {
        await note(endpoint, (seen) => seen && countSuccess(seen, now()), cost).catch(onFailure);
      }
    },

    async failed(message, endpoint, failure, cost) {
      const id = endpointIdOf(message.mailbox);
      const moment = now();
      const noted = await note(
        endpoint,
        (seen) => countFailure(id, seen, message, failure, moment, chance()),
        cost,
      ).catch(onFailure);
      if (noted?.write !== undefined && isPause(noted.write)) {
        onPaused?.();
      }
      return noted?.after ?? endpoint;
    },
  };
}
