import type { EpochMs } from "#lib/core/index.ts";
import type { Timer } from "#lib/ports/timer.ts";

/** Longest sleep: a timer of the platform takes no longer one, and a clock that was set forward is noticed by then. */
const sleepMsMax = 60_000;

/** Wait before a ring that failed is repeated. */
const repeatMs = 1_000;

export interface Alarm extends Timer {
  /** Rings no more until it is resumed. */
  pause(): void;
  resume(): void;
  /** Rings no more; resolves when a ring under way has ended. */
  stop(): Promise<void>;
}

export interface AlarmOptions {
  /** Does what is due, and arms the alarm for what will be. Never rings twice at once. */
  readonly ring: () => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly now: () => EpochMs;
  /** Ring at least this often. */
  readonly everyMs?: number;
}

/** Rings at the earliest moment that it was armed for. One timer, whatever the number of moments. */
export function alarm({ ring, onFailure, now, everyMs = sleepMsMax }: AlarmOptions): Alarm {
  // What fell due while nobody was there is done first.
  let at: EpochMs = 0;
  let ringAnywayAt = now();
  let sleep: NodeJS.Timeout | undefined;
  let ringing: Promise<void> | undefined;
  let isStopped = false;
  let isPaused = false;

  const fallAsleep = () => {
    clearTimeout(sleep);
    if (!(isStopped || isPaused || ringing)) {
      sleep = setTimeout(wake, Math.max(0, Math.min(Math.min(at, ringAnywayAt) - now(), sleepMsMax)));
    }
  };

  const wake = () => {
    at = Number.POSITIVE_INFINITY;
    ringing = ring()
      .catch((error: unknown) => {
        onFailure(error);
        at = Math.min(at, now() + repeatMs);
      })
      .finally(() => {
        ringing = undefined;
        ringAnywayAt = now() + everyMs;
        fallAsleep();
      });
  };

  fallAsleep();
  return {
    arm(moment) {
      if (moment < at) {
        at = moment;
        fallAsleep();
      }
    },
    pause() {
      isPaused = true;
      clearTimeout(sleep);
    },
    resume() {
      isPaused = false;
      at = 0;
      fallAsleep();
    },
    async stop() {
      isStopped = true;
      clearTimeout(sleep);
      await ringing;
    },
  };
}
