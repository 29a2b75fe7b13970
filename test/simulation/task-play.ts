/**
 * Plays a sequence of steps at stores of several kinds and in the naive model, and compares.
 *
 * @module
 */

import { expect } from "vitest";
import type { PromiseImage } from "#lib/core/index.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { Store } from "#lib/ports/store.ts";
import { sqliteStore } from "#lib/store/sqlite/store.ts";
import { noFeed } from "../support/door.ts";
import type { OpenStore } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";
import { type Ask, asking } from "./asking.ts";
import { bothJudges, type Judges, Time } from "./play.ts";
import { readStored, watched } from "./stored.ts";
import type { Answer, Request } from "./task-asked.ts";
import { delayOf, isTimer, sweep, taskRetryMs, timedOut, toRecord, type World } from "./task-model.ts";
import { request } from "./task-requests.ts";
import { shape, unordered, worldOf } from "./task-shape.ts";
import { beginning, crowd, ids, inForce, type TaskStep } from "./task-steps.ts";
import { type Works, worksOver } from "./works.ts";

export interface TaskCase {
  readonly steps: readonly TaskStep[];
  /** Whether all that follows from a step is done before the next one; otherwise sweeps do it, whenever they come. */
  readonly isPrompt: boolean;
}

/** One store with its service, and two processes that do what is due. */
export interface Stage {
  readonly store: Store;
  readonly ask: Ask;
  readonly works: readonly [Works, Works];
  /** Lets what follows from the writes so far be done. */
  follow(): Promise<void>;
  readonly broken: readonly string[];
  readonly close: () => void;
}

export type OpenStage = (time: Time, isPrompt: boolean) => Promise<Stage>;

/** SQLite, with every single write looked at; damaged, if a bug is to be planted. */
export const watchedSqlite =
  (damage = (store: Store): Store => store): OpenStage =>
  async (time, isPrompt) => {
    const store = sqliteStore(":memory:");
    const watch = watched(damage(store), store, () => time.clock);
    return {
      ...stage(watch.asked, watch.background, time, isPrompt),
      broken: watch.broken,
      close: () => store.close(),
    };
  };

export const stageOver =
  (open: OpenStore): OpenStage =>
  async (time, isPrompt) => {
    const { store, close } = await open();
    return { ...stage(store, store, time, isPrompt), broken: [], close };
  };

function stage(store: Store, background: Store, time: Time, isPrompt: boolean): Omit<Stage, "broken" | "close"> {
  const now = () => time.clock.now;
  const works: [Works, Works] = [
    worksOver(background, now, { retryMs: taskRetryMs }),
    worksOver(background, now, { retryMs: taskRetryMs }),
  ];
  const told: Parameters<Feed["written"]>[] = [];
  // What follows begins when the request has been answered: beside it, there would be more than one right answer.
  const feed: Feed = isPrompt ? { ...noFeed, written: (...what) => told.push(what) } : noFeed;
  return {
    store,
    works,
    ask: asking({ store, feed, retryMs: taskRetryMs, known: noSubscriptions }),
    async follow() {
      for (const what of told.splice(0)) {
        works[0].feed.written(...what);
      }
      await works[0].feed.idle();
    },
  };
}

export async function playTasks(
  { steps, isPrompt }: TaskCase,
  opens: readonly OpenStage[],
  judges = bothJudges,
): Promise<void> {
  const time = new Time(beginning);
  const stages = await Promise.all(opens.map((open) => open(time, isPrompt)));
  const run = new Run(stages, time, isPrompt, judges);
  try {
    for (const step of steps) {
      await run.play(step);
    }
    await run.rest();
  } finally {
    for (const { close } of stages) {
      close();
    }
  }
}

class Run {
  readonly #stages: readonly Stage[];
  readonly #time: Time;
  readonly #isPrompt: boolean;
  readonly #judges: Judges;
  #world: World = {};

  constructor(stages: readonly Stage[], time: Time, isPrompt: boolean, judges: Judges) {
    this.#judges = judges;
    this.#stages = stages;
    this.#time = time;
    this.#isPrompt = isPrompt;
  }

