/** What stands in the way of a write for a moment, what stands there for good, and answers that are lost. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { AnyChange } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { type Fault, type Faults, faultyClient, newFaults } from "../support/faulty-dynamo.ts";
import { imageOf } from "../support/images.ts";
import { freshTable } from "../support/stores.ts";
import { anyCost, creation, settlement } from "./keep.ts";

let faults: Faults;
let store: Store;
let count = 0;
let ids: readonly [string, string];

beforeAll(async () => {
  faults = newFaults();
  const client = faultyClient(faults);
  store = dynamoStore({ client, table: await freshTable(client) });
  return () => client.destroy();
});

beforeEach(() => {
  count += 1;
  ids = [`a/${count}`, `b/${count}`];
});

afterAll(() => {
  faults.next = [];
});

const births = (): readonly AnyChange[] => ids.map((id) => creation(imageOf({ id, createToken: `t${count}` })));
const written = async () => (await store.read(ids, anyCost())).length;

describe("A transaction that something is in the way of", () => {
  it.each<Fault>([
    "canceled: TransactionConflict",
    "canceled: ThrottlingError",
    "canceled: ProvisionedThroughputExceeded",
  ])("is tried again after %s, also beside a failed condition, and counts each attempt", async (fault) => {
    faults.next = [fault, fault, fault];
    const cost = anyCost();
    expect(await store.transact(births(), cost)).toMatchObject({ won: true });
    expect([await written(), cost.roundTrips]).toEqual([2, 4]);
  });

  it("for good is no failure of the store's, but its absence for the moment", async () => {
    faults.next = Array.from({ length: 100 }, () => "canceled: TransactionConflict");
    const before = faults.suffered["canceled: TransactionConflict"];
    await expect(store.transact(births(), anyCost())).rejects.toMatchObject({ code: "storeUnavailable" });
    expect(faults.suffered["canceled: TransactionConflict"] - before).toBeGreaterThanOrEqual(8);
    faults.next = [];
    expect(await written()).toBe(0);
  });

  it("that repeating will not mend is the store's failure at once", async () => {
    faults.next = ["canceled: ValidationError"];
    const cost = anyCost();
    await expect(store.transact(births(), cost)).rejects.toMatchObject({ code: "storeFailed" });
    expect([cost.roundTrips, await written()]).toEqual([1, 0]);
  });

  it.each<Fault>(["throttled", "throughputExceeded"])(
    "that is %s as a whole is repeated by the client",
    async (fault) => {
      faults.next = [fault];
      const cost = anyCost();
      expect(await store.transact(births(), cost)).toMatchObject({ won: true });
      expect([await written(), cost.roundTrips]).toEqual([2, 2]);
    },
  );
});

describe("A lost answer", () => {
  it("of a transaction leaves it done once", async () => {
    await store.transact(births(), anyCost());
    const counting = ids.map(
      (id): AnyChange => ({
        of: "promise",
        id,
        guards: [{ kind: "present", field: "state" }],
        change: { kind: "update", increment: "resumes" },
      }),
    );
    faults.next = ["answerLost"];
    const cost = anyCost();
    expect(await store.transact(counting, cost)).toMatchObject({ won: true });
    expect(cost.roundTrips).toBe(2);
    expect(await store.read(ids, anyCost())).toMatchObject([{ resumes: 1 }, { resumes: 1 }]);
  });

  it("of a transaction that its own repetition refuses is a success", async () => {
    faults.next = ["answerLost"];
    expect(await store.transact(births(), anyCost())).toMatchObject({ won: true });
    expect(await written()).toBe(2);
  });

  it("of a settlement is made good by the token that it left", async () => {
    await store.transact(births(), anyCost());
    faults.next = ["answerLost"];
    expect(await store.attempt(settlement(ids[0], "mine"), anyCost())).toMatchObject({
      won: true,
      image: { settleToken: "mine" },
    });
  });
});

it("A write that meets a transaction under way is repeated by the client", async () => {
  faults.next = ["conflict", "conflict"];
  const cost = anyCost();
  expect(await store.attempt(creation(imageOf({ id: ids[0] })), cost)).toMatchObject({ won: true });
  expect(cost.roundTrips).toBe(3);
});
