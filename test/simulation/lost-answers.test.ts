/**
 * Goal: whoever creates a promise is told so, whatever others do to it before the AWS client has repeated the request.
 *
 * Method: creates whose answer is lost after the write took effect; what happens before the repeat is drawn from a seed.
 * Beside the answers, it is counted how often one field for the token of whoever wrote last would have lied.
 */

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { PromiseImage } from "#lib/core/index.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { openDoor } from "../support/door.ts";
import { faultyClient, newFaults } from "../support/faulty-dynamo.ts";
import { freshTable, testClient } from "../support/stores.ts";
import { sweepAt } from "./play.ts";

const fates = ["nothing", "completed", "timed out, by a reader", "timed out, by a sweep"] as const;

/** What becomes of each promise between its birth and the repeat of the request that made it. */
const drawn = fc.sample(fc.constantFrom("nothing" as const, ...fates), { seed: 20_261_124, numRuns: 500 });

const deadlineMs = 1_000;

it("a creator whose answer was lost is told 201, though the promise has been settled by then", async () => {
  const calm = testClient();
  const table = await freshTable(calm);
  const doorBy = (token: string, client: DynamoDBDocumentClient) =>
    openDoor(async () => ({ store: dynamoStore({ client, table }), close: () => client.destroy() }), {
      token: () => token,
    });
  const other = await doorBy("other", calm);
  const befall = async (fate: (typeof fates)[number], path: string) => {
    switch (fate) {
      case "completed":
        return other.ask("PATCH", path, { state: "RESOLVED" });
      case "timed out, by a reader":
        other.clock.now += deadlineMs;
        return other.ask("GET", path);
      case "timed out, by a sweep":
        other.clock.now += deadlineMs;
        return sweepAt(other);
      case "nothing":
        return undefined;
    }
  };

  let misled = 0;
  for (const [number, fate] of drawn.entries()) {
    const id = `promise/${number}`;
    const faults = newFaults();
    // A client of its own: the AWS client keeps a budget of retries, and these would all draw on it.
    const creator = await doorBy("creator", faultyClient(faults));
    creator.clock.now = other.clock.now;
    // It knows by then which subscriptions there are: what it asks of the table next is the write.
    await creator.ask("PATCH", "/promises/none", { state: "RESOLVED" });
    faults.next = ["answerLost"];
    faults.onLost = async () => {
      await befall(fate, `/promises/${id}`);
      const image = (await other.store.get(id, { roundTrips: 0 })) as PromiseImage;
      misled += lastWriter(image) === "creator" ? 0 : 1;
    };
    const { status, body } = await creator.ask("POST", "/promises", { id, timeout: other.clock.now + deadlineMs });
    expect([status, body.state]).toEqual([201, "PENDING"]);
    creator.close();
  }
  const settledByOthers = drawn.filter((fate) => fate !== "nothing").length;
  // With one field for the last writer's token, each of these creators would have been told 409 for its own promise.
  expect(misled).toBe(settledByOthers);
  expect([drawn.length, misled]).toEqual([500, 301]);
  other.close();
});

/** Whose token one field for all writes would hold. */
const lastWriter = ({ state, createToken, settleToken }: PromiseImage): string =>
  state === "pending" ? createToken : (settleToken ?? "whoever noticed the deadline");
