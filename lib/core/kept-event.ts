/**
 * Verified events that wait for a promise which is not there yet, and the places that a hook has for them.
 *
 * @module
 */

import type { ChangeTo, GuardedChange } from "./change.ts";
import { isAbsent } from "./guard.ts";
import { hookLimits } from "./hook.ts";
import type { EpochMs, Value, Verdict } from "./promise.ts";

const [minute, hour] = [60_000, 3_600_000] as const;

/** A verified event whose promise is not there yet. In: a hash of the promise's id. */
export interface KeptEvent {
  /** A hash of the hook and the event. */
  readonly id: string;
  readonly hook: string;
  /** Tells the hook from a later one of the same name. */
  readonly hookCreatedAt: EpochMs;
  readonly eventId: string;
  /** Id of the secret that has verified it; absent: it was kept before that was noted. */
  readonly secret?: string;
  readonly promiseId: string;
  readonly verdict: Verdict;
  readonly value: Value;
  /** The room of its hook that it has a place in. */
  readonly room: string;
  readonly receivedAt: EpochMs;
  /** A promise that is created from then on is another one. */
  readonly expiresAt: EpochMs;
  readonly dueAt: EpochMs;
}

/** Some of the places that a hook has for events that wait. In: the hook's name. */
export interface HookRoom {
  readonly id: string;
  readonly hook: string;
  /** Which of them are taken, and by which events. */
  readonly events?: readonly string[];
}

/** Has a transaction happen only while there is no such promise: whoever creates it comes later, and will look. */
export const whileAbsent = (id: string): GuardedChange => ({
  of: "promise",
  id,
  guards: [isAbsent],
  change: { kind: "check" },
});

/** Where a kept event is: its promise, and what it is called there. Both are hashes, of one length. */
export interface KeptPlace {
  readonly promise: string;
  readonly event: string;
}

export const placeName = ({ promise, event }: KeptPlace): string => `${promise}.${event}`;

export function toKeptPlace(name: string): KeptPlace {
  const [promise = "", event = ""] = name.split(".");
  return { promise, event };
}

/** When an event that waits is looked at next: soon at first, then as much later again as it has waited already. */
export const nextLook = (
  { receivedAt, expiresAt }: Pick<KeptEvent, "receivedAt" | "expiresAt">,
  now: EpochMs,
): EpochMs => Math.min(expiresAt, now + Math.min(Math.max(now - receivedAt, minute), hour));

export const keepEvent = (kept: KeptEvent, place: KeptPlace): ChangeTo<"kept"> => ({
  of: "kept",
  in: place.promise,
  id: kept.id,
  guards: [isAbsent],
  change: { kind: "put", image: kept },
});

export const lookAgain = (kept: KeptEvent, place: KeptPlace, now: EpochMs): ChangeTo<"kept"> => ({
  of: "kept",
  in: place.promise,
  id: kept.id,
  guards: [{ kind: "is", field: "dueAt", value: kept.dueAt }],
  change: { kind: "update", set: { dueAt: nextLook(kept, now) } },
});

export const forgetKept = (kept: KeptEvent, place: KeptPlace): ChangeTo<"kept"> => ({
  of: "kept",
  in: place.promise,
  id: kept.id,
  guards: [{ kind: "present", field: "promiseId" }],
  change: { kind: "delete" },
});

/** Gives an event a place in a room; the first one furnishes it. */
export const enterRoom = (hook: string, room: string, place: KeptPlace, isNew: boolean): ChangeTo<"room"> => ({
  of: "room",
  in: hook,
  id: room,
  guards: isNew
    ? [isAbsent]
    : [
        { kind: "present", field: "hook" },
        { kind: "fits", field: "events", countMax: hookLimits.keptInRoomMax },
      ],
  change: isNew
    ? { kind: "put", image: { id: room, hook, events: [placeName(place)] } }
    : { kind: "update", include: { events: [placeName(place)] } },
});

export const leaveRoom = ({ hook, room }: KeptEvent, place: KeptPlace): ChangeTo<"room"> => ({
  of: "room",
  in: hook,
  id: room,
  guards: [{ kind: "present", field: "hook" }],
  change: { kind: "update", exclude: { events: [placeName(place)] } },
});
