/**
 * Everything that a store keeps, by kind.
 *
 * @module
 */

import type { Allowance } from "./allowance.ts";
import type { ApiKey } from "./api-key.ts";
import type { HookEntry, HookRecord } from "./hook.ts";
import type { HookRoom, KeptEvent } from "./kept-event.ts";
import type { LifecycleKind } from "./lifecycle.ts";
import type { Link } from "./link.ts";
import type { EpochMs, PromiseImage } from "./promise.ts";
import type { ScheduleImage } from "./schedule.ts";
import type { Subscription } from "./subscription.ts";

/** One of many who wait for a promise that has no room left for them. In: the id of the awaited promise. */
export interface Waiter {
  /** What it waits as, and who it is: an awaiting promise's id, or an address. */
  readonly role: "callback" | "listener";
  readonly waiter: string;
}

/**
 * A message on its way to an address. In: the mailbox that it waits in. A message that is due is tried by the sweep;
 * one that is not waits until a worker comes for it.
 */
export interface Message {
  readonly id: string;
  readonly mailbox: string;
  readonly kind: "execute" | "unblock" | "event";
  readonly address: string;
  readonly promiseId: string;
  /** The version that an `execute` offers. */
  readonly version?: number;
  /** What has happened to the promise, and the subscription that asks for it, whose address it is. Present exactly where it tells of an event. */
  readonly event?: LifecycleKind;
  readonly subscription?: string;
  readonly createdAt: EpochMs;
  /** Failed attempts to send it. */
  readonly attempts: number;
  readonly lastError?: string;
  /** Since when it is tried; absent: since it was created. */
  readonly triedSince?: EpochMs;
  /** Its latest attempts, oldest first. */
  readonly latest?: readonly Attempt[];
  /** When it was given up, until an operator replays it. */
  readonly parkedAt?: EpochMs;
  /** It waits for another message, or for its subscription to be resumed; absent: somebody has it in hand. */
  readonly isPutOff?: boolean;
  /** Since when it waits for its receiver to work again. It is due when its time is over. */
  readonly heldAt?: EpochMs;
  readonly dueAt?: EpochMs;
}

/** One attempt to send a message, and what was answered. */
export interface Attempt {
  readonly at: EpochMs;
  /** Until the answer, or until none was to be expected any more. */
  readonly durationMs: number;
  /** Of HTTP; absent: nobody has answered. */
  readonly status?: number;
  readonly error?: string;
}

/** What has become of a message to a receiver. In: the id of the promise that it tells of. */
export interface Delivery {
  /** What the receiver knows the message by. */
  readonly id: string;
  readonly promiseId: string;
  /** The subscription that asked for it; absent: whoever listens to this one promise. */
  readonly subscription?: string;
  /** What ids began with that the subscription asked for at the latest attempt. */
  readonly reach?: string;
  /** As it may be shown. */
  readonly address: string;
  /**
   * Held: its receiver is paused. Parked: it was given up. One that is replayed since, or released, is waiting again from
   * its next attempt on.
   */
  readonly state: "waiting" | "delivered" | "held" | "parked";
  readonly attempts: number;
  /** The latest of them, oldest first. */
  readonly latest: readonly Attempt[];
  readonly createdAt: EpochMs;
  /** When the next one is due. */
  readonly nextAt?: EpochMs;
  /** It is of no more interest then, and the store takes it out some time. */
  readonly expiresAt: EpochMs;
}

/** A receiver that what is sent to fails: of one that works nothing is kept. */
export interface Endpoint {
  /** A hash of the mailbox. */
  readonly id: string;
  readonly mailbox: string;
  /** As it may be shown. */
  readonly address: string;
  readonly state: "failing" | "paused" | "releasing";
  /** In a row. */
  readonly failures: number;
  readonly failingSince: EpochMs;
  readonly lastFailedAt: EpochMs;
  readonly lastError: string;
  /** Of HTTP; absent: nobody has answered. */
  readonly lastStatus?: number;
  readonly pausedAt?: EpochMs;
  /** Messages that were tried since, each to see whether it works again. */
  readonly probes?: number;
  /** The message behind which the walk over its mailbox goes on; absent: at the first. */
  readonly place?: string;
  /** The walk has begun anew, without having found a message to try. */
  readonly isLastRound?: boolean;
  /** Counts whatever becomes of it, but failures. */
  readonly version: number;
  /** When a message is tried next, or the next are released; while it fails, when it may be forgotten. */
  readonly dueAt?: EpochMs;
}

/**
 * A payload or a hook's secret that was put beside the table, until it is known whether anything refers to it: whoever put
 * it may have lost a race, or not have lived to write the thing that it belongs to.
 */
export interface Upload {
  /** What it is kept under. */
  readonly id: string;
  /** What it was put there for. */
  readonly owner: { readonly of: "promise" | "schedule" | "hook"; readonly id: string };
  readonly dueAt: EpochMs;
  /** A secret that may be taken away at this moment: nothing is to begin to refer to it. */
  readonly isGoing?: boolean;
}

/** How far the service has come in looking for promises that may expire: one walk over all that are listed, oldest first. */
export interface RetentionWalk {
  readonly id: string;
  /** Where it goes on; absent: at the oldest. */
  readonly after?: { readonly createdAt: EpochMs; readonly id: string };
  /** Roots of large lineages that this walk has looked at: it meets each of their promises, and reads them once. */
  readonly seen?: readonly string[];
  readonly dueAt: EpochMs;
}

export interface Things {
  readonly promise: PromiseImage;
  readonly waiter: Waiter;
  readonly message: Message;
  readonly schedule: ScheduleImage;
  readonly key: ApiKey;
  readonly upload: Upload;
  readonly link: Link;
  readonly retention: RetentionWalk;
  readonly delivery: Delivery;
  readonly endpoint: Endpoint;
  readonly subscription: Subscription;
  readonly hook: HookRecord;
  readonly kept: KeptEvent;
  readonly room: HookRoom;
  readonly hookEvent: HookEntry;
  readonly allowance: Allowance;
}

export type Kind = keyof Things;

/** Where a thing is kept: its id, and for kinds that belong to something else, what that is. */
export interface Key<Of extends Kind = Kind> {
  readonly of: Of;
  readonly in?: string;
  readonly id: string;
}
