/**
 * Goal: to know that the simulations of tasks see what they are there to see.
 *
 * Method: each bug is planted by a store that is handed damaged writes; a property that the sound store has is run over
 * it, and must fail. What shows only where requests meet is looked for in histories, the rest in sequences.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AnyChange, type ChangeTo, type GuardedChange, permits } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { type OpenStore, openSqlite } from "../support/stores.ts";
import { concurrent } from "./history.ts";
import { judge } from "./judge.ts";
import type { Judges } from "./play.ts";
import { caught } from "./runs.ts";
import { playTasks, watchedSqlite } from "./task-play.ts";
import { taskSequences } from "./task-steps.ts";

const runsMax = 1_500;

type Damage = (store: Store) => Store;

const writing = (damage: (write: GuardedChange) => GuardedChange): Damage => {
  const damaged = <Write extends AnyChange>(write: Write): Write =>
    write.of === "promise" ? (damage(write) as Write) : write;
  return (store) => ({
    ...store,
    attempt: (write, cost) => store.attempt(damaged(write as unknown as AnyChange) as unknown as typeof write, cost),
    transact: (writes, cost) => store.transact(writes.map(damaged), cost),
  });
};

const isEnlisting = ({ change }: GuardedChange) =>
  change.kind === "update" && (change.include !== undefined || change.set?.moreWaiters !== undefined);

const anyVersion = writing((write) => ({
  ...write,
  guards: write.guards.filter((guard) => !("field" in guard && guard.field === "taskVersion")),
}));

const anyEnd = writing((write) =>
  isEnlisting(write)
    ? { ...write, guards: write.guards.filter(({ kind }) => kind === "fits" || kind === "unset") }
    : write,
);

const anyHolder = writing((write) =>
  write.change.kind === "check" ? { ...write, guards: [{ kind: "present", field: "taskState" }] } : write,
);

const neverTakenOut = writing((write) => {
  if (write.change.kind !== "update") {
    return write;
  }
  const { exclude: _, ...change } = write.change;
  return { ...write, change };
});

const notDue = writing((write) => {
  if (write.change.kind !== "update" || write.change.set?.settleToken === undefined) {
    return write;
  }
  const { dueAt: _, ...set } = write.change.set;
  return { ...write, change: { ...write.change, set, unset: ["dueAt"] } };
});

/** Looks whether the promise is pending first, and only then writes. */
const lookedBefore: Damage = (store) => ({
  ...store,
  async attempt(write, cost) {
    const asked = write as unknown as GuardedChange;
    if (asked.of !== "promise" || !isEnlisting(asked)) {
      return store.attempt(write, cost);
    }
    const image = await store.find(write, cost);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const unguarded = { ...write, guards: [{ kind: "present", field: "createdAt" }] } as unknown as ChangeTo<
      typeof write.of
    >;
    return permits(write, image) ? store.attempt(unguarded, cost) : { won: false, image };
  },
});

/** The writes of a transaction that match are lost. */
const losing =
  (isLost: (write: AnyChange) => boolean): Damage =>
  (store) => ({
    ...store,
    transact: (writes, cost) =>
      store.transact(
        writes.filter((write) => !isLost(write)),
        cost,
      ),
  });

const notWoken = losing(
  ({ of, change }) => of === "promise" && change.kind === "update" && change.increment === "resumes",
);
const notTold = losing(({ of }) => of === "message");

/** The task sleeps first, and is put on the others' lists afterwards. */
const inTwo: Damage = (store) => ({
  ...store,
  async transact(writes, cost) {
    const [first, ...others] = writes;
    const isSuspension =
      first?.of === "promise" && first.change.kind === "update" && first.change.set?.taskState === "suspended";
    if (!isSuspension) {
      return store.transact(writes, cost);
    }
    const { won, image } = await store.attempt(first, cost);
    if (!won) {
      return { won, refusals: [{ image }, ...others.map(() => undefined)] };
    }
    const outcome = await store.transact(others, cost);
    return outcome.won
      ? { won: true, images: [image, ...outcome.images] }
      : { won: false, refusals: [undefined, ...outcome.refusals] };
  },
});

const cases = fc.record({ steps: taskSequences, isPrompt: fc.boolean() });
const byModel = (damage: Damage) => judgedBy(damage, { model: true, invariants: false });
const byInvariants = (damage: Damage) => judgedBy(damage, { model: false, invariants: true });
const judgedBy = (damage: Damage, judges: Judges) =>
  fc.asyncProperty(cases, (each) => playTasks(each, [watchedSqlite(damage)], judges));

const open =
  (damage: Damage): OpenStore =>
  async () => {
    const { store, close } = await openSqlite();
    return { store: damage(store), close };
  };
const inHistories = (damage: Damage) => fc.asyncProperty(concurrent, (each) => judge(open(damage), each));

describe("the simulations of tasks notice", () => {
  it.each([
    ["a version that is not looked at", "the model", byModel(anyVersion), "deeply equal"],
    ["a version that is not looked at", "a history", inHistories(anyVersion), "no order explains"],
    ["waiting for what has settled", "the model", byModel(anyEnd), "AssertionError"],
    ["waiting for what has settled", "the invariants", byInvariants(anyEnd), "AssertionError"],
    ["waiting for what has settled", "a history", inHistories(anyEnd), "AssertionError"],
    ["waiting for what was pending a moment ago", "a history", inHistories(lookedBefore), "AssertionError"],
    ["a fence that does not look who holds the task", "the model", byModel(anyHolder), "deeply equal"],
    ["a fence that does not look who holds the task", "a history", inHistories(anyHolder), "no order explains"],
    ["waking without taking the callback out", "the model", byModel(neverTakenOut), "AssertionError"],
    ["waking without taking the callback out", "a history", inHistories(neverTakenOut), "what is left"],
    ["a settlement that leaves an awaited promise not due", "the model", byModel(notDue), "AssertionError"],
    [
      "a settlement that leaves an awaited promise not due",
      "the invariants",
      byInvariants(notDue),
      "due at the earliest",
    ],
    ["a settlement that leaves an awaited promise not due", "a history", inHistories(notDue), "what is left"],
    [
      "a callback taken out that wakes nobody",
      "the invariants",
      byInvariants(notWoken),
      "54 who is taken out is woken",
    ],
    ["a callback taken out that wakes nobody", "a history", inHistories(notWoken), "AssertionError"],
    [
      "a listener taken out that is told nothing",
      "the invariants",
      byInvariants(notTold),
      "60 who is taken out is told",
    ],
    ["a task that sleeps before it is on the lists", "the invariants", byInvariants(inTwo), "28 one that sleeps"],
  ])("%s, by %s", async (_bug, _judge, property, sign) => {
    expect(await caught(property as fc.IAsyncProperty<unknown>, runsMax, sign)).toContain(sign);
  });
});
