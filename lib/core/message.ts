/**
 * Messages that wait: for a worker to come, or for a receiver to answer.
 *
 * @module
 */

import { mailboxOf, parseAddress } from "./address.ts";
import { backoff, retryAfterMsMax } from "./backoff.ts";
import type { ChangeTo } from "./change.ts";
import { latestMax } from "./delivery.ts";
import type { Guard } from "./guard.ts";
import type { LifecycleKind } from "./lifecycle.ts";
import type { EpochMs } from "./promise.ts";
import type { Subscription } from "./subscription.ts";
import { after } from "./task.ts";
import type { Attempt, Key, Message } from "./things.ts";

/** How long a message is left to whoever has just made it or sent it on, before the sweep takes it up. */
const handoverMs = 10_000;

/** The wait after a first failed attempt, which doubles with each further one up to the longest. */
const backoffMs = { first: 1_000, max: 60 * 60 * 1_000 } as const;

/** For how long a message is tried before it is parked. */
export const sendingMsMax = 24 * 60 * 60 * 1_000;

const errorLengthMax = 200;

/** As much of an error as an operator sees. */
export const shortError = (error: string): string => error.slice(0, errorLengthMax);

/** Of several workers of a group that are named, each has a message of its own. */
function messageId(kind: Message["kind"], promiseId: string, address: string): string {
  const parsed = parseAddress(address);
  const name = kind === "unblock" && parsed?.scheme === "poll" && parsed.cast === "any" ? parsed.id : undefined;
  // No name has a "#" in it, so that no two messages have one key.
  return name === undefined ? `${kind}#${promiseId}` : `${kind}@${name}#${promiseId}`;
}

/** The message that tells a listener of a promise's end. */
export const unblock = (promiseId: string, address: string, now: EpochMs): Message => ({
  mailbox: mailboxOf(address),
  id: messageId("unblock", promiseId, address),
  kind: "unblock",
  address,
  promiseId,
  createdAt: now,
  attempts: 0,
  dueAt: after(now, handoverMs),
});

/** The offer of a task that waits for a worker to come. It may be lost: the task is offered again. */
export const execute = (promiseId: string, version: number, address: string, now: EpochMs): Message => ({
  mailbox: mailboxOf(address),
  id: messageId("execute", promiseId, address),
  kind: "execute",
  address,
  promiseId,
  version,
  createdAt: now,
  attempts: 0,
});

/** Where the messages of a subscription wait. No address is like it. */
export const mailboxOfSubscription = (name: string): string => `subscription:${name}`;

/** A promise ends once: its end has one message, however it ended. */
const eventId = (kind: LifecycleKind, promiseId: string): string =>
  `${kind === "created" ? "created" : "ended"}#${promiseId}`;

/** The message that tells a subscription of an event. The address is where it would go now: it is read again when it is sent. */
export const eventMessage = (
  { id: name, url }: Pick<Subscription, "id" | "url">,
  promiseId: string,
  event: LifecycleKind,
  now: EpochMs,
): Message => ({
  mailbox: mailboxOfSubscription(name),
  id: eventId(event, promiseId),
  kind: "event",
  address: url,
  promiseId,
  event,
  subscription: name,
  createdAt: now,
  attempts: 0,
  dueAt: after(now, handoverMs),
});

/** The message that has to be gone, or given up, before this one is sent; and the one that waits for this one. */
export const sentBefore = ({ mailbox, event, promiseId }: Message): Key<"message"> | undefined =>
  event === undefined || event === "created"
    ? undefined
    : { of: "message", in: mailbox, id: eventId("created", promiseId) };
export const sentAfter = ({ mailbox, event, promiseId }: Message): Key<"message"> | undefined =>
  event === "created" ? { of: "message", in: mailbox, id: `ended#${promiseId}` } : undefined;

const keyOf = ({ mailbox, id }: Message) => ({ of: "message", in: mailbox, id }) as const;

/** Puts a message into its mailbox, in place of an older one of the same. */
export const posting = (message: Message): ChangeTo<"message"> => ({
  ...keyOf(message),
  guards: [],
  change: { kind: "put", image: message },
});

/** Takes a message out: it was sent, or there is nothing to send any more. */
export const taking = (message: Message): ChangeTo<"message"> => ({
  ...keyOf(message),
  guards: [{ kind: "is", field: "createdAt", value: message.createdAt }],
  change: { kind: "delete" },
});

/** What has come of an attempt that failed. */
export interface Failure {
  readonly error: string;
  /** How long the receiver asks to be left alone, in milliseconds. */
  readonly retryAfterMs?: number | undefined;
  /** The receiver is gone for good, as it says: nothing more is tried. */
  readonly isFinal?: boolean;
  /** Of HTTP; absent: nobody has answered. */
  readonly status?: number | undefined;
  /** It was never sent: it says nothing of its receiver. */
  readonly isUntried?: boolean;
  /** How the attempt went; absent: nobody was tried. */
  readonly attempt?: Attempt;
}

