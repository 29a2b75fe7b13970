import {
  discharge,
  dischargeMore,
  type EpochMs,
  type GuardedChange,
  isLeftDue,
  isOfferedAtOnce,
  makesPending,
  type PromiseImage,
  settledAlone,
  type Waiter,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import type { Delivery } from "./deliver.ts";
import { itemSizeOf, transactionBytesMax } from "./sizes.ts";

export interface WakeOptions {
  readonly store: Store;
  readonly delivery: Delivery;
  readonly timer: Timer;
  readonly now: () => EpochMs;
  readonly retryMs: number;
  /** Whether somebody reads the store's changes, and offers each task that becomes pending. */
  readonly isStreamed?: boolean;
  /** Told of a composite that its member's end has made due. */
  readonly onDue: (composite: PromiseImage, cost: Cost) => Promise<void>;
}

/** The first waiters, as many as one transaction surely holds. */
function fitting(found: readonly Waiter[], awaiters: ReadonlyMap<string, PromiseImage>): readonly Waiter[] {
  let bytes = 0;
  const end = found.findIndex(({ waiter }, index) => {
    bytes += itemSizeOf(awaiters.get(waiter));
    return index > 0 && bytes > transactionBytesMax;
  });
  return end < 0 ? found : found.slice(0, end);
}

/** Whether the write tells a composite of an end that decides it. */
const decides = ({ change }: GuardedChange): boolean =>
  change.kind === "update" && change.include?.outcomes !== undefined && change.set?.dueAt !== undefined;

/** Waiters woken or told in one transaction, each of them two changes. */
const waitersAtOnceMax = 45;

/** Wakes those who await a settled promise, and tells those who listen. */
export class Wake {
  readonly #options: WakeOptions;

  constructor(options: WakeOptions) {
    this.#options = options;
  }

  /** Those who stand in the promise itself; the promise without them. */
  async discharge(settled: PromiseImage, cost: Cost): Promise<PromiseImage | undefined> {
    const { store, now, retryMs } = this.#options;
    const { callbacks = [], listeners = [], ...left } = settled;
    const awaiters = await this.#read(callbacks, cost);
    const changes = discharge(settled, { awaiters, now: now(), retryMs });
    const outcome = await store.transact(changes, cost);
    if (!outcome.won) {
      return outcome.refusals[0] === undefined ? settled : (outcome.refusals[0].image as PromiseImage | undefined);
    }
    await this.#follow(changes, awaiters, cost);
    const { dueAt: _, ...rest } = left;
    return isLeftDue(left) ? left : rest;
  }

  /** Some of those who have no room in it. */
  async dischargeMore(settled: PromiseImage, cost: Cost): Promise<PromiseImage | undefined> {
    const { store, now, retryMs } = this.#options;
    const found: readonly Waiter[] = await store.members("waiter", settled.id, waitersAtOnceMax, cost);
    if (found.length === 0) {
      return (await store.attempt(settledAlone(settled), cost)).image;
    }
    const callbacks = found.flatMap(({ role, waiter }) => (role === "callback" ? [waiter] : []));
    const awaiters = await this.#read(callbacks, cost);
    const waiters = fitting(found, awaiters);
    const changes = dischargeMore(settled, waiters, { awaiters, now: now(), retryMs });
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
    const { store, delivery, timer, now, isStreamed, onDue } = this.#options;
    await Promise.all(
      changes.map(async (change) => {
        if (change.of === "promise" && makesPending(change)) {
          const awaiter = awaiters.get(change.id);
          if (change.change.kind === "update" && change.change.set?.retryAt !== undefined) {
            timer.arm(change.change.set.retryAt);
          }
          if (!isStreamed && awaiter !== undefined && isOfferedAtOnce({ ...awaiter, taskState: "pending" }, now())) {
            await delivery.offer(awaiter, cost);
          }
        }
        if (change.of === "promise" && decides(change)) {
          const composite = await store.get(change.id, cost);
          await (composite && onDue(composite, cost));
        }
        if (change.of === "message" && change.change.kind === "put") {
          await delivery.send(change.change.image, cost);
        }
      }),
    );
  }
}
