/**
 * The log of what was sent: for each message to a receiver, what has come of it and what was answered at its attempts.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import { after } from "./task.ts";
import type { Attempt, Delivery, Message } from "./things.ts";

/** For how long the log of a message is kept after its latest attempt. */
const deliveryKeptMs = 30 * 24 * 60 * 60 * 1_000;

/** An address as it may be shown to others than its receiver: without a name, a password and a query. */
export function shownAddress(address: string): string {
  if (!/^https?:/i.test(address) || !URL.canParse(address)) {
    return address;
  }
  const { origin, pathname, search } = new URL(address);
  return `${origin}${pathname}${search === "" ? "" : "?…"}`;
}

/**
 * What is known of a message after an attempt.
 *
 * @param id What its receiver knows it by.
 * @param left What the attempt has left of it; absent: it was delivered.
 */
export function logged(
  id: string,
  message: Message,
  { left, attempt }: { readonly left?: Message; readonly attempt: Attempt },
): ChangeTo<"delivery"> {
  const { promiseId, address, createdAt, attempts, latest = [] } = message;
  const image: Delivery = {
    id,
    promiseId,
    address: shownAddress(address),
    state: left === undefined ? "delivered" : left.parkedAt === undefined ? "waiting" : "parked",
    attempts: attempts + 1,
    latest: left?.latest ?? [...latest, attempt].slice(-latestMax),
    createdAt,
    ...(left?.dueAt !== undefined && { nextAt: left.dueAt }),
    expiresAt: after(attempt.at, deliveryKeptMs),
  };
  return { of: "delivery", in: promiseId, id, guards: [], change: { kind: "put", image } };
}

/** Attempts of a message that are remembered, the latest. */
export const latestMax = 10;
