/**
 * The log of what was sent: for each message to a receiver, what has come of it and what was answered at its attempts.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import { type Guard, isAbsent } from "./guard.ts";
import type { EpochMs } from "./promise.ts";
import { after } from "./task.ts";
import type { Attempt, Delivery, Message } from "./things.ts";

/** For how long the log of a message is kept after its latest attempt. */
const deliveryKeptMs = 30 * 24 * 60 * 60 * 1_000;

const urlOf = (address: string): URL | undefined =>
  /^https?:/i.test(address) && URL.canParse(address) ? new URL(address) : undefined;

/** An address as it may be shown to others than its receiver: without a name, a password and a query. */
export function shownAddress(address: string): string {
  const url = urlOf(address);
  return url === undefined ? address : `${url.origin}${url.pathname}${url.search === "" ? "" : "?…"}`;
}

/** Whether an address holds what is not shown of it. */
export function isHiding(address: string): boolean {
  const { username, password, search } = urlOf(address) ?? { username: "", password: "", search: "" };
  return username !== "" || password !== "" || search !== "";
}

/** Whether it may be an address as it is shown, of which the query is not known. */
export const isCutShort = (address: string): boolean => /\?(…|%E2%80%A6)/i.test(address);

/** What has come of a message: it was delivered, or this is left of it; absent: somebody else has written down what is. */
export interface Known {
  /** The prefix of the subscription that the message is for, if it is for one. */
  readonly reach?: string | undefined;
  readonly became?: "delivered" | Message;
  /** Absent: none was made. */
  readonly attempt?: Attempt;
  readonly now: EpochMs;
}

/**
 * What is known of a message after an attempt, or when it is put aside, where its log is as the message tells it.
 *
 * @param id What its receiver knows it by.
 */
export function logged(id: string, message: Message, known: Known): ChangeTo<"delivery"> {
  const before = toldBy(message);
  return writing(entry(id, message, known, before), before.attempts === 0 ? undefined : before);
}

/**
 * The same over what others have logged: their attempts stay, and a message that was delivered is.
 *
 * @returns Nothing, if that tells as much.
 */
export function loggedOver(
  seen: Delivery | undefined,
  id: string,
  message: Message,
  known: Known,
): ChangeTo<"delivery"> | undefined {
  const image = entry(id, message, known, seen ?? toldBy(message));
  const isNews =
    seen === undefined || image.attempts > seen.attempts || image.state !== seen.state || image.nextAt !== seen.nextAt;
  return isNews ? writing(image, seen) : undefined;
}

/** What the log says, as far as the message itself tells it. */
const toldBy = ({ attempts, latest = [] }: Message) => ({ attempts, latest, state: "waiting" }) as const;

/** Each attempt counts: nobody has logged another one since. */
const asSeen = ({ attempts, state }: Pick<Delivery, "attempts" | "state">): readonly Guard<Delivery>[] => [
  { kind: "is", field: "attempts", value: attempts },
  { kind: "is", field: "state", value: state },
];

/** @param seen What it is written over; absent: nothing. */
const writing = (image: Delivery, seen: Pick<Delivery, "attempts" | "state"> | undefined): ChangeTo<"delivery"> => ({
  of: "delivery",
  in: image.promiseId,
  id: image.id,
  guards: seen === undefined ? [isAbsent] : asSeen(seen),
  change: { kind: "put", image },
});

/** What was known before, and the attempts that it misses. */
function entry(
  id: string,
  message: Message,
  { reach, became, attempt, now }: Known,
  before: Pick<Delivery, "attempts" | "latest" | "state"> & Partial<Pick<Delivery, "nextAt" | "expiresAt">>,
): Delivery {
  const { promiseId, subscription, address, createdAt, latest: own = [] } = message;
  const missed = [...own, ...(attempt === undefined ? [] : [attempt])].filter((each) => isMissed(each, before.latest));
  const latest = [...before.latest, ...missed].sort((a, b) => a.at - b.at).slice(-latestMax);
  // What came of an earlier attempt may be written after what came of a later one.
  const isLatest = attempt === undefined || (latest.at(-1)?.at ?? 0) <= attempt.at;
  const isNew = before.state !== "delivered" && became !== undefined && (became === "delivered" || isLatest);
  const nextAt = isNew ? nextOf(became) : before.nextAt;
  return {
    id,
    promiseId,
    ...(subscription !== undefined && { subscription }),
    ...(reach !== undefined && { reach }),
    address: shownAddress(address),
    state: isNew ? stateOf(became) : before.state,
    attempts: before.attempts + missed.length,
    latest,
    createdAt,
    ...(nextAt !== undefined && { nextAt }),
    expiresAt: Math.max(before.expiresAt ?? 0, after(attempt?.at ?? now, deliveryKeptMs)),
  };
}

const isMissed = (attempt: Attempt, known: readonly Attempt[]): boolean =>
  !known.some(
    ({ at, durationMs, status }) => at === attempt.at && durationMs === attempt.durationMs && status === attempt.status,
  ) &&
  (known.length < latestMax || attempt.at > (known[0]?.at ?? 0));

const nextOf = (became: "delivered" | Message): EpochMs | undefined =>
  became === "delivered" || became.heldAt !== undefined ? undefined : became.dueAt;

/** Whether it is shown to who sees what reaches no further than this: of a subscription's that does, nothing is. */
export const isLogFor = ({ subscription, reach }: Delivery, within: string): boolean =>
  subscription === undefined || within === "" || (reach?.startsWith(within) ?? false);

function stateOf(left: "delivered" | Message): Delivery["state"] {
  if (left === "delivered") {
    return "delivered";
  }
  return left.parkedAt !== undefined ? "parked" : left.heldAt !== undefined ? "held" : "waiting";
}

/** Attempts of a message that are remembered, the latest. */
export const latestMax = 10;
