/**
 * Plays a sequence of steps at every door and in the model, and compares.
 *
 * @module
 */

import { expect } from "vitest";
import type { PromiseImage } from "#lib/core/index.ts";
import type { Swept } from "#lib/service/sweep.ts";
import { type Door, openDoor, type Reply } from "../support/door.ts";
import type { OpenStore } from "../support/stores.ts";
import { type Clock, type Images, violations } from "./invariants.ts";
import { type Answer, Model, type SearchStep, type Shown } from "./model.ts";
import { ask, beginning, cursorPath, everyId, type Step, searchPath } from "./steps.ts";
import { worksOver } from "./works.ts";

/** What a run is judged by. A planted bug is looked for with one judge alone, to know that each can see. */
export interface Judges {
  /** Answers, and what is stored, are the model's. */
  readonly model: boolean;
  readonly invariants: boolean;
}

export const bothJudges: Judges = { model: true, invariants: true };

/** The clock moves as the steps say; what it showed at most is kept, since it may go back. */
export class Time {
  #clock: Clock;

  constructor(start = beginning) {
    this.#clock = { now: start, latest: start };
  }

  get clock(): Clock {
    return this.#clock;
  }

  pass(ms: number): void {
    const now = this.#clock.now + ms;
    this.#clock = { now, latest: Math.max(now, this.#clock.latest) };
  }
}

/** Plays the steps at doors of new stores of these kinds. */
export async function play(steps: readonly Step[], stores: readonly OpenStore[], judges = bothJudges): Promise<void> {
  const time = new Time();
  const model = new Model();
  const doors = await Promise.all(stores.map((open) => openDoor(open)));
  try {
    let before: readonly Images[] = doors.map(() => new Map());
    for (const step of steps) {
      if (step.kind === "wait") {
        time.pass(step.ms);
        continue;
      }
      const { clock } = time;
      const answers = await Promise.all(doors.map((door) => answerAt(door, step, clock)));
      const after = await Promise.all(doors.map(({ store }) => imagesIn(store)));
      const expected = answerOf(model, step, clock.now);
      if (judges.model) {
        expect(answers.map(told)).toEqual(doors.map(() => expected));
        expect(answers).toEqual(doors.map(() => answers[0]));
        expect(after.map(shownOf)).toEqual(doors.map(() => model.kept));
      }
      if (judges.invariants) {
        expect(after.flatMap((images, at) => violations(before[at] as Images, images, clock))).toEqual([]);
      }
      before = after;
    }
  } finally {
    for (const { close } of doors) {
      close();
    }
  }
}

type AskingStep = Exclude<Step, { kind: "wait" }>;

/** What a step is answered: of a search all pages' rows, of a sweep how many it settled. */
export type Told = { status: number; body: unknown };

async function answerAt(door: Door, step: AskingStep, { now }: Clock): Promise<Told> {
  door.clock.now = now;
  switch (step.kind) {
    case "search":
      return { status: 200, body: await searchThrough(door, step) };
    case "sweep": {
      const swept = await sweepAt(door);
      return { status: 200, body: swept.changed };
    }
    default: {
      const { status, body } = await ask(door, step);
      return { status, body };
    }
  }
}

/** Errors are compared with the model by their code: their words are the door's own. */
export const told = ({ status, body }: Told): Told => ({
  status,
  body: status < 400 ? body : (body as { error: { code: number } }).error.code,
});

function answerOf(model: Model, step: AskingStep, now: number): Told {
  switch (step.kind) {
    case "search":
      return { status: 200, body: model.search(step, now) };
    case "sweep":
      return { status: 200, body: model.sweep(now) };
    default:
      return toTold(model.ask(step, now));
  }
}

export const toTold = (answer: Answer): Told =>
  "promise" in answer ? { status: answer.status, body: answer.promise } : { status: answer.status, body: answer.code };

/** All rows of a search, page by page; each page must keep the rules of pages. */
export async function searchThrough(door: Door, step: SearchStep, again: Again = (ask) => ask()): Promise<Shown[]> {
  const rows: Shown[] = [];
  const limit = step.limit || 100;
  for (let path: string | undefined = searchPath(step); path !== undefined; ) {
    const asked: string = path;
    const { status, body } = await again(() => door.ask("GET", asked));
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["promises", "cursor"]);
    expect(body.promises.length).toBeLessThanOrEqual(limit);
    // So few promises never spend a page's read budget: a page that is not full is the last.
    expect(body.cursor === null).toBe(body.promises.length < limit);
    rows.push(...body.promises);
    path = body.cursor === null ? undefined : cursorPath(body.cursor);
  }
  return rows;
}

/** How a request is asked that may have to be repeated. */
export type Again = (ask: () => Promise<Reply>) => Promise<Reply>;

export const sweepAt = ({ store, clock }: Door): Promise<Swept> => worksOver(store, () => clock.now).sweep();

/** Everything that is stored under the ids of the simulation, as it is stored, in one order. */
export async function imagesIn(store: Door["store"]): Promise<Images> {
  const cost = { roundTrips: 0 };
  const images = await Promise.all((await store.read(everyId, cost)).map((image) => store.whole(image, cost)));
  return new Map(images.toSorted((a, b) => (a.id < b.id ? -1 : 1)).map((image) => [image.id, image]));
}

export const shownOf = (images: Images): Map<string, Shown> =>
  new Map([...images].map(([id, image]) => [id, toShown(image)]));

/** An image in the words of the model. */
function toShown(image: PromiseImage): Shown {
  const { id, state, param, value, tags, timeoutAt, createdAt, settledAt } = image;
  return {
    id,
    state: state.toUpperCase() as Shown["state"],
    param,
    value,
    timeout: timeoutAt,
    tags,
    createdOn: createdAt,
    ...(settledAt !== undefined && { completedOn: settledAt }),
    ...(image.idempotencyKeyForCreate !== undefined && { idempotencyKeyForCreate: image.idempotencyKeyForCreate }),
    ...(image.idempotencyKeyForComplete !== undefined && {
      idempotencyKeyForComplete: image.idempotencyKeyForComplete,
    }),
  };
}
