/** The indexes of a live table, cut into more shards than before: what was written with fewer is still found, and moves. */

import { expect, it, onTestFinished } from "vitest";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { imageOf } from "../support/images.ts";
import { freshTable, testClient } from "../support/stores.ts";
import { anyCost, creation, keep, settlement } from "./keep.ts";

it("is listed, found due and settled by a store with more shards, while the old one still writes", async () => {
  const client = testClient();
  onTestFinished(() => client.destroy());
  const table = await freshTable(client);
  const [few, many] = [
    { list: 2, due: 2 },
    { list: 16, due: 16 },
  ].map((shards) => dynamoStore({ client, table, shards })) as [
    ReturnType<typeof dynamoStore>,
    ReturnType<typeof dynamoStore>,
  ];
  const before = Array.from({ length: 40 }, (_, at) => imageOf({ id: `before/${at}`, dueAt: 1_500 }));
  const after = Array.from({ length: 40 }, (_, at) => imageOf({ id: `after/${at}`, dueAt: 1_500 }));
  const late = Array.from({ length: 40 }, (_, at) => imageOf({ id: `late/${at}`, dueAt: 1_500 }));
  await keep(few, before);
  await keep(many, after);
  for (const image of late) {
    await few.attempt(creation(image), anyCost());
  }

  const ids = [...before, ...after, ...late].map(({ id }) => id).sort();
  const listed = (await Array.fromAsync(many.listed("", undefined, anyCost()))).flat().map(({ id }) => id);
  expect(listed.sort()).toEqual(ids);
  const byId = (await Array.fromAsync(many.listedById("promise", undefined, anyCost()))).flat().map(({ id }) => id);
  expect(byId).toEqual(ids);
  const due = async () => {
    const shards = Array.from({ length: many.dueShards }, (_, shard) =>
      Array.fromAsync(many.due(shard, 2_000, anyCost())),
    );
    return (await Promise.all(shards)).flat(2).map(({ id }) => id);
  };
  expect((await due()).sort()).toEqual(ids);

  for (const { id } of [...before, ...late]) {
    expect((await many.attempt(settlement(id, "t"), anyCost())).won).toBe(true);
  }
  expect((await due()).sort()).toEqual(after.map(({ id }) => id).sort());
});
