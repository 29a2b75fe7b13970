/**
 * Goal: a deployment's own functions give no wrong answer, and forget nobody, whatever befalls them: DynamoDB throttles,
 * conflicts and loses answers; records of the stream and messages of the queues come twice, in any order, late, or never.
 *
 * Method: the files of `functions/` run in this process and are called with events, as AWS calls them; the records are
 * the table's own stream's. What clients were answered is judged by the naive model, as in `linearizable.test.ts`. In the
 * end nothing that is on its way arrives, and the rule alone is left: then nobody waits for what has happened, and each
 * listener's message is there. Bugs that are planted must be noticed.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Fault } from "../support/faulty-dynamo.ts";
import { anyVersion, type Damage, neverTakenOut, notDue, notTold, wokenAgain } from "./damages.ts";
import { type Functions, openFunctions } from "./functions.ts";
import { type Concurrent, concurrent, recordAt } from "./history.ts";
import { judgeOf } from "./judge.ts";
import { type Fate, fates, onTheWay, untold, type Way, way } from "./on-the-way.ts";
import { caught, holds, isReplay, patienceMs } from "./runs.ts";
import { waiting } from "./waits.ts";

const troubles = ["throttled", "conflict", "canceled: TransactionConflict", "answerLost"] as const;

const faults = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant<Fault>("none") },
    { weight: 4, arbitrary: fc.constantFrom<Fault>(...troubles, "canceled: TransactionConflict") },
  ),
  { maxLength: 120, size: "max" },
);

const alone = (each: Concurrent): Concurrent => ({ ...each, clients: each.clients.slice(0, 1) });
const clients = fc.oneof(concurrent, waiting, concurrent.map(alone), waiting.map(alone));

const nothingSuffered = (): Record<Fate, number> => ({ once: 0, twice: 0, late: 0, lost: 0 });

async function judge(
  functions: Functions,
  each: Concurrent,
  on: Way,
  trouble: readonly Fault[],
  met: Record<Fate, number>,
) {
  await functions.clear();
  functions.faults.next = [...trouble];
  const recorded = await recordAt(functions.store, onTheWay(functions, on, met), each, () => {
    functions.faults.next = [];
  });
  judgeOf(recorded, trouble.length > 0);
  expect(await untold(functions.store, recorded.history), "who was told nothing").toEqual([]);
}

describe("The functions of a deployment, over a DynamoDB that fails, with a stream and queues that do", () => {
  it(
    "answer clients, alone and when they meet, as if each had been alone, and forget nobody",
    async () => {
      const functions = await openFunctions();
      const met = nothingSuffered();
      try {
        await holds(
          fc.asyncProperty(clients, way, faults, (each, on, trouble) => judge(functions, each, on, trouble, met)),
          45,
        );
        const { suffered } = functions.faults;
        expect(isReplay || troubles.every((trouble) => suffered[trouble] > 5)).toBe(true);
        expect(isReplay || fates.every((fate) => met[fate] > 5)).toBe(true);
      } finally {
        functions.close();
      }
    },
    patienceMs,
  );
});

describe("It is noticed", () => {
  it.each<[string, Damage, string]>([
    ["a version that is not looked at", anyVersion, "no order explains"],
    ["waking without taking the callback out", neverTakenOut, "what is left"],
    ["a settlement that leaves an awaited promise not due", notDue, "what is left"],
    ["a record that wakes again when it comes twice", wokenAgain, "no order explains"],
    ["a listener taken out that is told nothing", notTold, "who was told nothing"],
  ])(
    "%s",
    async (_, damage, sign) => {
      const functions = await openFunctions(damage);
      try {
        const property = fc.asyncProperty(clients, way, (each, on) =>
          judge(functions, each, on, [], nothingSuffered()),
        );
        expect(await caught(property, 400, sign)).toContain(sign);
      } finally {
        functions.close();
      }
    },
    patienceMs,
  );
});
