/**
 * A DynamoDB that fails as the real one does, seen from below the retries of the AWS client: it is the real client that
 * repeats, gives up, and classifies. Its indexes lag.
 *
 * @module
 */

import {
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionCanceledException,
  TransactionConflictException,
  TransactionInProgressException,
} from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { ConfiguredRetryStrategy } from "@smithy/core/retry";
import { inject } from "vitest";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { type LaggingIndexes, withLaggingIndexes } from "./lagging-indexes.ts";
import { freshTable, type Opened, testClient } from "./stores.ts";

/** What happens to one attempt at a request. */
export type Fault =
  | "none"
  /** Refused before it took effect. */
  | "throttled"
  | "throughputExceeded"
  | "conflict"
  /** A transaction that was canceled for this reason, which one of its items gives. */
  /** The same transaction, asked for a moment ago, is still under way. */
  | "inProgress"
  | "canceled: TransactionConflict"
  | "canceled: ThrottlingError"
  | "canceled: ProvisionedThroughputExceeded"
  | "canceled: ValidationError"
  /** It took effect, and nobody was told. */
  | "answerLost";

/** The faults to come, one for each attempt; none afterwards. */
export interface Faults {
  next: Fault[];
  /** Happens when an answer was lost, before the client repeats the request. */
  onLost: () => Promise<void>;
  /** How many attempts failed in which way. */
  readonly suffered: Record<Fault, number>;
}

export interface FaultyDynamo extends Opened, LaggingIndexes {
  readonly faults: Faults;
}

/** Attempts at one request: as many as in production. */
const attemptsMax = 4;

export const newFaults = (): Faults => ({
  next: [],
  onLost: async () => {},
  suffered: {
    none: 0,
    throttled: 0,
    throughputExceeded: 0,
    conflict: 0,
    inProgress: 0,
    "canceled: TransactionConflict": 0,
    "canceled: ThrottlingError": 0,
    "canceled: ProvisionedThroughputExceeded": 0,
    "canceled: ValidationError": 0,
    answerLost: 0,
  },
});

/** A client of the test engine that suffers these faults, and waits no longer than it must between its attempts. */
export function faultyClient(faults: Faults): DynamoDBDocumentClient {
  const client = dynamoClient({
    endpoint: inject("dynamoEndpoint"),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    retryStrategy: new ConfiguredRetryStrategy(attemptsMax, 1),
  });
  /** Transactions that took effect. Repeated under their token, they may be found under way, but not in conflict. */
  const done = new Set<unknown>();
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const planned = faults.next.shift() ?? "none";
        const transaction = commandName === "TransactWriteItemsCommand" ? tokenOf(args) : undefined;
        const isPossible = planned.startsWith("canceled")
          ? transaction !== undefined && !done.has(transaction)
          : planned !== "inProgress" || done.has(transaction);
        const fault = isPossible ? planned : "none";
        faults.suffered[fault] += 1;
        const refusal = refusalOf(fault);
        if (refusal !== undefined) {
          throw refusal;
        }
        // A refused write's answer is lost like any other.
        const answered = await Promise.allSettled([next(args)]);
        if (answered[0].status === "fulfilled" && transaction !== undefined) {
          done.add(transaction);
        }
        if (fault === "answerLost") {
          await faults.onLost();
          throw Object.assign(new Error("no answer in time"), { name: "TimeoutError" });
        }
        const [outcome] = answered;
        if (outcome.status === "rejected") {
          throw outcome.reason;
        }
        return outcome.value;
      },
    { step: "finalizeRequest", priority: "low", name: "faults" },
  );
  return client;
}

/** The token that the client has put into the transaction, the same each time that it repeats it. */
function tokenOf(args: object): string | undefined {
  const { body } = (args as { readonly request: { readonly body: Uint8Array } }).request;
  return /"ClientRequestToken":"([^"]+)"/.exec(new TextDecoder().decode(body))?.[1];
}

function refusalOf(fault: Fault): Error | undefined {
  const description = { message: `planted: ${fault}`, $metadata: { httpStatusCode: 400 } };
  switch (fault) {
    case "throttled":
      return new ThrottlingException(description);
    case "throughputExceeded":
      return new ProvisionedThroughputExceededException(description);
    case "conflict":
      return new TransactionConflictException(description);
    case "inProgress":
      return new TransactionInProgressException({ ...description, Message: description.message });
    case "none":
    case "answerLost":
      return undefined;
    default:
      // Beside an item that nothing is wrong with, and one whose condition fails: what passes is told first.
      return new TransactionCanceledException({
        ...description,
        CancellationReasons: [
          { Code: "None" },
          { Code: fault.slice("canceled: ".length) },
          { Code: "ConditionalCheckFailed" },
        ],
      });
  }
}

/** @param now The test's clock, by which writes are dated. */
export async function openFaultyDynamo(now: () => number): Promise<FaultyDynamo> {
  const faults = newFaults();
  const client = faultyClient(faults);
  const copier = testClient();
  const [table, indexed] = [await freshTable(copier), await freshTable(copier)];
  return {
    ...withLaggingIndexes(client, { table, indexed, copier, now }),
    store: dynamoStore({ client, table, shards: { list: 2, due: 2 } }),
    faults,
    close() {
      client.destroy();
      copier.destroy();
    },
  };
}
