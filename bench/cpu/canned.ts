/**
 * The store's client, talking to a DynamoDB that does nothing: what is left is the processor time of handler and client.
 *
 * @module
 */

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { serve } from "../local/served.ts";

export interface Canned {
  readonly client: DynamoDBDocumentClient;
  /** The last request's body. */
  lastBody(): string;
  stop(): Promise<void>;
}

export async function cannedDynamo(): Promise<Canned> {
  const server = await serve(new URL("./canned-server.ts", import.meta.url), [], "ignore");
  const client = dynamoClient({
    region: "us-east-1",
    endpoint: `http://127.0.0.1:${server.port}`,
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
  });
  let body: string | Uint8Array = "";
  client.middlewareStack.add(
    (next) => (args) => {
      body = (args.request as { body: string | Uint8Array }).body;
      return next(args);
    },
    { step: "finalizeRequest", priority: "low", name: "remembersBody" },
  );
  return {
    client,
    lastBody: () => Buffer.from(body).toString(),
    async stop() {
      client.destroy();
      await server.stop();
    },
  };
}
