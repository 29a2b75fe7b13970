import { setTimeout as sleep } from "node:timers/promises";
import { ConditionalCheckFailedException } from "@aws-sdk/client-dynamodb";
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  UpdateCommand,
} from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { Fault, type GuardedChange, type Outcome, type PromiseImage, refused } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import { readDue } from "./due.ts";
import { toWrite, type Write } from "./expressions.ts";
import { defaultShards, promiseKey, type Shards } from "./layout.ts";
import { readListed } from "./listed.ts";
import { fromItem, type PromiseItem } from "./promise-item.ts";

export interface DynamoStoreOptions {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  readonly shards?: Shards;
}

/** How often the rest of a batch is asked for, and the wait that doubles before each time but the first. */
const batchAttemptsMax = 8;
const backoffMs = 10;

/** Keys that one BatchGetItem takes. */
const batchKeysMax = 100;

/** The promises in one DynamoDB table. */
export function dynamoStore({ client, table, shards = defaultShards }: DynamoStoreOptions): Store {
  return {
    dueShards: shards.due,

    async get(id, cost) {
      const command = new GetCommand({ TableName: table, Key: promiseKey(id), ConsistentRead: true });
      const { Item } = await answered(client.send(command), cost);
      return Item && fromItem(Item as PromiseItem);
    },

    async read(ids, cost) {
      const batches = Array.from({ length: Math.ceil(ids.length / batchKeysMax) }, (_, batch) =>
        readBatch(client, table, ids.slice(batch * batchKeysMax, (batch + 1) * batchKeysMax), cost),
      );
      return (await Promise.all(batches)).flat();
    },

    attempt: (write, cost) => attempt(client, write, toWrite(write, table, shards), cost),

    listed: (prefix, after, cost) => readListed({ client, table, shards: shards.list, cost }, prefix, after),

    due: (shard, until, cost) => readDue(client, table, shard, until, cost),
  };
}

async function attempt(
  client: DynamoDBDocumentClient,
  change: GuardedChange,
  write: Write,
  cost: Cost,
): Promise<Outcome> {
  try {
    return { won: true, image: await carryOut(client, write, cost) };
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      // The refusing item comes as the database's own types, even through the document client.
      return refused(change, error.Item && fromItem(unmarshall(error.Item) as PromiseItem));
    }
    throw error;
  }
}

async function carryOut(client: DynamoDBDocumentClient, write: Write, cost: Cost): Promise<PromiseImage> {
  switch (write.kind) {
    case "put":
      await answered(client.send(new PutCommand(write.input)), cost);
      return write.image;
    case "update": {
      const { Attributes } = await answered(client.send(new UpdateCommand(write.input)), cost);
      return fromItem(Attributes as PromiseItem);
    }
  }
}

/** Reads what a batch asks for. One answer may hold only a part of it, but never nothing. */
async function readBatch(
  client: DynamoDBDocumentClient,
  table: string,
  ids: readonly string[],
  cost: Cost,
): Promise<PromiseImage[]> {
  const images: PromiseImage[] = [];
  let Keys: Record<string, unknown>[] | undefined = ids.map(promiseKey);
  for (let attempt = 0; Keys !== undefined && Keys.length > 0; attempt++) {
    if (attempt === batchAttemptsMax) {
      throw new Fault("storeUnavailable", {});
    }
    if (attempt > 0) {
      // What is left over may have been throttled.
      await sleep(Math.random() * backoffMs * 2 ** attempt);
    }
    const command = new BatchGetCommand({ RequestItems: { [table]: { Keys, ConsistentRead: true } } });
    const { Responses, UnprocessedKeys } = await answered(client.send(command), cost);
    images.push(...(Responses?.[table] ?? []).map((item) => fromItem(item as PromiseItem)));
    Keys = UnprocessedKeys?.[table]?.Keys;
  }
  return images;
}
