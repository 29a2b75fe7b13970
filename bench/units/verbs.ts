import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { toItemKey } from "#lib/store/dynamodb/keys.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { printTable, verdict } from "../table.ts";
import { compositeRows } from "./composite-rows.ts";
import { itemBytes } from "./item-size.ts";
import type { Meter, Spent } from "./meter.ts";
import { ownRows } from "./own-rows.ts";
import { promiseRows } from "./promise-rows.ts";
import type { Budget, Row } from "./row.ts";
import { scene } from "./scene.ts";
import { subscriptionRows } from "./subscription-rows.ts";
import { taskRows } from "./task-rows.ts";

/** The largest item of a scene, keys included, at its largest: one byte more would be two units. */
const itemBytesWanted = 1_024;

const parts: readonly (readonly [title: string, rows: readonly Row[]])[] = [
  ["promises", promiseRows],
  ["tasks", taskRows],
  ["composites", compositeRows],
  ["what subscriptions ask for", subscriptionRows],
  ["what the service does on its own", ownRows],
];

export async function countVerbs(meter: Meter, table: string): Promise<boolean> {
  let isKept = true;
  for (const [title, rows] of parts) {
    const counted = [];
    for (const row of rows) {
      counted.push({ row, spent: await countPadded(meter, table, row) });
    }
    printTable(
      `Units of ${title}: items of ${itemBytesWanted} bytes, all indexes included`,
      ["verb", "round trips", "budget", "write units", "budget", "read units", "budget", ""],
      counted.map(({ row: { verb, budget }, spent }) => [
        verb,
        spent.roundTrips,
        budget.roundTrips,
        spent.writeUnits,
        budget.writeUnits,
        spent.readUnits,
        budget.readUnits ?? "",
        verdict(isWithin(budget, spent)),
      ]),
    );
    isKept &&= counted.every(({ row, spent }) => isWithin(row.budget, spent));
  }
  return isKept;
}

const isWithin = ({ roundTrips, writeUnits, readUnits = Number.POSITIVE_INFINITY }: Budget, spent: Spent): boolean =>
  spent.roundTrips <= roundTrips && spent.writeUnits <= writeUnits && spent.readUnits <= readUnits;

/** Plays the row once to see how large its items are, and once with the largest filled up. */
async function countPadded(meter: Meter, table: string, row: Row): Promise<Spent> {
  const { bytes: unpadded } = await countRow(meter, table, row, "");
  const { bytes, spent } = await countRow(meter, table, row, "x".repeat(itemBytesWanted - unpadded));
  if (unpadded > 0 && bytes !== itemBytesWanted) {
    throw new Error(`${row.verb}: the largest item has ${bytes} bytes instead of ${itemBytesWanted}`);
  }
  return spent;
}

async function countRow(
  meter: Meter,
  table: string,
  { before, measured, worker, receiver }: Row,
  padding: string,
): Promise<{ bytes: number; spent: Spent }> {
  const store = dynamoStore({ client: meter.client, table });
  const played = scene(store, padding, receiver === "down" ? "failed" : worker === "absent" ? "nobody" : "sent");
  await before?.(played);
  const bytesBefore = await largest(meter, table, played.cast);
  const spent = await meter.spentBy(() => measured(played));
  return { bytes: Math.max(bytesBefore, await largest(meter, table, played.cast)), spent };
}

/** Bytes of the largest of these promises' items. */
async function largest({ client }: Meter, table: string, ids: ReadonlySet<string>): Promise<number> {
  const sizes = await Promise.all(
    Array.from(ids, async (id) => {
      const { pk, sk } = toItemKey({ of: "promise", id });
      const command = new GetItemCommand({
        TableName: table,
        Key: { pk: { S: pk }, sk: { S: sk } },
        ConsistentRead: true,
      });
      return itemBytes((await client.send(command)).Item ?? {});
    }),
  );
  return Math.max(0, ...sizes);
}
