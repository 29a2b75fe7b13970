/**
 * Whether a history of concurrent requests has an order in which the naive model gives the same answers: the search of
 * Wing and Gong, with the memory of Lowe. Each request takes effect at one moment between its asking and its answer; a
 * request that nobody answered, at any moment after its asking, or never. What the service does on its own may happen
 * anywhere, once the clock has come so far.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Answer, Request } from "./task-asked.ts";
import { ownSteps, type World } from "./task-model.ts";
import { request } from "./task-requests.ts";

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

/**
 * @param mayRepeat Whether a change of a task may have taken effect before the same request was answered: its answer was
 * lost, and it was repeated. Only the last writer of a task is kept, so that a repetition that others have come before
 * does not know itself again, and is refused as if it had been asked twice.
 */
export function isLinearizable(history: readonly Operation[], mayRepeat = false): boolean {
  return new Search(history, mayRepeat).isPossible({}, 0n);
}

/** What leaves its token where the next change of the task puts its own. */
const repeatable: ReadonlySet<Request["kind"]> = new Set([
  "task.create",
  "acquire",
  "release",
  "suspend",
  "halt",
  "continue",
]);

class Search {
  readonly #history: readonly Operation[];
  readonly #mayRepeat: boolean;
  /** Where it has been in vain. */
  readonly #seen = new Set<string>();

  constructor(history: readonly Operation[], mayRepeat: boolean) {
    this.#history = history;
    this.#mayRepeat = mayRepeat;
  }

  #mayBeLost({ asked, answer }: Operation): boolean {
    return this.#mayRepeat && answer !== undefined && repeatable.has(asked.kind);
  }

  /** Whether what is left can follow. Done: a bit for each that was answered, and above them for each that was lost. */
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
        const lost = 1n << BigInt(at + this.#history.length);
        return (
          (isTold && this.isPossible(after, done | (1n << BigInt(at)))) ||
          (this.#mayBeLost(operation) && !(done & lost) && after !== world && this.isPossible(after, done | lost))
        );
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
