/**
 * Lifecycle events, from the store's own changes to a bus.
 *
 * @module
 */

import { hash } from "node:crypto";
import {
  isLocalStep,
  type LifecycleKind,
  lifecycle,
  lifecycleKey,
  type PromiseImage,
  type Trace,
} from "#lib/core/index.ts";
import type { Announcement, Bus } from "#lib/ports/bus.ts";
import type { Changed } from "./stream.ts";

export interface AnnounceOptions {
  readonly bus: Bus;
  /** What tells this service's events from another's on the same bus. */
  readonly service: string;
  /** Announce the steps inside of workflows, too. */
  readonly withLocalSteps: boolean;
}

/** What the bus is told of one change of the store: mostly one thing or nothing. */
export function announcementsOf(
  { key, before, after }: Changed,
  { service, withLocalSteps }: Omit<AnnounceOptions, "bus">,
): readonly Announcement[] {
  const image = after as PromiseImage | undefined;
  if (key.of !== "promise" || image === undefined || (isLocalStep(image.tags) && !withLocalSteps)) {
    return [];
  }
  return lifecycle(before as PromiseImage | undefined, image).map(({ kind }) => announcement(kind, image, service));
}

function announcement(kind: LifecycleKind, image: PromiseImage, service: string): Announcement {
  const { id, state, tags, createdAt, timeoutAt, settledAt, trace } = image;
  return {
    eventId: hash("sha256", lifecycleKey(image, kind)).slice(0, 32),
    kind,
    service,
    id,
    state,
    tags,
    tagged: Object.entries(tags).map(([name, value]) => `${name}=${value}`),
    createdAt,
    timeoutAt,
    ...(settledAt !== undefined && { settledAt }),
    ...(trace?.traceparent !== undefined && { trace: w3cOf(trace) }),
  };
}

/** Not what its request was called: that is for the service's own logs and receivers. */
const w3cOf = ({ traceparent, tracestate }: Trace): Trace => ({
  ...(traceparent !== undefined && { traceparent }),
  ...(tracestate !== undefined && { tracestate }),
});

/** A change that is read only when it is its turn, so that one that cannot be read holds up no other. */
export type ReadChange = () => Changed;

export interface Announced {
  readonly events: number;
  /** Why each change is to be brought again; undefined: it is not. */
  readonly failures: readonly (unknown | undefined)[];
}

/** Announces what has happened in these changes. */
export async function announce(changes: readonly ReadChange[], options: AnnounceOptions): Promise<Announced> {
  const failures: unknown[] = changes.map(() => undefined);
  const announced = changes.flatMap((read, at) => {
    try {
      return announcementsOf(read(), options).map((announcement) => ({ at, announcement }));
    } catch (error) {
      failures[at] = error;
      return [];
    }
  });
  const refused = await options.bus.put(announced.map(({ announcement }) => announcement));
  for (const [nth, { at }] of announced.entries()) {
    failures[at] ??= refused[nth];
  }
  return { events: announced.length, failures };
}
