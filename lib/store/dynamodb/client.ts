import { DynamoDBClient, type DynamoDBClientConfig, TransactionConflictException } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";

/** How often and how long a request to DynamoDB is tried: below the ten seconds that a client of ours waits. */
const patience = { maxAttempts: 4, connectionTimeoutMs: 1_000, requestTimeoutMs: 2_000 } as const;

/** Connections at once; a request that waits a second for one counts as not connected. */
const socketsMax = 256;

/** A client that repeats what may pass: throttles, lost answers, conflicts with a transaction under way. */
export function dynamoClient(config: DynamoDBClientConfig = {}): DynamoDBDocumentClient {
  const client = new DynamoDBClient({
    maxAttempts: patience.maxAttempts,
    requestHandler: {
      connectionTimeout: patience.connectionTimeoutMs,
      requestTimeout: patience.requestTimeoutMs,
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: socketsMax },
      httpsAgent: { keepAlive: true, maxSockets: socketsMax },
    },
    ...config,
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        // The client does not repeat these by itself, though they pass as soon as the other transaction has ended.
        if (error instanceof TransactionConflictException) {
          Object.assign(error, { $retryable: { throttling: false } });
        }
        throw error;
      }
    },
    { step: "finalizeRequest", priority: "low", name: "conflictsPass" },
  );
  return DynamoDBDocumentClient.from(client);
}
