/**
 * Retention: which settled promises are no longer needed. A promise goes with all of its lineage or not at all, since a
 * workflow that ran again would do a step again whose promise is gone.
 *
 * @module
 */

import type { ChangeTo, GuardedChange } from "./change.ts";
import { isUnawaited } from "./guard.ts";
import { lineageRoot } from "./lineage.ts";
import { type EpochMs, isAwaited, type PromiseImage, type Tags } from "./promise.ts";
import type { Position } from "./search.ts";
import { after as later } from "./task.ts";
import type { RetentionWalk } from "./things.ts";

const walkId = "retention";

/** From the end of one walk to the beginning of the next. */
const restMs = 60 * 60 * 1_000;

/** Begins to walk, unless somebody does already. */
export const beginRetention = (now: EpochMs): ChangeTo<"retention"> => ({
  of: "retention",
  id: walkId,
  guards: [{ kind: "absent" }],
  change: { kind: "put", image: { id: walkId, dueAt: now } },
});

/** Roots of large lineages that a walk remembers at once: about 25 KB of ids at their longest. */
const seenMax = 25;

/** Goes on from a place at once; or, from none, after a rest and as a new walk. Of several that walk one does. */
export const walkOn = (
  { id, dueAt }: RetentionWalk,
  after: Position | undefined,
  seen: readonly string[],
  now: EpochMs,
): ChangeTo<"retention"> => ({
  of: "retention",
  id,
  guards: [{ kind: "is", field: "dueAt", value: dueAt }],
  change: {
    kind: "put",
    image: {
      id,
      // Never the same moment twice: it tells one step from the next.
      dueAt: Math.max(after === undefined ? later(now, restMs) : now, dueAt + 1),
      ...(after && {
        after: { createdAt: after.createdAt, id: after.id },
        ...(seen.length > 0 && { seen: seen.slice(-seenMax) }),
      }),
    },
  },
});

/** Walks no more: nothing is to expire any longer. */
export const endRetention: ChangeTo<"retention"> = {
  of: "retention",
  id: walkId,
  guards: [{ kind: "present", field: "dueAt" }],
  change: { kind: "delete" },
};

/** Whether a lineage, or a promise that somebody may go back to, has been at rest for so long. */
export const isAtRest = (
  images: readonly PromiseImage[],
  now: EpochMs,
  retentionMs: number,
): images is readonly Ended[] =>
  images.every(
    (image) => image.settledAt !== undefined && later(image.settledAt, retentionMs) <= now && !isAwaited(image),
  );

/**
 * What of a lineage at rest may be taken out now: its steps, and only when they are all gone its root. In whatever order
 * the store takes the steps out, who creates the root again is answered by the old one as long as one of them is there:
 * a new run of it would be answered by a step of the old, and then miss it.
 */
export function nextToExpire(images: readonly Ended[], root: string): readonly Ended[] {
  const steps = images.filter(({ id }) => id !== root);
  return (steps.length > 0 ? steps : images).filter(({ expiresAt }) => expiresAt === undefined);
}

/** Promises outside of the lineage that its promises say they come from: while one of those runs, it may go back to them. */
export function comesFrom(images: readonly PromiseImage[]): readonly string[] {
  const named = images.flatMap(({ id, tags }) =>
    origins(tags).filter((origin) => lineageRoot(origin) !== lineageRoot(id)),
  );
  return [...new Set(named)];
}

const origins = (tags: Tags): string[] => ["resonate:origin", "resonate:parent"].flatMap((name) => tags[name] || []);

/** A promise that has ended. */
export type Ended = PromiseImage & { readonly settledAt: EpochMs };

/** Has the store take the promise out, unless something has happened to it, or another has its id by now. */
export const expiring = ({ id, createdAt, settledAt }: Ended, now: EpochMs): GuardedChange => ({
  of: "promise",
  id,
  guards: [
    { kind: "is", field: "createdAt", value: createdAt },
    { kind: "is", field: "settledAt", value: settledAt },
    ...isUnawaited,
    { kind: "unset", field: "expiresAt" },
  ],
  change: { kind: "update", set: { expiresAt: now } },
});
