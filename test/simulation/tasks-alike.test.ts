/**
 * Goal: tasks, waiting and all that the service does on its own behave as the protocol says in every sequence of events,
 * on both stores.
 *
 * Method: random requests, waits and sweeps (late, twice, by two processes at once) are played over the SQLite store,
 * over the DynamoDB store, and in a naive model. After every step the three must have answered alike, hold the same, and
 * have sent the same messages; after every single write to SQLite the invariants of the protocol must hold. In the end
 * nobody is left waiting for what has happened. A failure prints its seed and path: see `runs.ts`.
 */

import fc from "fast-check";
import { describe, it } from "vitest";
import { openDynamoWith, testClient, tiny } from "../support/stores.ts";
import { holds, patienceMs } from "./runs.ts";
import { playTasks, stageOver, watchedSqlite } from "./task-play.ts";
import { taskSequences } from "./task-steps.ts";

const cases = fc.record({ steps: taskSequences, isPrompt: fc.boolean() });

describe("in any sequence of requests about tasks, sweeps and moments", () => {
  it(
    "SQLite answers, stores and sends what the model does, and every write keeps the invariants",
    () =>
      holds(
        fc.asyncProperty(cases, (each) => playTasks(each, [watchedSqlite()])),
        350,
      ),
    patienceMs,
  );

  it(
    "SQLite, DynamoDB and the model answer, store and send alike",
    () =>
      holds(
        fc.asyncProperty(cases, (each) => playTasks(each, [watchedSqlite(), stageOver(openFewShards)])),
        30,
      ),
    patienceMs,
  );
});

const openFewShards = () => openDynamoWith(testClient(), { list: 1, due: 2 }, tiny);
