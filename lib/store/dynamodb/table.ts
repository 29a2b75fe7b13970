import {
  type AttributeDefinition,
  CreateTableCommand,
  DescribeTimeToLiveCommand,
  type GlobalSecondaryIndex,
  ResourceInUseException,
  UpdateTimeToLiveCommand,
  waitUntilTableExists,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { expiryAttribute, indexes, tableKeys } from "./layout.ts";

/** Creates the table as the deployment would, unless it exists: for a DynamoDB beside the local server. */
export async function ensureTable(client: DynamoDBDocumentClient, table: string): Promise<void> {
  try {
    await client.send(new CreateTableCommand(definition(table)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) {
      throw error;
    }
  }
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName: table });
  await letExpire(client, table);
}

/** Tables of before had no time to live; one that has it refuses to be given it again. */
async function letExpire(client: DynamoDBDocumentClient, table: string): Promise<void> {
  const { TimeToLiveDescription } = await client.send(new DescribeTimeToLiveCommand({ TableName: table }));
  const status = TimeToLiveDescription?.TimeToLiveStatus;
  if (status !== "ENABLED" && status !== "ENABLING") {
    const TimeToLiveSpecification = { AttributeName: expiryAttribute, Enabled: true };
    await client.send(new UpdateTimeToLiveCommand({ TableName: table, TimeToLiveSpecification }));
  }
}

function definition(table: string): ConstructorParameters<typeof CreateTableCommand>[0] {
  const attributes = new Map<string, AttributeDefinition["AttributeType"]>([
    [tableKeys.partition, "S"],
    [tableKeys.sort, "S"],
    ...Object.values(indexes).flatMap(
      ({ partition, sort }) =>
        [
          [partition, "S"],
          [sort.name, sort.type],
        ] as const,
    ),
  ]);
  return {
    TableName: table,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
    KeySchema: keySchema(tableKeys.partition, tableKeys.sort),
    GlobalSecondaryIndexes: Object.values(indexes).map(
      ({ name, partition, sort, projected }): GlobalSecondaryIndex => ({
        IndexName: name,
        KeySchema: keySchema(partition, sort.name),
        Projection:
          projected.length === 0
            ? { ProjectionType: "KEYS_ONLY" }
            : { ProjectionType: "INCLUDE", NonKeyAttributes: [...projected] },
      }),
    ),
  };
}

const keySchema = (partition: string, sort: string) => [
  { AttributeName: partition, KeyType: "HASH" as const },
  { AttributeName: sort, KeyType: "RANGE" as const },
];
