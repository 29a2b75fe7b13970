import type { EpochMs } from "#lib/core/index.ts";

/** The platform's clock, until a test has taken it over. */
export interface DebugClock {
  now(): EpochMs;
  /** Returns what takes it back, as long as nobody has set it since. */
  set(now: EpochMs): () => void;
  release(): void;
}

export function debugClock(real: () => EpochMs): DebugClock {
  let taken: EpochMs | undefined;
  let turn = 0;
  return {
    now: () => taken ?? real(),
    set(now) {
      const before = taken;
      const mine = ++turn;
      taken = now;
      return () => {
        if (turn === mine) {
          taken = before;
        }
      };
    },
    release() {
      turn += 1;
      taken = undefined;
    },
  };
}
