/**
 * What the service does on its own: everything that is due, and everything that follows from a write.
 *
 * @module
 */

import {
  advance,
  discharge,
  dischargeMore,
  type EpochMs,
  firing,
  isOfferedAtOnce,
  isToRun,
  type Key,
  makesPending,
  type NextRun,
  type PromiseImage,
  ran,
  settledAlone,
  type Things,
  type Waiter,
} from "#lib/core/index.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import type { Delivery } from "./deliver.ts";

export interface AdvanceOptions {
  readonly store: Store;
  readonly delivery: Delivery;
  readonly timer: Timer;
  readonly now: () => EpochMs;
  readonly retryMs: number;
  readonly nextRun: NextRun;
  /** Told of a process whose lease has run out. */
  readonly onLapsed?: (pid: string) => void;
}

export interface Advancer {
  /** Does everything that is due on a promise. The number of changes written. */
  promise(image: PromiseImage, cost: Cost): Promise<number>;
  /** The same for anything else. */
  thing(key: Key, cost: Cost): Promise<number>;
}

/** Steps of one thing in one go; what is left is still due. */
const stepsMax = 1_000;

/** Waiters woken or told in one transaction, each of them two changes. */
const waitersAtOnceMax = 45;

/** Runs of one schedule in one go, so that one that has been forgotten for long holds up no other. */
const runsMax = 100;

export function advancer(options: AdvanceOptions): Advancer {
  const { store, delivery, now, retryMs, nextRun } = options;
  const wake = new Wake(options);

  return {
    async promise(first, cost) {
      let image: PromiseImage | undefined = first;
      let changed = 0;
      for (let steps = 0; image !== undefined && steps < stepsMax; steps++) {
        const step = advance(image, now(), retryMs);
        if (step === undefined) {
          return changed;
        }
        changed += 1;
        if (step.kind === "write") {
          const outcome = await store.attempt(step.write, cost);
          if (outcome.won && makesPending(step.write) && image.pid !== undefined) {
            options.onLapsed?.(image.pid);
          }
          if (outcome.won && step.offers) {
            await delivery.offer(outcome.image, cost);
          }
          changed -= outcome.won ? 0 : 1;
          arm(options, outcome.image);
          image = outcome.image;
        } else {
          image = step.kind === "discharge" ? await wake.discharge(image, cost) : await wake.dischargeMore(image, cost);
        }
      }
      return changed;
    },

    async thing(key, cost) {
      const found = await store.find(key, cost);
      if (key.of === "schedule" && found !== undefined) {
        return run(found as Things["schedule"], cost);
      }
      const message = found as Things["message"] | undefined;
      if (key.of !== "message" || message?.dueAt === undefined || message.dueAt > now()) {
        return 0;
      }
      await delivery.send(message, cost);
      return 1;
    },
  };

  /** Runs a schedule as often as it should have run by now, oldest first. */
  async function run(first: Things["schedule"], cost: Cost): Promise<number> {
    let schedule = first;
    for (let runs = 0; runs < runsMax; runs++) {
      const moment = now();
      if (!isToRun(schedule, moment)) {
        return runs;
      }
      const made = firing(schedule, moment, retryMs);
      const { won, image } = await store.attempt(made, cost);
      if (won) {
        arm(options, image);
        if (isOfferedAtOnce(image, moment)) {
          await delivery.offer(image, cost);
        }
      }
      const outcome = await store.attempt(ran(schedule, nextRun), cost);
      if (outcome.image === undefined) {
        return runs;
      }
      schedule = outcome.image;
      options.timer.arm(schedule.dueAt);
    }
    return runsMax;
  }
}

function arm({ timer }: AdvanceOptions, image: PromiseImage | undefined): void {
  if (image?.dueAt !== undefined) {
    timer.arm(image.dueAt);
  }
}

/** Wakes those who await a settled promise, and tells those who listen. */
class Wake {
  readonly #options: AdvanceOptions;

  constructor(options: AdvanceOptions) {
    this.#options = options;
  }

