import { randomUUID } from "node:crypto";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import type { Effect, PromiseImage, Tags } from "#lib/core/index.ts";
import { promiseService } from "#lib/service/promises.ts";
import { promiseKey } from "#lib/store/dynamodb/layout.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { printTable, verdict } from "../table.ts";
import { itemBytes } from "./item-size.ts";
import type { Meter, Spent } from "./meter.ts";

/** A promise in the making: its verbs, each at its own moment of a life that nobody waits for. */
interface Subject {
  create(): Promise<Effect>;
  settle(): Promise<Effect>;
  get(): Promise<PromiseImage>;
  getPastDeadline(): Promise<PromiseImage>;
}

interface Row {
  readonly verb: string;
  readonly budget: { readonly roundTrips: number; readonly writeUnits: number };
  readonly tags?: Tags;
  readonly before: readonly (keyof Subject)[];
  readonly measured: readonly (keyof Subject)[];
}

const localStep: Tags = { "resonate:scope": "local" };

const budgets = {
  create: { roundTrips: 1, writeUnits: 4 },
  settle: { roundTrips: 1, writeUnits: 2 },
  localStep: { roundTrips: 2, writeUnits: 2 },
  get: { roundTrips: 1, writeUnits: 0 },
  /** Beside the read, the one write of the promise's life that puts its time-out down, and takes it off the due index. */
  getPastDeadline: { roundTrips: 2, writeUnits: 2 },
  /** The same of one that the due index never held. */
  getPastDeadlineUnarmed: { roundTrips: 2, writeUnits: 1 },
} as const;

const rows: readonly Row[] = [
  { verb: "create, listed and armed", budget: budgets.create, before: [], measured: ["create"] },
  { verb: "create, repeated", budget: budgets.create, before: ["create"], measured: ["create"] },
  { verb: "create, local step", budget: budgets.create, tags: localStep, before: [], measured: ["create"] },
  { verb: "settle, nobody waiting", budget: budgets.settle, before: ["create"], measured: ["settle"] },
  { verb: "settle, repeated", budget: budgets.settle, before: ["create", "settle"], measured: ["settle"] },
  {
    verb: "create + settle, local step",
    budget: budgets.localStep,
    tags: localStep,
    before: [],
    measured: ["create", "settle"],
  },
  { verb: "get", budget: budgets.get, before: ["create"], measured: ["get"] },
  {
    verb: "get, meets its time-out",
    budget: budgets.getPastDeadline,
    before: ["create"],
    measured: ["getPastDeadline"],
  },
  {
    verb: "get, meets its time-out, local step",
    budget: budgets.getPastDeadlineUnarmed,
    tags: localStep,
    before: ["create"],
    measured: ["getPastDeadline"],
  },
  {
    verb: "get, met its time-out before",
    budget: budgets.get,
    before: ["create", "getPastDeadline"],
    measured: ["getPastDeadline"],
  },
];

/** The whole item, keys included, at its largest. */
const itemBytesWanted = 1_024;

export async function countVerbs(meter: Meter, table: string): Promise<boolean> {
  const counted = [];
  for (const row of rows) {
    const { bytes: unpadded } = await countRow(meter, table, row, "");
    const { bytes, spent } = await countRow(meter, table, row, "x".repeat(itemBytesWanted - unpadded));
    if (bytes !== itemBytesWanted) {
      throw new Error(`${row.verb}: the item has ${bytes} bytes instead of ${itemBytesWanted}`);
    }
    counted.push({ row, spent });
  }
  printTable(
    `Units per verb: items of ${itemBytesWanted} bytes, all indexes included`,
    ["verb", "round trips", "budget", "write units", "budget", "read units", ""],
    counted.map(({ row, spent }) => [
      row.verb,
      spent.roundTrips,
      row.budget.roundTrips,
      spent.writeUnits,
      row.budget.writeUnits,
      spent.readUnits,
      verdict(isWithin(row, spent)),
    ]),
  );
  return counted.every(({ row, spent }) => isWithin(row, spent));
}

const isWithin = ({ budget }: Row, spent: Spent): boolean =>
  spent.roundTrips <= budget.roundTrips && spent.writeUnits <= budget.writeUnits;

async function countRow(
  meter: Meter,
  table: string,
  { before, measured, tags }: Row,
  padding: string,
): Promise<{ bytes: number; spent: Spent }> {
  const id = `purchase/${randomUUID()}`;
  const promise = subject(meter, table, id, padding, tags);
  for (const verb of before) {
    await promise[verb]();
  }
  const spent = await meter.spentBy(async () => {
    for (const verb of measured) {
      await promise[verb]();
    }
  });
  const key = promiseKey(id);
  const stored = await meter.client.send(
    new GetItemCommand({ TableName: table, Key: { pk: { S: key.pk }, sk: { S: key.sk } }, ConsistentRead: true }),
  );
  return { bytes: itemBytes(stored.Item ?? {}), spent };
}

function subject({ client }: Meter, table: string, id: string, padding: string, tags: Tags = {}): Subject {
  const promises = promiseService({ store: dynamoStore({ client, table }), timer: { arm: () => {} } });
  const birth = 1_795_000_000_001;
  const deadline = birth + 3_600_000;
  const at = (now: number) => ({ now, token: randomUUID(), cost: { roundTrips: 0 } });
  return {
    create: () =>
      promises.create({ id, timeoutAt: deadline, param: { data: padding }, tags, idempotencyKey: "key" }, at(birth)),
    settle: () =>
      promises.settle({ id, verdict: "resolved", value: { data: "done" }, idempotencyKey: "key" }, at(birth + 1_000)),
    get: () => promises.get(id, at(birth + 1_000)),
    getPastDeadline: () => promises.get(id, at(deadline + 1_000)),
  };
}
