import type { EpochMs } from "#lib/core/index.ts";
import type { Metrics } from "#lib/ports/metrics.ts";
import type { Delays } from "#lib/ports/outbox.ts";
import type { Cost, DueEntry, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import type { Advancer } from "./advance.ts";
import { inChunks } from "./in-chunks.ts";
import { measureLate } from "./measure.ts";

export interface SweepOptions {
  readonly store: Store;
  readonly advancer: Advancer;
  /** Told of the first thing in each shard that is not due yet. */
  readonly timer: Timer;
  /**
   * Told of everything that is not due yet, as far ahead as is looked; and of what is due past a first batch of each shard,
   * since many do in a moment what one would do for minutes. Absent: everything that is due is done here.
   */
  readonly delays?: Delays;
  readonly now: () => EpochMs;
  /** How far past now to look for the timer's sake. */
  readonly lookAheadMs: number;
  readonly metrics?: Metrics;
  /** Asked between batches: when it says so, the sweep ends, and the next one goes on where it left off. */
  readonly isTimeUp: () => boolean;
}

/** Things of one shard under way at once: all shards' together have a connection each. */
const atOnceMax = 25;

export interface Swept {
  /** Index entries looked at that were due. */
  readonly looked: number;
  /** Changes written. */
  readonly changed: number;
  /** What kept a change from being written; the next sweep tries it again. */
  readonly failures: readonly unknown[];
  /** Whether everything due was looked at. */
  readonly isDone: boolean;
}

/**
 * Does whatever is due, in bounded batches, all shards at once. What is done leaves the due index, so a sweep that was
 * cut off is resumed by the next; what two sweeps do at once is done by one of them, since each change guards itself.
 * One thing that cannot be written holds up no other.
 */
export async function sweep(options: SweepOptions, cost: Cost): Promise<Swept> {
  const began = options.now();
  const shards = Array.from({ length: options.store.dueShards }, (_, shard) =>
    sweepShard(options, shard, cost).catch((failure: unknown) => ({ ...nothing, failures: [failure], isDone: false })),
  );
  const { oldestDueAt = began, ...swept } = (await Promise.all(shards)).reduce(sum, nothing);
  options.metrics?.record("oldestDueSeconds", Math.max(0, began - oldestDueAt) / 1_000);
  return swept;
}

/** Of one shard, and when the oldest thing was due that was found there. */
interface Looked extends Swept {
  readonly oldestDueAt?: EpochMs;
}

const nothing: Looked = { looked: 0, changed: 0, failures: [], isDone: true };

const sum = (a: Looked, b: Looked): Looked => ({
  looked: a.looked + b.looked,
  changed: a.changed + b.changed,
  failures: [...a.failures, ...b.failures],
  isDone: a.isDone && b.isDone,
  ...earliest(a.oldestDueAt, b.oldestDueAt),
});

const earliest = (...moments: readonly (EpochMs | undefined)[]): Pick<Looked, "oldestDueAt"> => {
  const oldestDueAt = Math.min(...moments.filter((moment) => moment !== undefined));
  return oldestDueAt === Number.POSITIVE_INFINITY ? {} : { oldestDueAt };
};

async function sweepShard(options: SweepOptions, shard: number, cost: Cost): Promise<Looked> {
  const { store, timer, delays, now, lookAheadMs, isTimeUp } = options;
  let swept: Looked = nothing;
  let isHere = true;
  for await (const entries of store.due(shard, now() + lookAheadMs, cost)) {
    const moment = now();
    const due = entries.filter(({ dueAt }) => dueAt <= moment);
    const here = isHere ? due : [];
    const done = await workOff(options, here, cost);
    swept = { ...sum(swept, { ...done, looked: due.length }), ...earliest(swept.oldestDueAt, due[0]?.dueAt) };
    for (const { dueAt } of options.metrics === undefined ? [] : here) {
      measureLate(options.metrics as Metrics, dueAt, now());
    }
    const first = entries[due.length];
    if (first !== undefined) {
      timer.arm(first.dueAt);
    }
    if (delays !== undefined) {
      await delays.put(entries.slice(here.length));
      isHere = false;
    } else if (first !== undefined) {
      return swept;
    }
    if (isTimeUp()) {
      return { ...swept, isDone: false };
    }
  }
  return swept;
}

/** Does what is due on these. One that fails holds up no other. */
export async function workOff(
  { store, advancer }: Pick<SweepOptions, "store" | "advancer">,
  due: readonly DueEntry[],
  cost: Cost,
): Promise<Swept> {
  const promises = due.filter(({ of }) => of === "promise");
  const read = await readEach(
    store,
    promises.map(({ id }) => id),
    cost,
  );
  const work = [
    ...read.images.map((image) => () => advancer.promise(image, cost)),
    ...due.filter(({ of }) => of !== "promise").map((entry) => () => advancer.thing(entry, cost)),
  ];
  let swept: Swept = { looked: due.length, changed: 0, failures: read.failures, isDone: true };
  for await (const chunk of inChunks(work, atOnceMax)) {
    const ended = await Promise.allSettled(chunk.map((begin) => begin()));
    const changed = ended.reduce((count, each) => count + (each.status === "fulfilled" ? each.value : 0), 0);
    swept = sum(swept, { ...nothing, changed, failures: failuresOf(ended) });
  }
  return swept;
}

/** What can be read of a batch: one item that cannot be must not keep the others from being looked at. */
async function readEach(store: Store, ids: readonly string[], cost: Cost) {
  if (ids.length === 0) {
    return { images: [], failures: [] };
  }
  try {
    return { images: await store.read(ids, cost), failures: [] };
  } catch {
    const reads = await Promise.allSettled(ids.map((id) => store.get(id, cost)));
    const images = reads.flatMap((read) => (read.status === "fulfilled" && read.value ? [read.value] : []));
    return { images, failures: failuresOf(reads) };
  }
}

const failuresOf = (ended: readonly PromiseSettledResult<unknown>[]): unknown[] =>
  ended.flatMap((each) => (each.status === "rejected" ? [each.reason as unknown] : []));
