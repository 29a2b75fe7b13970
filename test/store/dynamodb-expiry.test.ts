/** A table beside the local server lets promises expire as a deployed one does. */

import { DescribeTimeToLiveCommand, UpdateTimeToLiveCommand } from "@aws-sdk/client-dynamodb";
import { afterAll, expect, it } from "vitest";
import { expiryAttribute } from "#lib/store/dynamodb/layout.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { freshTable, testClient } from "../support/stores.ts";

const client = testClient();
afterAll(() => client.destroy());

const attributeOf = async (table: string) =>
  (await client.send(new DescribeTimeToLiveCommand({ TableName: table }))).TimeToLiveDescription?.AttributeName;

it("A table has its time to live from the first start on, and keeps it at the next", async () => {
  const table = await freshTable(client);
  expect(await attributeOf(table)).toBe(expiryAttribute);
  await ensureTable(client, table);
  expect(await attributeOf(table)).toBe(expiryAttribute);
});

it("A table of before is given it", async () => {
  const table = await freshTable(client);
  const off = { AttributeName: expiryAttribute, Enabled: false };
  await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification: off }));
  expect(await attributeOf(table)).toBeUndefined();
  await ensureTable(client, table);
  expect(await attributeOf(table)).toBe(expiryAttribute);
});
