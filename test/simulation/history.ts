/**
 * Lets several clients of two processes ask at once, while both do what is due, late and twice; and writes down what was
 * asked and answered, and when.
 *
 * @module
 */

import fc from "fast-check";
import type { Feed } from "#lib/ports/feed.ts";
import type { Store } from "#lib/ports/store.ts";
import { noFeed } from "../support/door.ts";
import { noSubscriptions } from "../support/subscriptions.ts";
import { type Ask, asking } from "./asking.ts";
import type { Operation } from "./linearize.ts";
import { Time } from "./play.ts";
import { readStored } from "./stored.ts";
import type { Request } from "./task-asked.ts";
import { taskRetryMs, type World } from "./task-model.ts";
import { beginning, ids, inForce, relative, underWay } from "./task-steps.ts";
import { worksOver } from "./works.ts";

export type Move =
  | { readonly kind: "ask"; readonly asked: Request }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "sweep" };

export interface Concurrent {
  /** What each client does, one thing after the other. */
  readonly clients: readonly (readonly Move[])[];
  /** Turns of the event loop before and after each call of the store, in turn. */
  readonly pauses: readonly number[];
  /** Whether what follows from a write is begun at once, beside the request. */
  readonly isPrompt: boolean;
  /** How far the second process's clock is behind. */
  readonly behindMs: number;
}

const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 12, arbitrary: relative.map((asked): Move => ({ kind: "ask", asked: one(asked) })) },
  { weight: 2, arbitrary: fc.constantFrom(1, 400, 500, 1_000, 5_000).map((ms): Move => ({ kind: "wait", ms })) },
  { weight: 2, arbitrary: fc.constant<Move>({ kind: "sweep" }) },
);

/** Of several tasks in a heartbeat, each is renewed by itself: here, there is one. */
const one = (asked: Request): Request =>
  asked.kind === "heartbeat" ? { ...asked, tasks: asked.tasks.slice(0, 1) } : asked;

export const concurrent: fc.Arbitrary<Concurrent> = fc.record({
  clients: fc.array(fc.array(move, { minLength: 1, maxLength: 8, size: "max" }), {
    minLength: 2,
    maxLength: 4,
    size: "max",
  }),
  pauses: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 12, size: "max" }),
  isPrompt: fc.boolean(),
  behindMs: fc.constantFrom(0, 0, 300, 2_000),
});

export interface Recorded {
  readonly history: readonly Operation[];
  /** What is wrong with what is left, when all is done that is due. */
  readonly left: readonly string[];
}

/** What answers requests, and does what is due. */
export interface Process {
  readonly now: () => number;
  readonly ask: Ask;
  /** Does some of what is due. */
  work(): Promise<unknown>;
  /** Does all that is due. */
  rest(): Promise<void>;
}

/** @param calm Ends what troubles the store; then what was not got done before is. */
export function record(store: Store, each: Concurrent, calm = () => {}): Promise<Recorded> {
  const { pauses, isPrompt, behindMs } = each;
  const paused = pausing(store, pauses);
  const processesAt = (time: Time) =>
    [0, behindMs].map((behind, number): Process => {
      const now = () => time.clock.now - behind;
      const works = worksOver(paused, now, { retryMs: taskRetryMs });
      const feed: Feed = isPrompt ? works.feed : noFeed;
      return {
        now,
        ask: asking({ store: paused, feed, retryMs: taskRetryMs, known: noSubscriptions }, `process ${number}`),
        work: works.sweep,
        async rest() {
          await works.feed.idle();
          await works.sweep();
          await works.sweep();
        },
      };
    });
  return recordAt(store, processesAt, each, calm);
}

/** @param store What is left in the end is read from it. */
export async function recordAt(
  store: Store,
  processesAt: (time: Time) => readonly Process[],
  { clients }: Pick<Concurrent, "clients">,
  calm = () => {},
): Promise<Recorded> {
  const time = new Time(beginning);
  const history: Operation[] = [];
  const versions: Record<string, number> = {};
  let events = 0;
  const processes = processesAt(time);

  await Promise.all(underWay.map((asked) => carryOut({ kind: "ask", asked }, 0)));
  await Promise.all(
    clients.map(async (moves, client) => {
      for (const each of moves) {
        await carryOut(each, client);
      }
    }),
  );
  calm();
  await rest();
  return { history, left: await whatIsLeft(store, time.clock.now) };

  async function carryOut(next: Move, client: number): Promise<void> {
    const { ask, now, work } = processes[client % processes.length] as Process;
    switch (next.kind) {
      case "wait":
        time.pass(next.ms);
        return;
      case "sweep":
        await work();
        return;
      case "ask": {
        const asked = inForce(next.asked, believed(versions));
        const [from, moment] = [events++, now()];
        const answer = await ask(asked, moment);
        history.push({ asked, answer, now: moment, from, to: events++, latest: time.clock.latest });
        learn(versions, answer);
      }
    }
  }

  /** All is done that is due, and everything is looked at once more. */
  async function rest(): Promise<void> {
    for (const process of processes) {
      await process.rest();
    }
    for (const id of ids) {
      await carryOut({ kind: "ask", asked: { kind: "get", id } }, 0);
      await carryOut({ kind: "ask", asked: { kind: "task.get", id } }, 0);
    }
  }
}

/** What the clients have been told of versions, as a world in which these are in force. */
const believed = (versions: Readonly<Record<string, number>>): World =>
  Object.fromEntries(Object.entries(versions).map(([id, version]) => [id, { task: { version } } as World[string]]));

function learn(versions: Record<string, number>, answer: Operation["answer"]): void {
  const task = answer !== undefined && "task" in answer ? (answer.task as { id: string; version: number }) : undefined;
  if (task !== undefined) {
    versions[task.id] = Math.max(versions[task.id] ?? 0, task.version);
  }
}

/** Nobody waits for what has happened, and nobody sleeps whom nothing will wake. */
async function whatIsLeft(store: Store, now: number): Promise<string[]> {
  const { images, callbacks, listeners } = await readStored(store, ids);
  const found: string[] = [];
  for (const { id, state, taskState, timeoutAt } of images.values()) {
    const others = state === "pending" ? [] : await store.members("waiter", id, 1, { roundTrips: 0 });
    const waiting = (callbacks.get(id)?.length ?? 0) + (listeners.get(id)?.length ?? 0) + others.length;
    if (state !== "pending" && waiting > 0) {
      found.push(`${id}: settled, and waited for`);
    }
    const isAwaiting = [...callbacks].some(([of, all]) => all.includes(id) && images.get(of)?.state === "pending");
    if (state === "pending" && taskState === "suspended" && now < timeoutAt && !isAwaiting) {
      found.push(`${id}: asleep, and awaits nothing`);
    }
  }
  return found;
}

/** Every call of the store takes a few turns of the event loop, so that others come between. */
function pausing(store: Store, pauses: readonly number[]): Store {
  let calls = 0;
  const pause = async () => {
    for (let left = pauses[calls++ % pauses.length] as number; left > 0; left--) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const slowly = async <Result>(call: () => Promise<Result>): Promise<Result> => {
    await pause();
    const result = await call();
    await pause();
    return result;
  };
  return {
    ...store,
    get: (...asked) => slowly(() => store.get(...asked)),
    read: (...asked) => slowly(() => store.read(...asked)),
    attempt: (...asked) => slowly(() => store.attempt(...asked)),
    transact: (...asked) => slowly(() => store.transact(...asked)),
  };
}
