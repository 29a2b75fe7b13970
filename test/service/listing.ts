import { newestFirst, type PromiseImage } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";

/** What was asked of a listing. */
export interface Listing {
  readonly store: Store;
  /** How many records each read asked for. */
  readonly reads: number[];
  /** Entries handed out so far. */
  readonly listed: () => number;
}

const notAsked = () => {
  throw new Error("a search does not ask this");
};

/** A store that only lists promises, in batches of the test's size, and gives their records. */
export function listingOf(images: readonly PromiseImage[], batch = 1_000): Listing {
  const sorted = images.toSorted(newestFirst);
  const byId = new Map(images.map((image) => [image.id, image]));
  const reads: number[] = [];
  let listed = 0;
  return {
    reads,
    listed: () => listed,
    store: {
      dueShards: 1,
      due: notAsked,
      attempt: notAsked,
      transact: notAsked,
      find: notAsked,
      whole: async (thing) => thing,
      members: notAsked,
      lineage: notAsked,
      listedById: notAsked,
      oldest: notAsked,
      get: async (id) => byId.get(id),
      async read(ids) {
        reads.push(ids.length);
        return ids.flatMap((id) => byId.get(id) ?? []).reverse();
      },
      async *listed(prefix, after) {
        const places = sorted
          .filter((place) => place.id.startsWith(prefix) && (after === undefined || newestFirst(after, place) < 0))
          .map(({ createdAt, id }) => ({ createdAt, id }));
        for (let from = 0; from < places.length; from += batch) {
          const entries = places.slice(from, from + batch);
          listed += entries.length;
          yield entries;
        }
      },
    },
  };
}