  /** Those who stand in the promise itself; the promise without them. */
  async discharge(settled: PromiseImage, cost: Cost): Promise<PromiseImage | undefined> {
    const { store, now, retryMs } = this.#options;
    const { callbacks = [], listeners = [], dueAt, ...rest } = settled;
    const awaiters = await this.#read(callbacks, cost);
    const changes = discharge(settled, { awaiters, now: now(), retryMs });
    const outcome = await store.transact(changes, cost);
    if (!outcome.won) {
      return outcome.refusals[0] === undefined ? settled : (outcome.refusals[0].image as PromiseImage | undefined);
    }
    await this.#follow(changes, awaiters, cost);
    return rest.moreWaiters && dueAt !== undefined ? { ...rest, dueAt } : rest;
  }

  /** Some of those who have no room in it. */
  async dischargeMore(settled: PromiseImage, cost: Cost): Promise<PromiseImage | undefined> {
    const { store, now, retryMs } = this.#options;
    const waiters: readonly Waiter[] = await store.members("waiter", settled.id, waitersAtOnceMax, cost);
    if (waiters.length === 0) {
      return (await store.attempt(settledAlone(settled), cost)).image;
    }
    const callbacks = waiters.flatMap(({ role, waiter }) => (role === "callback" ? [waiter] : []));
    const awaiters = await this.#read(callbacks, cost);
    const changes = dischargeMore(settled.id, waiters, { awaiters, now: now(), retryMs });
    if ((await store.transact(changes, cost)).won) {
      await this.#follow(changes, awaiters, cost);
    }
    return settled;
  }

  async #read(ids: readonly string[], cost: Cost): Promise<ReadonlyMap<string, PromiseImage>> {
    const images = ids.length === 0 ? [] : await this.#options.store.read(ids, cost);
    return new Map(images.map((image) => [image.id, image]));
  }

  /** Offers what was woken, and sends what was posted. */
  async #follow(
    changes: ReturnType<typeof discharge>,
    awaiters: ReadonlyMap<string, PromiseImage>,
    cost: Cost,
  ): Promise<void> {
    const { delivery, timer, now } = this.#options;
    await Promise.all(
      changes.map(async (change) => {
        if (change.of === "promise" && makesPending(change)) {
          const awaiter = awaiters.get(change.id);
          if (change.change.kind === "update" && change.change.set?.retryAt !== undefined) {
            timer.arm(change.change.set.retryAt);
          }
          if (awaiter !== undefined && isOfferedAtOnce({ ...awaiter, taskState: "pending" }, now())) {
            await delivery.offer(awaiter, cost);
          }
        }
        if (change.of === "message" && change.change.kind === "put") {
          await delivery.send(change.change.image, cost);
        }
      }),
    );
  }
}

/** Does at once what follows from a write, beside the request that made it. */
export interface FollowUps extends Feed {
  /** Resolves when nothing more follows from what has been written. */
  idle(): Promise<void>;
}

export interface FollowUpOptions extends AdvanceOptions {
  readonly onFailure: (error: unknown) => void;
  /** Told of a task that has been taken, and by whom. */
  readonly onTaken: Feed["taken"];
  readonly onHeard: Feed["heardFrom"];
}

export function followUps(
  work: Advancer,
  { delivery, timer, now, onFailure, onTaken, onHeard }: FollowUpOptions,
): FollowUps {
  const underWay = new Set<Promise<unknown>>();
  const follow = (doing: Promise<unknown>) => {
    const done = doing.catch(onFailure).finally(() => underWay.delete(done));
    underWay.add(done);
  };
  return {
    written(image, isOffer) {
      const moment = now();
      if (isOffer && isOfferedAtOnce(image, moment)) {
        follow(delivery.offer(image, { roundTrips: 0 }));
      }
      if (image.dueAt !== undefined) {
        // What is settled and has waiters is due since it was: its clock may be a test's own.
        image.state !== "pending" || image.dueAt <= moment
          ? follow(work.promise(image, { roundTrips: 0 }))
          : timer.arm(image.dueAt);
      }
    },
    arm: (at) => timer.arm(at),
    taken: onTaken,
    heardFrom: onHeard,
    async idle() {
      while (underWay.size > 0) {
        await Promise.all(underWay);
      }
    },
  };
}
