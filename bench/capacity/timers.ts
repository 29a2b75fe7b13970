/**
 * A minute in which a million timers fall due, event by event: the sweep that is deployed, over a due index, a queue and
 * runs of functions that take the time and have the limits that AWS's have.
 *
 * @module
 */

import type { DueEntry, Store } from "#lib/ports/store.ts";
import { aheadMs } from "#lib/service/stream.ts";
import { sweep } from "#lib/service/sweep.ts";
import { shardOf } from "#lib/store/dynamodb/layout.ts";
import { cpuMs, deployed, documented, latencyMs } from "./limits.ts";
import { VirtualTime } from "./virtual-time.ts";

export interface Turned {
  readonly timers: number;
  /** Milliseconds over which they fall due, evenly. */
  readonly withinMs: number;
  readonly dueShards: number;
  /** Memory of the functions, in MB: a share of a processor comes with it. */
  readonly sweepMb: number;
  readonly advanceMb: number;
  /** Write units a second that the due index takes in all, as busy as it has been before. */
  readonly warmWrites: number;
  /** Runs at once that are left for the advance function. */
  readonly runsMax: number;
}

export interface Lateness {
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly lastMs: number;
  /** The means that make up how late a timer is: handed to the queue late; waiting there; being worked off. */
  readonly parts: { readonly handed: number; readonly queued: number; readonly worked: number };
  readonly runsAtOnce: number;
  readonly messages: number;
  /** Timers that were put into the queue, those more than once counted as often. */
  readonly handedOn: number;
  /** Settlements that found no capacity, and were left to another run. */
  readonly refused: number;
}

interface Timer extends DueEntry {
  readonly shard: number;
  doneAt?: number;
  handedAt?: number;
  begunAt?: number;
}

interface Message {
  readonly timers: readonly Timer[];
  visibleAt: number;
  received: number;
}

const minuteMs = 60_000;

export async function timersInAMinute(turned: Turned): Promise<Lateness> {
  return new Simulation(turned).run();
}

class Simulation {
  /** The first timers fall due at 0, in the middle between two sweeps. */
  readonly #time = new VirtualTime(-2 * minuteMs);
  readonly #turned: Turned;
  readonly #shards: Timer[][];
  readonly #timers: Timer[] = [];
  readonly #ready: Message[] = [];
  readonly #index: WriteLimit;
  #left: number;
  #runs = 0;
  #warmRuns = 0;
  #runsAtOnce = 0;
  #busySince: number | undefined;
  /** Where the messages of the queue begin that nobody has taken. */
  #readFrom = 0;
  #isToLookAgain = false;
  #messages = 0;
  #handedOn = 0;
  #refused = 0;

  constructor(turned: Turned) {
    const { timers, withinMs, dueShards } = turned;
    this.#turned = turned;
    this.#left = timers;
    this.#index = new WriteLimit(dueShards, turned.warmWrites);
    this.#shards = Array.from({ length: dueShards }, () => []);
    for (let number = 0; number < timers; number++) {
      const id = `timer/${number}`;
      const shard = shardOf(id, dueShards);
      const timer: Timer = { of: "promise", id, shard, dueAt: Math.floor((number * withinMs) / timers) };
      this.#timers.push(timer);
      this.#shards[shard]?.push(timer);
    }
  }

  async run(): Promise<Lateness> {
    for (let at = -2 * minuteMs + sweepOffsetMs; this.#left > 0; at += minuteMs) {
      await this.#time.run(at);
      void this.#sweep();
      await this.#time.run(at + minuteMs - 1);
    }
    return this.#lateness();
  }

  /** One run of the sweep function. */
  async #sweep(): Promise<void> {
    const time = this.#time;
    const began = time.now;
    const processor = new Processor(time, this.#turned.sweepMb);
    const store = {
      dueShards: this.#turned.dueShards,
      due: (shard: number, until: number) => this.#due(processor, shard, until),
      async read(ids: readonly string[]) {
        await processor.spend(ids.length * cpuMs.look);
        await time.sleep(latencyMs.read);
        return ids.map((id) => ({ id }));
      },
    } as unknown as Store;
    const advancer = {
      promise: async ({ id }: { readonly id: string }) => {
        const timer = this.#timers[Number(id.slice("timer/".length))] as Timer;
        await processor.spend(cpuMs.settle);
        return this.#settle(timer).isDone ? 1 : 0;
      },
      thing: async () => 0,
      claim: async () => 0,
    };
    const delays = {
      put: async (entries: readonly DueEntry[]) => {
        await processor.spend(entries.length * cpuMs.handOn);
        await time.sleep(latencyMs.send);
        this.#put(entries as readonly Timer[]);
      },
    };
    await sweep(
      {
        store,
        advancer,
        delays,
        timer: { arm: () => {} },
        now: () => time.now,
        lookAheadMs: aheadMs,
        isTimeUp: () => time.now - began > deployed.sweepMs,
      },
      { roundTrips: 0 },
    );
  }

