import { firing, isToRun, type NextRun, type PromiseImage, ran, type ScheduleImage } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { KnownSubscriptions } from "./known-subscriptions.ts";
import type { WakeOptions } from "./wake.ts";

export interface RunOptions extends Pick<WakeOptions, "store" | "timer" | "now" | "retryMs"> {
  readonly known: KnownSubscriptions;
  readonly nextRun: NextRun;
  /** Told of each promise that a run has made. */
  readonly onMade: (promise: PromiseImage, cost: Cost) => Promise<void>;
}

/** Runs of one schedule in one go, so that one that has been forgotten for long holds up no other. */
const runsMax = 100;

/**
 * Runs a schedule as often as it should have run by now, oldest first. A run is one transaction, of the promise and of
 * the schedule: so of several processes one makes it, and a schedule that is deleted makes nothing more.
 */
export async function runSchedule(options: RunOptions, first: ScheduleImage, cost: Cost): Promise<number> {
  const { store, timer, now, retryMs, known, nextRun, onMade } = options;
  let schedule: ScheduleImage | undefined = first;
  for (let runs = 0; runs < runsMax; runs++) {
    const moment = now();
    if (schedule === undefined || !isToRun(schedule, moment)) {
      return runs;
    }
    const { promise, write } = firing(schedule, moment, retryMs, await known.current());
    const moved = ran(schedule, nextRun);
    const outcome = await store.transact([write, moved.write], cost);
    if (outcome.won) {
      schedule = moved.schedule;
      await onMade(promise, cost);
    } else {
      // The promise is there already, or somebody else has run the schedule: this write finds out.
      schedule = (await store.attempt(moved.write, cost)).image;
    }
    if (schedule !== undefined) {
      timer.arm(schedule.dueAt);
    }
  }
  return runsMax;
}
