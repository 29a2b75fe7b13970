import type { EpochMs } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

/** For how long it is not looked again which hooks there are. */
const knownMs = 10_000;

/**
 * Whether some hook reaches a promise, by what was known of them a moment ago: where there are no hooks, nobody need look
 * for events after each creation. A hook that is newer than that has its events found by the sweep.
 */
export function hookReach(store: Store, now: () => EpochMs): (promiseId: string, cost: Cost) => Promise<boolean> {
  let known: { readonly at: EpochMs; readonly prefixes: readonly string[] } | undefined;
  return async (promiseId, cost) => {
    const at = now();
    if (known === undefined || at < known.at || at >= known.at + knownMs) {
      const prefixes: string[] = [];
      for await (const keys of store.listedById("hook", undefined, cost)) {
        const hooks = await Promise.all(keys.map(({ id }) => store.find({ of: "hook", id }, cost)));
        prefixes.push(...hooks.flatMap((hook) => hook?.prefix ?? []));
      }
      known = { at, prefixes };
    }
    return known.prefixes.some((prefix) => promiseId.startsWith(prefix));
  };
}
