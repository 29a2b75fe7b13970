/**
 * The verbs, carried out: each is one conditional write, won or lost, and an answer from the image that came back.
 *
 * @module
 */

import {
  type Create,
  checkId,
  create,
  type Effect,
  type EpochMs,
  expire,
  Fault,
  isOverdue,
  type Moment,
  type Page,
  type PromiseImage,
  type Search,
  type Settle,
  settle,
  type Verb,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import { fillPage } from "./search.ts";

/** One request: its moment, its token, and what it has cost. */
export interface RequestContext extends Moment {
  readonly cost: Cost;
}

export interface Promises {
  /** @throws Fault `invalid`, `tooLarge` */
  create(what: Create, request: RequestContext): Promise<Effect>;
  /** @throws Fault `promiseNotFound`, `invalid` */
  get(id: string, request: RequestContext): Promise<PromiseImage>;
  /** @throws Fault `promiseNotFound`, `invalid`, `tooLarge` */
  settle(what: Settle, request: RequestContext): Promise<Effect>;
  search(what: Search, request: RequestContext): Promise<Page>;
}

/** A verb is refused twice by one image at most: once for the clock's sake, and then by what it says. */
const attemptsMax = 4;

export function promiseService({ store, timer }: { store: Store; timer: Timer }): Promises {
  return {
    create: async (what, request) => carryOut(create(what, request), request),
    settle: async (what, request) => carryOut(settle(what, request), request),
    async get(id, { now, cost }) {
      checkId(id);
      const image = await store.get(id, cost);
      if (image === undefined) {
        throw new Fault("promiseNotFound", { id });
      }
      return current(image, now, cost);
    },
    search: (what, { now, cost }) => fillPage(store, what, now, cost),
  };

  async function carryOut<Answer>(first: Verb<Answer>, { now, cost }: RequestContext): Promise<Answer> {
    let verb = first;
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const outcome = await store.attempt(verb.write, cost);
      if (outcome.won && outcome.image.dueAt !== undefined) {
        timer.arm(outcome.image.dueAt);
      }
      const step = verb.decide(
        outcome.won || outcome.image === undefined
          ? outcome
          : { won: false, image: await current(outcome.image, now, cost) },
      );
      if (step.kind === "answer") {
        return step.answer;
      }
      verb = step.verb;
    }
    throw new Fault("storeUnavailable", {});
  }

  /** The promise, its time-out written down if it has met it: nothing is answered from the clock alone. */
  async function current(image: PromiseImage, now: EpochMs, cost: Cost): Promise<PromiseImage> {
    if (!isOverdue(image, now)) {
      return image;
    }
    const { image: settled } = await store.attempt(expire(image, now), cost);
    if (settled === undefined) {
      throw new Fault("storeFailed", {}, { cause: new Error("a promise is gone that was there before") });
    }
    return settled;
  }
}
