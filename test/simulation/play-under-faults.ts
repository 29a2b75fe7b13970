/**
 * Plays a sequence of steps over a DynamoDB that fails and lags, and compares with the model, which does neither.
 *
 * @module
 */

import fc from "fast-check";
import { expect } from "vitest";
import type { Store } from "#lib/ports/store.ts";
import { type Door, openDoor, type Reply } from "../support/door.ts";
import { type Fault, type FaultyDynamo, openFaultyDynamo } from "../support/faulty-dynamo.ts";
import { type Images, violations } from "./invariants.ts";
import { type CompleteStep, type CreateStep, Model, type ReadStep } from "./model.ts";
import { imagesIn, searchThrough, shownOf, sweepAt, Time, told, toTold } from "./play.ts";
import { ask, type Step, step } from "./steps.ts";

export interface Troubled {
  readonly step: Step;
  /** What befalls the attempts at the step's requests, in turn. */
  readonly faults: readonly Fault[];
}

export interface Case {
  readonly steps: readonly Troubled[];
  /** How long the indexes take to see a write, in turn. */
  readonly lagsMs: readonly number[];
}

/** What may befall a single write or read. */
export const troubles = ["throttled", "throughputExceeded", "conflict", "answerLost"] as const satisfies Fault[];

const fault = fc.constantFrom<Fault>("none", ...troubles, "answerLost");

/** More faults in a row than there are attempts, now and then. */
export const cases: fc.Arbitrary<Case> = fc.record({
  steps: fc.array(fc.record({ step, faults: fc.array(fault, { maxLength: 7, size: "max" }) }), {
    minLength: 1,
    maxLength: 20,
    size: "max",
  }),
  lagsMs: fc.array(fc.constantFrom(0, 400, 1_500, 4_000), { minLength: 1, maxLength: 5 }),
});

/** Repetitions by the client of the door; the faults have ended before. */
const repeatsMax = 10;

/** What was gone through, to know that the faults were there. */
export interface Suffered {
  /** Requests that were answered 503. */
  gaveUp: number;
  /** Of these, those that had taken effect all the same. */
  tookEffect: number;
  faults: Partial<Record<Fault, number>>;
}

export async function playUnderFaults(
  { steps, lagsMs }: Case,
  suffered: Suffered,
  wrap = (store: Store) => store,
): Promise<void> {
  const time = new Time();
  const dynamo = await openFaultyDynamo(() => time.clock.latest);
  const door = await openDoor(async () => ({ ...dynamo, store: wrap(dynamo.store) }));
  const run = new Run(door, dynamo, time, suffered);
  try {
    for (const { step, faults } of steps) {
      await dynamo.catchUp(({ number, at }) => at + (lagsMs[number % lagsMs.length] as number) <= time.clock.latest);
      dynamo.faults.next = [...faults];
      await run.play(step);
    }
    await dynamo.catchUp(() => true);
    await run.play({ kind: "search", pattern: "*", state: undefined, tags: {}, limit: 2 });
    await run.play({ kind: "sweep" });
  } finally {
    dynamo.close();
    for (const [fault, count] of Object.entries(dynamo.faults.suffered)) {
      suffered.faults[fault as Fault] = (suffered.faults[fault as Fault] ?? 0) + count;
    }
  }
}

class Run {
  readonly #door: Door;
  readonly #dynamo: FaultyDynamo;
  readonly #time: Time;
  readonly #suffered: Suffered;
  readonly #model = new Model();
  #before: Images = new Map();

  constructor(door: Door, dynamo: FaultyDynamo, time: Time, suffered: Suffered) {
    this.#door = door;
    this.#dynamo = dynamo;
    this.#time = time;
    this.#suffered = suffered;
  }

  async play(step: Step): Promise<void> {
    this.#door.clock.now = this.#time.clock.now;
    switch (step.kind) {
      case "wait":
        return this.#time.pass(step.ms);
      case "search":
        await this.#search(step);
        break;
      case "sweep":
        await this.#sweep();
        break;
      default:
        expect(told(await this.#ask(step))).toEqual(toTold(this.#model.ask(step, this.#time.clock.now)));
    }
    await this.#look();
  }

  /** Asks until there is an answer. A request that nobody answered has taken effect, or has not: the store tells. */
  async #ask(step: CreateStep | CompleteStep | ReadStep): Promise<Reply> {
    return this.#repeat(
      () => ask(this.#door, step),
      async () => {
        const before = this.#before;
        const after = await this.#read();
        if (JSON.stringify([...before]) !== JSON.stringify([...after])) {
          this.#suffered.tookEffect += 1;
          this.#model.ask(step, this.#time.clock.now);
          await this.#look();
        }
      },
    );
  }

  /** What the index has seen is found, as it is now, however long ago the index saw it; one id alone needs no index. */
  async #search(step: Extract<Step, { kind: "search" }>): Promise<void> {
    const rows = await searchThrough(this.#door, step, (asking) => this.#repeat(asking));
    const expected = this.#model.search(step, this.#time.clock.now);
    expect(rows).toEqual(expected.filter(({ id }) => id === step.pattern || this.#dynamo.isIndexed(id)));
  }

  /** What the index has seen and is due is settled, once the sweep has got through. */
  async #sweep(): Promise<void> {
    for (let sweeps = 1; (await sweepAt(this.#door)).failures.length > 0; sweeps++) {
      expect(sweeps).toBeLessThan(repeatsMax);
    }
    this.#model.sweep(this.#time.clock.now, (id) => this.#dynamo.isIndexed(id));
  }

  async #repeat(asking: () => Promise<Reply>, meanwhile = async () => {}): Promise<Reply> {
    for (let repeats = 0; repeats <= repeatsMax; repeats++) {
      const reply = await asking();
      if (reply.status !== 503) {
        return reply;
      }
      expect(reply.headers.get("retry-after")).toBe("1");
      this.#suffered.gaveUp += 1;
      await meanwhile();
    }
    throw new Error("the faults should have ended");
  }

  /** What is stored now is the model's, and follows from what was stored before. */
  async #look(): Promise<void> {
    const after = await this.#read();
    expect(shownOf(after)).toEqual(this.#model.kept);
    expect(violations(this.#before, after, this.#time.clock)).toEqual([]);
    this.#before = after;
  }

  /** Reads what is stored; the faults wait meanwhile. */
  async #read(): Promise<Images> {
    const { faults, store } = this.#dynamo;
    const waiting = faults.next.splice(0);
    const images = await imagesIn(store);
    faults.next = waiting;
    return images;
  }
}