  async play(step: TaskStep): Promise<void> {
    switch (step.kind) {
      case "ask":
        await this.#ask(inForce(step.asked, this.#world));
        break;
      case "crowd":
        for (const address of crowd) {
          await this.#ask({ kind: "listener", awaited: step.awaited, address });
        }
        break;
      case "wait":
        this.#time.pass(step.ms);
        await (this.#isPrompt && this.#sweep("one", []));
        break;
      case "sweep":
        await this.#sweep(step.by, []);
    }
    await this.#look();
  }

  async #ask(asked: Request): Promise<void> {
    const { now } = this.#time.clock;
    const expected = request(this.#world, asked, now);
    this.#world = expected.world;
    const answers: (Answer | undefined)[] = [];
    for (const { ask, follow } of this.#stages) {
      answers.push(await ask(asked, now));
      await follow();
    }
    if (this.#judges.model) {
      expect(answers).toEqual(this.#stages.map(() => expected.answer));
    }
    await (this.#isPrompt && this.#sweep("one", expected.offers));
  }

  /** What is due is done, and what is sent on the way is what has to be, and no more. */
  async #sweep(by: "one" | "one, twice" | "two", before: readonly string[]): Promise<void> {
    const { world, offers } = sweep(this.#world, this.#time.clock.now);
    const told = Object.values(this.#world).flatMap(({ id, listeners }) =>
      listeners.filter((each) => !world[id]?.listeners.includes(each)).map((address) => `${id} ${address}`),
    );
    this.#world = world;
    for (const { works } of this.#stages) {
      const [one, two] = works;
      const swept = [await Promise.all(by === "two" ? [one.sweep(), two.sweep()] : [one.sweep()])];
      if (by === "one, twice") {
        swept.push([await one.sweep()]);
      }
      expect(swept.flat().flatMap(({ failures }) => failures)).toEqual([]);
      const sent = works.flatMap((each) => each.sent.splice(0)).map(({ message }) => message);
      if (!this.#judges.model) {
        continue;
      }
      const executes = sent.flatMap((each) => (each.kind === "execute" ? [`${each.id}@${each.version}`] : []));
      expect([...new Set(executes)].sort()).toEqual([...new Set([...before, ...offers])].sort());
      const news = sent.flatMap((each) => (each.kind === "unblock" ? [each] : []));
      expect(news.map(({ promise, address }) => `${promise.id} ${address}`).sort()).toEqual(told.sort());
      expect(news.map(({ promise }) => shape(promise))).toEqual(
        news.map(({ promise }) => shape(world[promise.id] && toRecord(world[promise.id] as World[string]))),
      );
    }
  }

  /** What is stored is what the model holds; each write on the way has kept the invariants. */
  async #look(): Promise<void> {
    const { now } = this.#time.clock;
    const kept = Object.fromEntries(Object.values(this.#world).map((each) => [each.id, timedOut(each, now)]));
    for (const { store, broken, works } of this.#stages) {
      if (this.#judges.invariants) {
        expect(broken, broken.join("\n")).toEqual([]);
      }
      if (!this.#judges.model) {
        continue;
      }
      expect(works.flatMap(({ failures }) => failures)).toEqual([]);
      expect(worldOf(await readStored(store, ids), now)).toEqual(unordered(kept));
    }
  }

  /** When nobody asks for anything any more, all who waited have been told, and all that is to be run is offered. */
  async rest(): Promise<void> {
    if (!this.#judges.model) {
      return;
    }
    await this.#sweep("one", []);
    const { now } = this.#time.clock;
    const waiting = await Promise.all(
      this.#stages.map(async ({ store }) => {
        const { images } = await readStored(store, ids);
        return [...images.values()].filter((image) => isToBeOffered(image, now));
      }),
    );
    this.#time.pass(taskRetryMs);
    for (const [at, { store, works }] of this.#stages.entries()) {
      await works[1].sweep();
      const offered = works.flatMap(({ sent }) => sent.splice(0)).map(({ message }) => message);
      const { images, callbacks, listeners } = await readStored(store, ids);
      for (const { id, state, taskVersion: version } of images.values()) {
        const wasWaiting = waiting[at]?.some((image) => image.id === id);
        if (state !== "pending") {
          expect([callbacks.get(id), listeners.get(id)]).toEqual([[], []]);
          expect(await store.members("waiter", id, 1, { roundTrips: 0 })).toEqual([]);
        } else if (wasWaiting) {
          expect(offered).toContainEqual(expect.objectContaining({ kind: "execute", id, version }));
        }
      }
    }
  }
}

const isToBeOffered = (image: PromiseImage, now: number): boolean =>
  image.taskState === "pending" && image.timeoutAt > now && !isTimer(image) && delayOf(image) <= now;
