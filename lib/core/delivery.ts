/**
 * The log of what was sent: for each message to a receiver, what has come of it and what was answered at its attempts.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import type { EpochMs } from "./promise.ts";
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

/** Whether an address holds what is not shown of it. */
export function isHiding(address: string): boolean {
  if (!/^https?:/i.test(address) || !URL.canParse(address)) {
    return false;
  }
  const { username, password, search } = new URL(address);
  return username !== "" || password !== "" || search !== "";
}

/** Whether it may be an address as it is shown, of which the query is not known. */
export const isCutShort = (address: string): boolean => /\?(…|%E2%80%A6)/i.test(address);

/**
 * What is known of a message after an attempt, or when it is put aside.
 *
 * @param id What its receiver knows it by.
 * @param reach The prefix of the subscription that it is for, if it is for one.
 * @param left What is left of it; absent: it was delivered.
 * @param attempt Absent: none was made.
 */
export function logged(
  id: string,
  message: Message,
  {
    reach,
    left,
    attempt,
    now,
  }: {
    readonly reach?: string | undefined;
    readonly left?: Message;
    readonly attempt?: Attempt;
    readonly now: EpochMs;
  },
): ChangeTo<"delivery"> {
  const { promiseId, subscription, address, createdAt, attempts, latest = [] } = message;
  const image: Delivery = {
    id,
    promiseId,
    ...(subscription !== undefined && { subscription }),
    ...(reach !== undefined && { reach }),
    address: shownAddress(address),
    state: stateOf(left),
    attempts: attempts + (attempt === undefined ? 0 : 1),
    latest: left?.latest ?? [...latest, ...(attempt === undefined ? [] : [attempt])].slice(-latestMax),
    createdAt,
    ...(left?.dueAt !== undefined && left.heldAt === undefined && { nextAt: left.dueAt }),
    expiresAt: after(attempt?.at ?? now, deliveryKeptMs),
  };
  return { of: "delivery", in: promiseId, id, guards: [], change: { kind: "put", image } };
}

/** Whether it is shown to who sees what reaches no further than this: of a subscription's that does, nothing is. */
export const isLogFor = ({ subscription, reach }: Delivery, within: string): boolean =>
  subscription === undefined || within === "" || (reach?.startsWith(within) ?? false);

function stateOf(left: Message | undefined): Delivery["state"] {
  if (left === undefined) {
    return "delivered";
  }
  return left.parkedAt !== undefined ? "parked" : left.heldAt !== undefined ? "held" : "waiting";
}

/** Attempts of a message that are remembered, the latest. */
export const latestMax = 10;
