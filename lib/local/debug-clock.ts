import type { EpochMs } from "#lib/core/index.ts";

/** The platform's clock, until a test has taken it over. */
export interface DebugClock {
  now(): EpochMs;
  set(now: EpochMs): void;
  release(): void;
}

export function debugClock(real: () => EpochMs): DebugClock {
  let taken: EpochMs | undefined;
  return {
    now: () => taken ?? real(),
    set(now) {
      taken = now;
    },
    release() {
      taken = undefined;
    },
  };
}
