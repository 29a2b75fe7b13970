import { randomUUID } from "node:crypto";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { inject } from "vitest";
import { type Thresholds, withBodies } from "#lib/bodies/store.ts";
import type { Store } from "#lib/ports/store.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import type { Shards } from "#lib/store/dynamodb/layout.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { sqliteStore } from "#lib/store/sqlite/store.ts";
import { bodiesInMemory } from "./bodies.ts";

/** A store for a test, and how to be done with it. */
export interface Opened {
  readonly store: Store;
  readonly close: () => void;
}

export type OpenStore = () => Promise<Opened>;

export const openSqlite: OpenStore = async () => {
  const store = sqliteStore(":memory:");
  return { store, close: () => store.close() };
};

/** A client of the project's DynamoDB engine. */
export const testClient = (): DynamoDBDocumentClient =>
  dynamoClient({
    endpoint: inject("dynamoEndpoint"),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });

/** A table of its own in the project's DynamoDB engine. */
export async function freshTable(client: DynamoDBDocumentClient): Promise<string> {
  const table = `test-${randomUUID()}`;
  await ensureTable(client, table);
  return table;
}

export const openDynamo: OpenStore = () => openDynamoWith(testClient());

/** As a deployment has it: large payloads are kept elsewhere. */
export async function openDynamoWith(
  client: DynamoDBDocumentClient,
  shards?: Shards,
  thresholds?: Thresholds,
): Promise<Opened> {
  const { store, close } = await openTable(client, shards);
  const options = { bodies: bodiesInMemory(), now: Date.now, newKey: randomUUID, ...(thresholds && { thresholds }) };
  return { store: withBodies(store, options), close };
}

/** Thresholds by which nearly every payload is too large. */
export const tiny: Thresholds = { plain: 11, withTask: 11 };

/** The table by itself. */
export async function openTable(client = testClient(), shards?: Shards): Promise<Opened> {
  const table = await freshTable(client);
  return { store: dynamoStore({ client, table, ...(shards && { shards }) }), close: () => client.destroy() };
}

/** Every store there is, by name: what holds of one holds of all. */
export const everyStore: readonly (readonly [name: string, open: OpenStore])[] = [
  ["SQLite", openSqlite],
  ["DynamoDB", openDynamo],
];
