import type { EpochMs } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";

const everyMs = 60 * 60 * 1_000;

export interface ReaperOptions {
  readonly store: Store;
  readonly now: () => EpochMs;
  readonly onFailure: (error: unknown) => void;
}

/** Takes out what has expired, at once and each hour, unless the store does so by itself. */
export function reaper({ store, now, onFailure }: ReaperOptions): { stop(): void } {
  const reap = () => void store.reap?.(now(), { roundTrips: 0 }).catch(onFailure);
  reap();
  const timer = setInterval(reap, everyMs).unref();
  return { stop: () => clearInterval(timer) };
}
