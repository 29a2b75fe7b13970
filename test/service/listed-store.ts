import { newestFirst, type Position, type PromiseImage } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";

/** What was asked of the store, in order. */
export interface Asked {
  /** Batches of ids whose records were read. */
  readonly read: (readonly string[])[];
  readonly got: string[];
  readonly prefixes: string[];
}

export interface ListedStore {
  readonly store: Store;
  readonly asked: Asked;
}

const notAsked = () => Promise.reject(new Error("a search does not ask this"));

/**
 * A store of which a search sees these promises, its index in batches of this size. Index entries may be listed that
 * have no promise behind them.
 */
export function listedStore(images: readonly PromiseImage[], batchSize: number, places = positions(images)) {
  const byId = new Map(images.map((image) => [image.id, image]));
  const asked: Asked = { read: [], got: [], prefixes: [] };
  const store: Store = {
    dueShards: 1,
    attempt: notAsked,
    due: () => {
      throw new Error("a search does not ask this");
    },
    get: async (id) => {
      asked.got.push(id);
      return byId.get(id);
    },
    read: async (ids) => {
      asked.read.push(ids);
      return ids.flatMap((id) => byId.get(id) ?? []).reverse();
    },
    async *listed(prefix, after) {
      asked.prefixes.push(prefix);
      const behind = places.filter((place) => after === undefined || newestFirst(after, place) < 0);
      for (let from = 0; from < behind.length; from += batchSize) {
        yield behind.slice(from, from + batchSize);
      }
    },
  };
  return { store, asked } satisfies ListedStore;
}

export const positions = (images: readonly PromiseImage[]): Position[] =>
  images.map(({ createdAt, id }) => ({ createdAt, id })).sort(newestFirst);
