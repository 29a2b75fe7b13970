/**
 * Goal: both stores behave as the protocol says, in every sequence of events, not only in those that somebody thought of.
 *
 * Method: random steps (create, read, complete, search, sweep, and a clock that moves, sometimes a little back) are
 * played through HTTP over the SQLite store, over the DynamoDB store, and in a naive model. After every step the three
 * must have answered alike and hold the same promises, and the invariants of the protocol must hold of every image and
 * of every change. A failure prints its seed and path; `runs.ts` says how to see it again and how to run longer.
 */

import fc from "fast-check";
import { describe, it } from "vitest";
import { openDynamoWith, openSqlite, testClient, tiny } from "../support/stores.ts";
import { play } from "./play.ts";
import { holds, patienceMs } from "./runs.ts";
import { sequences } from "./steps.ts";

describe("in any sequence of requests, sweeps and moments", () => {
  it(
    "SQLite answers and stores what the model does",
    () =>
      holds(
        fc.asyncProperty(sequences, (steps) => play(steps, [openSqlite])),
        600,
      ),
    patienceMs,
  );

  it(
    "SQLite, DynamoDB and the model answer and store alike",
    () =>
      holds(
        fc.asyncProperty(sequences, (steps) => play(steps, [openSqlite, openFewShards])),
        90,
      ),
    patienceMs,
  );
});

/** More shards than one, so that they are merged, and not so many that a search costs the test its time. */
const openFewShards = () => openDynamoWith(testClient(), { list: 2, due: 2 }, tiny);