/**
 * A failed attempt to send: the next one comes later, each time twice as late, half of that by chance, so that what
 * failed together does not come again together. What would come more than a day after the first is parked instead.
 *
 * @param jitter From 0 to 1.
 * @param isHeld Its receiver is paused.
 */
export function failing(
  message: Message,
  failure: Failure,
  now: EpochMs,
  jitter: number,
  isHeld = false,
): ChangeTo<"message"> {
  const { dueAt: _, isPutOff: __, heldAt = now, ...rest } = message;
  const attempts = message.attempts + 1;
  const asked = Math.min(failure.retryAfterMs ?? 0, retryAfterMsMax);
  const dueAt = after(now, Math.max(backoff(backoffMs, message.attempts, jitter), asked));
  const lastError = shortError(failure.error);
  const failed = {
    ...rest,
    attempts,
    lastError,
    ...(failure.attempt && {
      latest: [...(message.latest ?? []), { ...failure.attempt, error: lastError }].slice(-latestMax),
    }),
  };
  const overAt = timeOf(message);
  const isOver = failure.isFinal === true || (isHeld ? now >= overAt : dueAt > overAt);
  if (isOver) {
    return replacing(message, { ...failed, parkedAt: now });
  }
  return replacing(message, isHeld ? { ...failed, heldAt, dueAt: overAt } : { ...failed, dueAt });
}

/** When the time is over for which a message is tried. */
const timeOf = ({ triedSince, createdAt }: Message): EpochMs => after(triedSince ?? createdAt, sendingMsMax);

/** Puts a message aside whose receiver is paused, without an attempt, until that works again; or parks it, after a day. */
export function holding(message: Message, error: string, now: EpochMs): ChangeTo<"message"> {
  const { dueAt, isPutOff: __, heldAt = now, parkedAt: _, ...rest } = message;
  const overAt = timeOf(message);
  const next = now >= overAt ? { lastError: error, ...rest, parkedAt: now } : { ...rest, heldAt, dueAt: overAt };
  return replacing(message, next, [
    dueAt === undefined ? { kind: "unset", field: "dueAt" } : { kind: "is", field: "dueAt", value: dueAt },
  ]);
}

/** Sends a held message on its way again: its receiver works. The sweep takes it up unless whoever releases it sends it. */
export function releasing(message: Message, now: EpochMs): ChangeTo<"message"> {
  const { heldAt: _, ...rest } = message;
  return replacing(message, { ...rest, dueAt: after(now, handoverMs) }, [{ kind: "present", field: "heldAt" }]);
}

/**
 * Whether a message can be found without knowing of it: what is held or was given up, for an operator; and what was
 * replayed, whose promise may be so old that nothing else would keep it.
 */
export const isListedMessage = ({ parkedAt, heldAt, triedSince }: Partial<Message>): boolean =>
  parkedAt !== undefined || heldAt !== undefined || triedSince !== undefined;

/** Puts a message off that cannot be tried yet, unless it has been sent on its way since it was seen. */
export const puttingOff = (message: Message, until: EpochMs): ChangeTo<"message"> =>
  replacing(message, { ...message, dueAt: until, isPutOff: true }, [isDueAsSeen(message)]);

/** For so long a message may have waited before its day begins anew. */
const waitedMsMax = 60 * 60 * 1_000;

/**
 * Sends a message on its way that was put off.
 *
 * @param isSent Whoever writes this sends it: nobody else is to take it up before that had its time.
 */
export function sendingOn(message: Message, now: EpochMs, isSent = false): ChangeTo<"message"> {
  const isLate = now > after(message.triedSince ?? message.createdAt, waitedMsMax);
  const dueAt = isSent ? after(now, handoverMs) : now;
  const { isPutOff: _, ...rest } = message;
  const next = { ...rest, dueAt, ...(isLate && { triedSince: now }) };
  return replacing(message, next, [isDueAsSeen(message), { kind: "unset", field: "parkedAt" }]);
}

const isDueAsSeen = ({ dueAt }: Message): Guard<Message> =>
  dueAt === undefined ? { kind: "unset", field: "dueAt" } : { kind: "is", field: "dueAt", value: dueAt };

/** Sends a parked message on its way again. */
export function replaying(message: Message, now: EpochMs): ChangeTo<"message"> {
  const { parkedAt: _, ...rest } = message;
  return replacing(message, { ...rest, attempts: 0, triedSince: now, dueAt: now });
}

const replacing = (
  message: Message,
  next: Message,
  guards: ChangeTo<"message">["guards"] = [],
): ChangeTo<"message"> => ({
  ...keyOf(message),
  guards: [
    ...guards,
    { kind: "is", field: "createdAt", value: message.createdAt },
    { kind: "is", field: "attempts", value: message.attempts },
  ],
  change: { kind: "put", image: next },
});
