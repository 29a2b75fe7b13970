/** Where the functions find everything: the table, and the bucket of what is too large for it. */

import { randomUUID } from "node:crypto";
import { credentialsFromEnvironment } from "#lib/aws-request.ts";
import { s3Bodies } from "#lib/bodies/s3.ts";
import { withBodies } from "#lib/bodies/store.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { read, shards, variables } from "./env.ts";

const endpoint = process.env["AWS_ENDPOINT_URL_S3"] ?? process.env["AWS_ENDPOINT_URL"];

export const bodies = s3Bodies({
  bucket: read(variables.bodies),
  region: process.env["AWS_REGION"] ?? "us-east-1",
  credentials: async () => credentialsFromEnvironment(),
  ...(endpoint !== undefined && { endpoint: new URL(endpoint) }),
});

const cut = shards();
const table = dynamoStore({ client: dynamoClient(), table: read(variables.table), ...(cut && { shards: cut }) });

export const store = withBodies(table, {
  bodies,
  now: Date.now,
  newKey: randomUUID,
});
