/**
 * What subscriptions are told: the messages of an event are made in the transaction that takes its mark from the promise,
 * so that there is exactly one of each.
 *
 * @module
 */

import type { AnyChange, GuardedChange } from "./change.ts";
import { type LifecycleKind, settledAs } from "./lifecycle.ts";
import { eventMessage, posting } from "./message.ts";
import type { EpochMs, PromiseImage, PromiseRecord } from "./promise.ts";
import { matching, type Subscription } from "./subscription.ts";

/** An event of a promise that subscriptions are to be told of: its creation comes before its end. */
export function untoldEvent({ birthUntold, endUntold, state }: PromiseImage): LifecycleKind | undefined {
  if (birthUntold) {
    return "created";
  }
  return endUntold && state !== "pending" ? settledAs[state] : undefined;
}

/**
 * The transaction that tells of an event.
 *
 * @param write Takes the event's mark from the promise, if it still has it.
 */
export const telling = (
  write: GuardedChange,
  { image, kind, subscriptions }: Telling,
  now: EpochMs,
): readonly AnyChange[] => [
  write,
  ...matching(subscriptions, kind, image).map((subscription) =>
    posting(eventMessage(subscription, image.id, kind, now)),
  ),
];

/** An event, and the subscriptions that there are. */
export interface Telling {
  readonly image: PromiseImage;
  readonly kind: LifecycleKind;
  readonly subscriptions: readonly Subscription[];
}

/** What subscriptions are shown of a promise: of its creation, what it was then, whatever has become of it. */
export function asOf<Record extends PromiseRecord>(promise: Record, kind: LifecycleKind): Record {
  if (kind !== "created") {
    return promise;
  }
  const { settledAt: _, ...born } = promise;
  return { ...born, state: "pending", value: {} } as unknown as Record;
}