  /** What is not done of a shard, page by page. */
  async *#due(processor: Processor, shard: number, until: number): AsyncGenerator<readonly DueEntry[]> {
    const timers = this.#shards[shard] ?? [];
    let at = 0;
    while (at < timers.length) {
      const page: Timer[] = [];
      for (; at < timers.length && page.length < deployed.page; at++) {
        const timer = timers[at] as Timer;
        if (timer.dueAt > until) {
          at = timers.length;
        } else if (!(timer.doneAt !== undefined && timer.doneAt <= this.#time.now)) {
          page.push(timer);
        }
      }
      await processor.spend(deployed.page * cpuMs.list);
      await this.#time.sleep(latencyMs.read);
      yield page;
    }
  }

  #put(timers: readonly Timer[]): void {
    const now = this.#time.now;
    this.#handedOn += timers.length;
    let pack: Timer[] = [];
    let second = -1;
    const send = () => {
      if (pack.length > 0) {
        const message = { timers: pack, visibleAt: now + second * 1_000, received: 0 };
        this.#messages += 1;
        this.#time.at(message.visibleAt, () => this.#appear(message));
      }
    };
    for (const timer of timers) {
      timer.handedAt ??= now;
      const seconds = Math.max(0, Math.ceil((timer.dueAt - now) / 1_000));
      if (seconds !== second || pack.length === deployed.pack) {
        send();
        pack = [];
        second = seconds;
      }
      pack.push(timer);
    }
    send();
  }

  #appear(message: Message): void {
    this.#ready.push(message);
    this.#start();
  }

  /** Begins as many runs as there is work for, and as the event source has grown to by now. */
  #start(): void {
    if (this.#ready.length > this.#readFrom) {
      this.#busySince ??= this.#time.now;
    }
    while (this.#ready.length > this.#readFrom && this.#runs < this.#runsAllowed()) {
      this.#runs += 1;
      this.#runsAtOnce = Math.max(this.#runsAtOnce, this.#runs);
      const batch = this.#ready.slice(this.#readFrom, this.#readFrom + deployed.queueBatch);
      this.#readFrom += batch.length;
      if (this.#readFrom > 10_000) {
        this.#ready.splice(0, this.#readFrom);
        this.#readFrom = 0;
      }
      void this.#advance(batch).then(() => {
        this.#runs -= 1;
        this.#start();
      });
    }
    if (this.#ready.length > this.#readFrom && !this.#isToLookAgain) {
      // More may run a moment later.
      this.#isToLookAgain = true;
      this.#time.at(this.#time.now + 200, () => {
        this.#isToLookAgain = false;
        this.#start();
      });
    }
  }

  #runsAllowed(): number {
    const busyMs = this.#time.now - (this.#busySince ?? this.#time.now);
    return Math.min(
      documented.runsAtFirst.value + Math.floor((busyMs / minuteMs) * documented.runsMoreAMinute.value),
      this.#turned.runsMax,
    );
  }

  /** One run of the advance function, over a batch of messages. */
  async #advance(batch: readonly Message[]): Promise<void> {
    const time = this.#time;
    const began = time.now;
    const isCold = this.#runs > this.#warmRuns;
    this.#warmRuns = Math.max(this.#warmRuns, this.#runs);
    await time.sleep(latencyMs.invoke + (isCold ? latencyMs.coldStart : 0));
    const processor = new Processor(time, this.#turned.advanceMb);
    let endsAt = time.now;
    for (const message of batch) {
      const left = message.timers.filter(({ doneAt }) => doneAt === undefined);
      for (const timer of left) {
        timer.begunAt ??= began;
      }
      await processor.spend(message.timers.length * cpuMs.look + left.length * cpuMs.settle);
      const settled = left.filter(({ doneAt }) => doneAt === undefined).map((timer) => this.#settle(timer));
      endsAt = Math.max(endsAt, ...settled.map((each) => each.at));
      message.received += 1;
      if (settled.some(({ isDone }) => !isDone) && message.received < deployed.receivesMax) {
        time.at(time.now + deployed.visibilityMs, () => this.#appear(message));
      }
    }
    await time.sleep(endsAt - time.now);
  }

  /** One settlement: the write, and the row that leaves the index, where there is room for it before the client gives up. */
  #settle(timer: Timer): { readonly isDone: boolean; readonly at: number } {
    const { now } = this.#time;
    const waitMs = timer.doneAt === undefined ? this.#index.wait(timer.shard, now) : 0;
    if (waitMs === undefined) {
      this.#refused += 1;
      return { isDone: false, at: now + latencyMs.patience };
    }
    if (timer.doneAt === undefined) {
      timer.doneAt = now + waitMs + latencyMs.write;
      this.#left -= 1;
    }
    return { isDone: true, at: timer.doneAt };
  }

  #lateness(): Lateness {
    const late = Float64Array.from(this.#timers, ({ doneAt = Number.NaN, dueAt }) => doneAt - dueAt).sort();
    const meanOf = (part: (timer: Timer) => number): number =>
      this.#timers.reduce((sum, timer) => sum + part(timer), 0) / this.#timers.length;
    // What a sweep has done by itself was handed to nobody, and is late by having been found.
    const handedAt = ({ handedAt, begunAt, doneAt = 0 }: Timer) =>
      begunAt === undefined ? doneAt : (handedAt ?? doneAt);
    const begunAt = ({ begunAt, doneAt = 0 }: Timer) => begunAt ?? doneAt;
    return {
      medianMs: late[late.length >> 1] as number,
      p99Ms: late[Math.floor(late.length * 0.99)] as number,
      lastMs: late.at(-1) as number,
      parts: {
        handed: meanOf((timer) => Math.max(0, handedAt(timer) - timer.dueAt)),
        queued: meanOf((timer) => Math.max(0, begunAt(timer) - Math.max(timer.dueAt, handedAt(timer)))),
        worked: meanOf((timer) => (timer.doneAt ?? 0) - Math.max(timer.dueAt, begunAt(timer))),
      },
      runsAtOnce: this.#runsAtOnce,
      messages: this.#messages,
      handedOn: this.#handedOn,
      refused: this.#refused,
    };
  }
}

