/**
 * Goal: requests that meet are answered as if each had been alone, and nobody is forgotten, whatever fails meanwhile.
 *
 * Method: clients of two processes, whose clocks may differ, ask about a few ids at once; each call of the store takes a
 * while, both processes do what is due whenever they come to it, and DynamoDB throttles, conflicts and loses answers.
 * For the history of what was asked and answered there must be an order that the naive model agrees with
 * (`linearize.ts`). When all is done that is due, nobody waits for what has happened.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { type Fault, faultyClient, newFaults } from "../support/faulty-dynamo.ts";
import { freshTable, openDynamoWith, openSqlite, testClient } from "../support/stores.ts";
import { concurrent } from "./history.ts";
import { judge } from "./judge.ts";
import { holds, isReplay, patienceMs } from "./runs.ts";

describe("requests that meet have an order in which the model gives the same answers", () => {
  it(
    "over SQLite",
    () =>
      holds(
        fc.asyncProperty(concurrent, (each) => judge(openSqlite, each)),
        400,
      ),
    patienceMs,
  );

  it(
    "over DynamoDB",
    () =>
      holds(
        fc.asyncProperty(concurrent, (each) => judge(() => openDynamoWith(testClient(), { list: 1, due: 2 }), each)),
        40,
      ),
    patienceMs,
  );

  it(
    "over a DynamoDB that throttles, conflicts and loses answers",
    async () => {
      const suffered: Partial<Record<Fault, number>> = {};
      await holds(
        fc.asyncProperty(concurrent, fc.array(fault, { maxLength: 150, size: "max" }), async (each, faults) => {
          const trouble = newFaults();
          const open = async () => {
            const calm = testClient();
            const table = await freshTable(calm);
            calm.destroy();
            const client = faultyClient(trouble);
            trouble.next = [...faults];
            const store = dynamoStore({ client, table, shards: { list: 1, due: 2 } });
            return { store, close: () => client.destroy() };
          };
          await judge(open, each, () => trouble.next.splice(0));
          for (const [kind, count] of Object.entries(trouble.suffered)) {
            suffered[kind as Fault] = (suffered[kind as Fault] ?? 0) + count;
          }
        }),
        45,
      );
      expect(isReplay || troubles.every((trouble) => trouble === "inProgress" || (suffered[trouble] ?? 0) > 5)).toBe(
        true,
      );
    },
    patienceMs,
  );
});

const troubles = [
  "throttled",
  "conflict",
  "inProgress",
  "canceled: TransactionConflict",
  "canceled: ThrottlingError",
  "answerLost",
] as const;

/** They befall only what is a transaction, so that there must be more of them. */
const cancellations = troubles.filter((trouble) => trouble.startsWith("canceled"));

const fault = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fault>("none") },
  { weight: 5, arbitrary: fc.constantFrom<Fault>(...troubles, ...cancellations, ...cancellations) },
);
