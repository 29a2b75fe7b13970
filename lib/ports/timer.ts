import type { EpochMs } from "#lib/core/index.ts";

/** Told of every moment at which something will be due, so that somebody looks then. Forgetting one only delays it. */
export interface Timer {
  arm(at: EpochMs): void;
}
