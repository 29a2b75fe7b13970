/**
 * What DynamoDB says its requests took, counted in the client: the service knows nothing of it.
 *
 * @module
 */

import {
  type AttributeValue,
  type CancellationReason,
  ConditionalCheckFailedException,
  type ConsumedCapacity,
  TransactionCanceledException,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { itemBytes } from "./item-size.ts";

export interface Spent {
  roundTrips: number;
  readUnits: number;
  writeUnits: number;
  /** Of the write units, those of each index, by its name. */
  indexWrites: Readonly<Record<string, number>>;
}

export interface Meter {
  readonly client: DynamoDBDocumentClient;
  /** What the work has spent; only one piece of work at a time. */
  spentBy(work: () => Promise<unknown>): Promise<Spent>;
}

/** What each command takes. One that is not here is refused: it would go uncounted. */
const units: ReadonlyMap<string | undefined, "readUnits" | "writeUnits" | "none"> = new Map([
  ["GetItemCommand", "readUnits"],
  ["BatchGetItemCommand", "readUnits"],
  ["QueryCommand", "readUnits"],
  ["PutItemCommand", "writeUnits"],
  ["UpdateItemCommand", "writeUnits"],
  ["DeleteItemCommand", "writeUnits"],
  ["TransactWriteItemsCommand", "writeUnits"],
  ["CreateTableCommand", "none"],
  ["DescribeTableCommand", "none"],
  ["DescribeTimeToLiveCommand", "none"],
  ["UpdateTimeToLiveCommand", "none"],
]);

const unitBytes = 1_024;

/** A client that asks for the capacity that every request takes, and adds it up. */
export function meter(endpoint: string): Meter {
  const client = dynamoClient({
    endpoint,
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  let spent = nothing();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const kind = units.get(commandName);
        if (kind === undefined) {
          throw new Error(`nothing is known of what a ${commandName} takes`);
        }
        if (kind === "none") {
          return next(args);
        }
        try {
          const asking = { ...args, input: { ...args.input, ReturnConsumedCapacity: "INDEXES" } };
          const result = await next(asking);
          const { ConsumedCapacity, $metadata } = result.output as Costed;
          spent.roundTrips += $metadata?.attempts ?? 1;
          spent[kind] += unitsOf(ConsumedCapacity);
          if (kind === "writeUnits") {
            spent.indexWrites = withIndexes(spent.indexWrites, ConsumedCapacity);
          }
          return result;
        } catch (error) {
          if (error instanceof ConditionalCheckFailedException) {
            spent.roundTrips += error.$metadata.attempts ?? 1;
            spent.writeUnits += unitsOfItem(error.Item);
          }
          if (error instanceof TransactionCanceledException) {
            spent.roundTrips += error.$metadata.attempts ?? 1;
            spent.writeUnits += canceledUnits(error.CancellationReasons);
          }
          throw error;
        }
      },
    { step: "initialize", name: "meter" },
  );
  return {
    client,
    async spentBy(work) {
      spent = nothing();
      await work();
      return { ...spent };
    },
  };
}

const nothing = (): Spent => ({ roundTrips: 0, readUnits: 0, writeUnits: 0, indexWrites: {} });

function withIndexes(sums: Spent["indexWrites"], consumed: Costed["ConsumedCapacity"]): Spent["indexWrites"] {
  const added: Record<string, number> = { ...sums };
  for (const each of [consumed].flat()) {
    for (const [name, { CapacityUnits = 0 }] of Object.entries(each?.GlobalSecondaryIndexes ?? {})) {
      added[name] = (added[name] ?? 0) + CapacityUnits;
    }
  }
  return added;
}

interface Costed {
  readonly ConsumedCapacity?: ConsumedCapacity | readonly ConsumedCapacity[];
  readonly $metadata?: { readonly attempts?: number };
}

/** @throws Error where DynamoDB does not say: nothing would look like nothing spent. */
function unitsOf(consumed: Costed["ConsumedCapacity"]): number {
  const units = [consumed].flat().map((each) => each?.CapacityUnits);
  if (units.some((each) => each === undefined)) {
    throw new Error("the engine does not say what the request took");
  }
  return units.reduce<number>((sum, each) => sum + (each as number), 0);
}

/** A refused write takes what the item that refused it weighs; DynamoDB charges it, but does not say so in its answer. */
const unitsOfItem = (item: Readonly<Record<string, AttributeValue>> = {}): number =>
  Math.max(1, Math.ceil(itemBytes(item) / unitBytes));

/**
 * A canceled transaction is charged as well, and does not say so either. It is counted as if all of it had been written:
 * two units for each item, of which those that refused nothing are not shown, and are of one kilobyte here.
 */
const canceledUnits = (reasons: readonly CancellationReason[] = []): number =>
  reasons.reduce((sum, { Item }) => sum + 2 * unitsOfItem(Item), 0);
