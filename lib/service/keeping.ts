/**
 * Keeps events that come before their promise, each in a place that its hook has for it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  type EpochMs,
  enterRoom,
  type HookRecord,
  hookLimits,
  type KeptEvent,
  type KeptPlace,
  keepEvent,
  nextLook,
  placeName,
  type Settle,
  whileAbsent,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";

const hashLength = 22;

const hashOf = (text: string): string => createHash("sha256").update(text).digest("base64url").slice(0, hashLength);

/** Where the kept events of a promise are. */
export const keptWithin = (promiseId: string): string => hashOf(promiseId);

/** Where a kept event is. */
export const placeOf = ({ promiseId, id }: Pick<KeptEvent, "promiseId" | "id">): KeptPlace => ({
  promise: keptWithin(promiseId),
  event: id,
});

/** An event as it is to settle a promise. */
export interface Arrived {
  readonly eventId: string;
  readonly settlement: Settle;
  /** The id of the secret that has verified it. */
  readonly secretId: string;
}

/**
 * What an event is called among those that are kept, and where it is. What two secrets have verified is two: that one of them
 * is ended takes nothing from the other.
 */
function toKept({ id: hook, createdAt }: HookRecord, { eventId, secretId, settlement: { id: promiseId } }: Arrived) {
  const id = hashOf(JSON.stringify([hook, createdAt, eventId, secretId]));
  return { id, place: placeOf({ promiseId, id }) };
}

/** Whether a hook has a place for an event, or has given it one. */
export async function hasPlace(
  store: Pick<Store, "members">,
  hook: HookRecord,
  arrived: Arrived,
  cost: Cost,
): Promise<boolean> {
  const { roomsMax, keptInRoomMax } = hookLimits;
  const rooms = await store.members("room", hook.id, roomsMax, cost);
  const { place } = toKept(hook, arrived);
  return (
    rooms.length < roomsMax ||
    rooms.some(({ events = [] }) => events.length < keptInRoomMax || events.includes(placeName(place)))
  );
}

/** Events of a hook that wait, at most. */
export const keptEventsMax = hookLimits.roomsMax * hookLimits.keptInRoomMax;

/** What becomes of an event that its hook has no place for. */
export const noPlace = {
  outcome: "deferred",
  reason: `the hook keeps ${keptEventsMax} events already, and there is no such promise yet`,
} as const;

/** `there`: the promise is, and can be settled. `full`: the hook has as many as it may have. */
export type Keeping = "kept" | "there" | "full";

/** Keeps an event, as long as there is no promise for it. */
export async function keep(
  { store, onKept }: { readonly store: Store; readonly onKept: (at: EpochMs) => void },
  hook: HookRecord,
  arrived: Arrived,
  { now, cost }: RequestContext,
): Promise<Keeping> {
  const { eventId, settlement, secretId } = arrived;
  const { id, place } = toKept(hook, arrived);
  const times = { receivedAt: now, expiresAt: now + hook.keepMs };
  const { id: promiseId, verdict, value } = settlement;
  const event = {
    id,
    hook: hook.id,
    hookCreatedAt: hook.createdAt,
    eventId,
    secret: secretId,
    promiseId,
    verdict,
    value,
    ...times,
    dueAt: nextLook(times, now),
  };
  const first = Number.parseInt(createHash("sha256").update(event.id).digest("hex").slice(0, 8), 16);
  const { roomsMax } = hookLimits;
  let isNew = false;
  let passed = 0;
  while (passed < roomsMax) {
    const room = String((first + passed) % roomsMax).padStart(2, "0");
    const writes = [
      whileAbsent(promiseId),
      keepEvent({ ...event, room }, place),
      enterRoom(hook.id, room, place, isNew),
    ];
    const tried = await store.transact(writes, cost);
    if (tried.won) {
      onKept(event.dueAt);
      return "kept";
    }
    const [promise, kept, full] = tried.refusals;
    if (promise !== undefined) {
      return "there";
    }
    if (kept !== undefined) {
      return "kept";
    }
    // A room that nobody has furnished yet is tried once more, as a new one; one that is full is passed.
    const isUnfurnished = full !== undefined && full.image === undefined;
    passed += isUnfurnished || isNew ? 0 : 1;
    isNew = isUnfurnished;
  }
  return "full";
}
