/**
 * Searches in order of ids (`protocol/rpc.md` 11).
 *
 * @module
 */

import {
  hasTask,
  isId,
  type PromiseImage,
  type PromiseState,
  project,
  type Tags,
  type TaskState,
  toTask,
} from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";
import { pageBytesMax, sizeOf } from "./sizes.ts";

export interface IdSearch {
  readonly state?: PromiseState;
  /** Only promises with a task, and in this state if one is given. */
  readonly task?: { readonly state?: TaskState };
  /** All must be equal. */
  readonly tags: Tags;
  readonly limit: number;
  /** The id of the last row of the page before. */
  readonly after?: string;
}

export interface IdPage<Row> {
  readonly rows: readonly Row[];
  /** What the next page comes after; absent: there is nothing more. */
  readonly next?: string;
}

/** What one page may look at before it ends, full or not. */
const recordsMax = 1_000;

/** A page of promises. A search by origin alone reads that call tree itself, steps included, and is consistent. */
export async function pageById(
  store: Store,
  search: IdSearch,
  { now, cost }: RequestContext,
): Promise<IdPage<PromiseImage>> {
  const origin = lineageSought(search.tags);
  const rows: PromiseImage[] = [];
  let looked = 0;
  let bytes = 0;
  for await (const images of origin === undefined
    ? listedPromises(store, search.after, cost)
    : store.lineage(origin, search.after, cost)) {
    for (const image of images) {
      const shown = project(image, now);
      looked += 1;
      if (isSought(search, shown)) {
        bytes += sizeOf(shown);
        const last = rows.at(-1);
        if (last !== undefined && (rows.length === search.limit || bytes > pageBytesMax)) {
          return { rows, next: last.id };
        }
        rows.push(shown);
      }
      if (looked >= recordsMax) {
        return { rows, next: image.id };
      }
    }
  }
  return { rows };
}

/** The root of the call tree that these tags seek; what is no id is the root of none. */
export function lineageSought(tags: Tags): string | undefined {
  const origin = tags["resonate:origin"];
  return origin !== undefined && isId(origin) ? origin : undefined;
}

async function* listedPromises(store: Store, after: string | undefined, cost: RequestContext["cost"]) {
  for await (const keys of store.listedById("promise", after, cost)) {
    const ids = keys.map(({ id }) => id);
    const byId = new Map((await store.read(ids, cost)).map((image) => [image.id, image]));
    yield ids.flatMap((id) => byId.get(id) ?? []);
  }
}

const isSought = ({ state, task, tags }: IdSearch, shown: PromiseImage): boolean =>
  (state === undefined || shown.state === state) &&
  (task === undefined || (hasTask(shown) && (task.state === undefined || toTask(shown).state === task.state))) &&
  Object.entries(tags).every(([name, text]) => shown.tags[name] === text);
