/**
 * Goal: to know that the simulations of tasks see what they are there to see.
 *
 * Method: each bug is planted by a store that is handed damaged writes; a property that the sound store has is run over
 * it, and must fail. What shows only where requests meet is looked for in histories, the rest in sequences.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type OpenStore, openSqlite } from "../support/stores.ts";
import {
  anyEnd,
  anyHolder,
  anyVersion,
  type Damage,
  inTwo,
  lookedBefore,
  neverTakenOut,
  notDue,
  notTold,
  notWoken,
} from "./damages.ts";
import { concurrent } from "./history.ts";
import { judge } from "./judge.ts";
import type { Judges } from "./play.ts";
import { caught } from "./runs.ts";
import { playTasks, watchedSqlite } from "./task-play.ts";
import { taskSequences } from "./task-steps.ts";

const runsMax = 1_500;

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