/** The minute of the timers and that of the rule have nothing to do with each other. */
const sweepOffsetMs = minuteMs / 2;

/** The processor of one run, which does one thing after the other. */
class Processor {
  readonly #time: VirtualTime;
  readonly #share: number;
  #freeAt = Number.NEGATIVE_INFINITY;

  constructor(time: VirtualTime, mb: number) {
    this.#time = time;
    // A second processor is of no use to one thread.
    this.#share = Math.min(1, mb / documented.mbOfAProcessor.value);
  }

  spend(ms: number): Promise<void> {
    this.#freeAt = Math.max(this.#freeAt, this.#time.now) + ms / this.#share;
    return this.#time.sleep(this.#freeAt - this.#time.now);
  }
}

/** Writes that a partition of the index, and the index in all, takes. */
class WriteLimit {
  readonly #freeAt: number[];
  readonly #warmWrites: number;
  #allFreeAt = Number.NEGATIVE_INFINITY;

  constructor(shards: number, warmWrites: number) {
    this.#freeAt = Array.from({ length: shards }, () => Number.NEGATIVE_INFINITY);
    this.#warmWrites = warmWrites;
  }

  /** Milliseconds until the write is taken; undefined: longer than the client repeats it. */
  wait(shard: number, now: number): number | undefined {
    const at = Math.max(now, this.#freeAt[shard] ?? now, this.#allFreeAt);
    if (at - now > latencyMs.patience) {
      return undefined;
    }
    this.#freeAt[shard] = at + 1_000 / documented.partitionWrites.value;
    this.#allFreeAt = Math.max(this.#allFreeAt, now) + 1_000 / this.#warmWrites;
    return at - now;
  }
}
