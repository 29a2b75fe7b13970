import { setTimeout as sleep } from "node:timers/promises";
import {
  BatchGetCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  QueryCommand,
  type QueryCommandInput,
} from "@aws-sdk/lib-dynamodb";
import {
  type AnyChange,
  Fault,
  type Key,
  type Kind,
  lineageRoot,
  type PromiseImage,
  type Things,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import { attempt } from "./attempt.ts";
import { readDue } from "./due.ts";
import { toWrite } from "./expressions.ts";
import { fromItem } from "./items.ts";
import { toItemKey } from "./keys.ts";
import { defaultShards, type Shards, tableKeys } from "./layout.ts";
import { readById, readListed, readOldest } from "./listed.ts";
import { transact } from "./transact.ts";

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

/** Everything in one DynamoDB table. */
export function dynamoStore({ client, table, shards = defaultShards }: DynamoStoreOptions): Store {
  const find = async <Of extends Kind>(key: Key<Of>, cost: Cost): Promise<Things[Of] | undefined> => {
    const command = new GetCommand({ TableName: table, Key: { ...toItemKey(key) }, ConsistentRead: true });
    const { Item } = await answered(client.send(command), cost);
    return Item && fromItem(key.of, Item);
  };

  return {
    dueShards: shards.due,
    get: (id, cost) => find({ of: "promise", id }, cost),
    find,
    whole: async (thing) => thing,

    async read(ids, cost) {
      const batches = Array.from({ length: Math.ceil(ids.length / batchKeysMax) }, (_, batch) =>
        readBatch(client, table, ids.slice(batch * batchKeysMax, (batch + 1) * batchKeysMax), cost),
      );
      return (await Promise.all(batches)).flat();
    },

    async members<Of extends Kind>(of: Of, within: string, limit: number, cost: Cost, after?: string) {
      const query = collection(table, `${of}#${within}`, after);
      const { Items = [] } = await answered(client.send(new QueryCommand({ ...query, Limit: limit })), cost);
      return Items.map((item) => fromItem(of, item));
    },

    attempt: (write, cost) => attempt(client, write, toWrite(write as AnyChange, table, shards), cost),

    transact: (writes, cost) => transact(client, table, shards, writes, cost),

    async *lineage(id, after, cost) {
      const query = collection(table, `promise#${lineageRoot(id)}`, after);
      let from: Record<string, unknown> | undefined;
      do {
        const command = new QueryCommand({ ...query, ExclusiveStartKey: from });
        const { Items = [], LastEvaluatedKey } = await answered(client.send(command), cost);
        yield Items.map((item) => fromItem("promise", item));
        from = LastEvaluatedKey;
      } while (from !== undefined);
    },

    listed: (prefix, after, cost) => readListed({ client, table, shards: shards.list, cost }, prefix, after),

    oldest: (until, after, cost) => readOldest({ client, table, shards: shards.list, cost }, until, after),

    listedById: (of, after, cost) => readById({ client, table, shards: shards.list, cost }, of, after),

    due: (shard, until, cost) => readDue(client, table, shard, until, cost),
  };
}

/** A consistent query of one item collection, in order of ids after the given one. */
function collection(table: string, pk: string, after?: string): QueryCommandInput {
  return {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: after === undefined ? "#pk = :pk" : "#pk = :pk AND #sk > :after",
    ExpressionAttributeNames: {
      "#pk": tableKeys.partition,
      ...(after !== undefined && { "#sk": tableKeys.sort }),
    },
    ExpressionAttributeValues: { ":pk": pk, ...(after !== undefined && { ":after": after }) },
  };
}

/** Reads what a batch asks for. One answer may hold only a part of it, but never nothing. */
async function readBatch(
  client: DynamoDBDocumentClient,
  table: string,
  ids: readonly string[],
  cost: Cost,
): Promise<PromiseImage[]> {
  const images: PromiseImage[] = [];
  let Keys: Record<string, unknown>[] | undefined = ids.map((id) => ({ ...toItemKey({ of: "promise", id }) }));
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
    images.push(...(Responses?.[table] ?? []).map((item) => fromItem("promise", item)));
    Keys = UnprocessedKeys?.[table]?.Keys;
  }
  return images;
}
