import { type DynamoDBDocumentClient, QueryCommand } from "@aws-sdk/lib-dynamodb";
import type { EpochMs } from "#lib/core/index.ts";
import type { Cost, DueEntry } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import { fromItemKey, type ItemKey } from "./keys.ts";
import { dueShard, indexes } from "./layout.ts";

/** Entries of the due index read at once: as many as one batch read of their items takes. */
const batchMax = 100;

/** One shard of the due index up to a moment, earliest first. */
export async function* readDue(
  client: DynamoDBDocumentClient,
  table: string,
  shard: number,
  until: EpochMs,
  cost: Cost,
): AsyncGenerator<readonly DueEntry[]> {
  let from: Record<string, unknown> | undefined;
  do {
    const query = new QueryCommand({
      TableName: table,
      IndexName: indexes.due.name,
      KeyConditionExpression: "#shard = :shard AND #dueAt <= :until",
      ExpressionAttributeNames: { "#shard": indexes.due.partition, "#dueAt": indexes.due.sort.name },
      ExpressionAttributeValues: { ":shard": dueShard(shard), ":until": until },
      Limit: batchMax,
      ExclusiveStartKey: from,
    });
    const { Items = [], LastEvaluatedKey } = await answered(client.send(query), cost);
    yield Items.map((item) => ({ ...fromItemKey(item as ItemKey), dueAt: item["dueAt"] as EpochMs }));
    from = LastEvaluatedKey;
  } while (from !== undefined);
}
