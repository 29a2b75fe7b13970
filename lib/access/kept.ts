/**
 * What was looked up is kept for a while; what was looked up in vain, too, or every request with a made-up key would
 * cost a read.
 *
 * @module
 */

import type { EpochMs } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";

/** Entries that are kept at most. Those in vain have a room of their own: no flood of them drives the others out. */
const keptMax = 10_000;

interface Entry<Found> {
  readonly found: Found;
  readonly lookedUpAt: EpochMs;
}

type LookUp<Found> = (name: string, cost: Cost) => Promise<Found | undefined>;

/** The same look-up, done at most once in so long a time for each name. One that fails is not kept. */
export function kept<Found>(
  lookUp: LookUp<Found>,
  keptMs: number,
): (name: string, now: EpochMs, cost: Cost) => Promise<Found | undefined> {
  const there = new Map<string, Entry<Found>>();
  const missing = new Map<string, Entry<undefined>>();
  const underWay = new Map<string, Promise<Found | undefined>>();

  const lookUpNow = async (name: string, lookedUpAt: EpochMs, cost: Cost): Promise<Found | undefined> => {
    const found = await lookUp(name, cost);
    there.delete(name);
    missing.delete(name);
    if (found === undefined) {
      put(missing, name, { found, lookedUpAt });
    } else {
      put(there, name, { found, lookedUpAt });
    }
    return found;
  };

  return async (name, now, cost) => {
    const entry = there.get(name) ?? missing.get(name);
    if (entry !== undefined && entry.lookedUpAt <= now && now < entry.lookedUpAt + keptMs) {
      return entry.found;
    }
    const others = underWay.get(name);
    if (others !== undefined) {
      return others;
    }
    const own = lookUpNow(name, now, cost);
    underWay.set(name, own);
    try {
      return await own;
    } finally {
      underWay.delete(name);
    }
  };
}

/** Keeps an entry, in the place of the oldest where there is no room. */
function put<Found>(entries: Map<string, Entry<Found>>, name: string, entry: Entry<Found>): void {
  const [oldest] = entries.keys();
  if (entries.size >= keptMax && oldest !== undefined) {
    entries.delete(oldest);
  }
  entries.set(name, entry);
}
