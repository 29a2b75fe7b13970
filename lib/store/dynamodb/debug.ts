import { DeleteCommand, type DynamoDBDocumentClient, paginateScan } from "@aws-sdk/lib-dynamodb";
import type { Message } from "#lib/core/index.ts";
import type { DebugStore } from "#lib/ports/debug.ts";
import { fromItem } from "./items.ts";
import { fromItemKey, type ItemKey } from "./keys.ts";

/** What tests may do with a table: reads and deletes all of it. */
export function dynamoDebug(client: DynamoDBDocumentClient, table: string): DebugStore {
  const scan = async () => {
    const items: Record<string, unknown>[] = [];
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
      items.push(...Items);
    }
    return items;
  };
  return {
    async everything() {
      const items = (await scan()).map((item) => ({ item, key: fromItemKey(item as unknown as ItemKey) }));
      return {
        promiseIds: items.flatMap(({ key }) => (key.of === "promise" ? [key.id] : [])),
        messages: items.flatMap(({ key, item }): Message[] =>
          key.of === "message" ? [fromItem("message", item)] : [],
        ),
      };
    },
    async clear() {
      await Promise.all(
        (await scan()).map(({ pk, sk }) => client.send(new DeleteCommand({ TableName: table, Key: { pk, sk } }))),
      );
    },
  };
}
