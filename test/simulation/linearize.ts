/**
 * Whether a history of concurrent requests has an order in which the naive model gives the same answers: the search of
 * Wing and Gong, with the memory of Lowe. Each request takes effect at one moment between its asking and its answer; a
 * request that nobody answered, at any moment after its asking, or never. What the service does on its own may happen
 * anywhere, once the clock has come so far.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { ownSteps, type World } from "./task-model.ts";
import { type Answer, type Request, request } from "./task-requests.ts";

export interface Operation {
  readonly asked: Request;
  /** Absent: nobody answered. */
  readonly answer: Answer | undefined;
  /** What the clock said to the request. */
  readonly now: number;
  /** When it was asked and answered, in the order of all events. */
  readonly from: number;
  readonly to: number;
  /** What any clock said at most by its answer. */
  readonly latest: number;
}

export function isLinearizable(history: readonly Operation[]): boolean {
  return new Search(history).isPossible({}, 0n);
}

class Search {
  readonly #history: readonly Operation[];
  /** Where it has been in vain. */
  readonly #seen = new Set<string>();

  constructor(history: readonly Operation[]) {
    this.#history = history;
  }

  /** Whether what is left can follow. */
  isPossible(world: World, done: bigint): boolean {
    const left = this.#history.flatMap((operation, at) => (done & (1n << BigInt(at)) ? [] : [{ operation, at }]));
    const answered = left.filter(({ operation }) => operation.answer !== undefined);
    if (answered.length === 0) {
      return true;
    }
    const place = `${done} ${essence(world)}`;
    if (this.#seen.has(place)) {
      return false;
    }
    this.#seen.add(place);
    const first = answered.reduce((a, b) => (a.operation.to < b.operation.to ? a : b)).operation;
    return (
      left.some(({ operation, at }) => {
        if (operation.from > first.to) {
          return false;
        }
        const { world: after, answer } = request(world, operation.asked, operation.now);
        const isTold = operation.answer === undefined || isDeepStrictEqual(answer, operation.answer);
        return isTold && this.isPossible(after, done | (1n << BigInt(at)));
      }) || ownSteps(world, first.latest).some((after) => this.isPossible(after, done))
    );
  }
}

/** What of a world later answers depend on. */
const essence = (world: World): string =>
  JSON.stringify(
    Object.keys(world)
      .sort()
      .map((id) => {
        const { state, value, settledAt, createdAt, timeoutAt, tags, callbacks, task } = world[id] as World[string];
        const { retryAt: _, giveUps: __, ...rest } = task ?? {};
        return [id, state, value, settledAt, createdAt, timeoutAt, tags, callbacks, rest];
      }),
  );
