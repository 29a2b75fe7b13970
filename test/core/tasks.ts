/** Tasks as plain objects, and verbs carried out over them as the service does over a store. */

import {
  type AnyChange,
  endOfTime,
  expire,
  type GuardedChange,
  isFault,
  isOverdue,
  type PromiseImage,
  run,
  type TaskFields,
  type Verb,
} from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";

export const target = { "resonate:target": "poll://any@workers" } as const;

/** Each state of a task, as its promise keeps it: version 3, held from 1,100 for 400, offered again at 1,300. */
const states = {
  pending: { retryAt: 1_300, dueAt: 1_300 },
  acquired: { pid: "process", ttl: 400, leasedAt: 1_100, dueAt: 1_500 },
  suspended: { dueAt: 1_300 },
  halted: { dueAt: 1_300 },
} as const satisfies Record<NonNullable<TaskFields["taskState"]>, Partial<PromiseImage>>;

export type Stored = keyof typeof states;

/** A promise with a task in this state, alive from 1,000 until 100,000. */
export const taskIn = (taskState: Stored, fields: Partial<PromiseImage> = {}): PromiseImage =>
  imageOf({ timeoutAt: 100_000, tags: target, taskState, taskVersion: 3, ...states[taskState], ...fields });

/** What a verb has said, or the code of its fault; and what is stored then. */
export interface Told<Answer> {
  readonly said?: Answer;
  readonly fault?: string;
  readonly left: PromiseImage | undefined;
  /** Writes tried, but for time-outs that were met. */
  readonly writes: number;
}

/** Carries a verb out, by a clock that shows this moment. */
export function carryOut<Answer>(
  state: () => Verb<Answer>,
  stored: PromiseImage | undefined,
  now: number,
): Told<Answer> {
  let left = stored;
  let writes = 0;
  const attempt = (write: GuardedChange) => {
    const outcome = run(write, left);
    left = outcome.won ? outcome.image : left;
    return outcome;
  };
  try {
    for (let verb = state(); ; ) {
      writes += 1;
      let outcome = attempt(verb.write);
      while (!outcome.won && outcome.image !== undefined && isOverdue(outcome.image, now)) {
        const expired = attempt(expire(outcome.image, now, []));
        outcome = { won: false, image: expired.image };
      }
      const step = verb.decide(outcome);
      if (step.kind === "answer") {
        return { said: step.answer, left, writes };
      }
      verb = step.verb;
    }
  } catch (error) {
    if (!isFault(error)) {
      throw error;
    }
    return { fault: error.code, left, writes };
  }
}

/** When something of the service's own may first happen to a promise, found out by looking at the promise alone. */
export function firstMoment(image: PromiseImage): number | undefined {
  if (image.state !== "pending") {
    return image.callbacks || image.listeners || image.moreWaiters ? (image.settledAt as number) : undefined;
  }
  const { taskState, leasedAt = 0, ttl = 0, retryAt = endOfTime } = image;
  const own = { acquired: leasedAt + ttl, pending: retryAt, suspended: endOfTime, halted: endOfTime };
  return Math.min(image.timeoutAt, taskState === undefined ? endOfTime : own[taskState]);
}

/** What a client sees of a promise, and what its task is. */
export const shown = (image: PromiseImage | undefined) =>
  image && {
    state: image.state,
    task: image.state === "pending" ? image.taskState : "fulfilled",
    version: image.taskVersion,
  };

/** Changes of one transaction over a stock of promises; what they make of them, or undefined where one is refused. */
export function transact(
  writes: readonly AnyChange[],
  stock: ReadonlyMap<string, PromiseImage>,
): ReadonlyMap<string, PromiseImage> | undefined {
  const made = new Map(stock);
  for (const write of writes) {
    if (write.of !== "promise") {
      continue;
    }
    const outcome = run(write, stock.get(write.id));
    if (!outcome.won) {
      return undefined;
    }
    made.set(write.id, outcome.image);
  }
  return made;
}
