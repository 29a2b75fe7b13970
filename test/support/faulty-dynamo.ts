/**
 * A DynamoDB that fails as the real one does, seen from below the retries of the AWS client: it is the real client that
 * repeats, gives up, and classifies.
 *
 * Its indexes lag: they are read from a second table, into which each write is copied only when the test says so. So
 * they hide what was written since, and still show what it removed, and it is the engine that answers.
 *
 * @module
 */

import {
  ProvisionedThroughputExceededException,
  ThrottlingException,
  TransactionConflictException,
} from "@aws-sdk/client-dynamodb";
import { type DynamoDBDocumentClient, PutCommand } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";
import { ConfiguredRetryStrategy } from "@smithy/core/retry";
import { inject } from "vitest";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { freshTable, type Opened, testClient } from "./stores.ts";

/** What happens to one attempt at a request. */
export type Fault =
  | "none"
  /** Refused before it took effect. */
  | "throttled"
  | "throughputExceeded"
  | "conflict"
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

type Item = Record<string, unknown>;

/** A write that the indexes are to see. */
export interface Written {
  readonly id: string;
  /** Counts all writes, from zero. */
  readonly number: number;
  readonly at: number;
}

export interface FaultyDynamo extends Opened {
  readonly faults: Faults;
  /** Lets the indexes see the writes of which this holds; those of one promise in their order. */
  catchUp(isSeen: (write: Written) => boolean): Promise<void>;
  /** Whether the indexes have seen the promise's birth. */
  isIndexed(id: string): boolean;
}

/** Attempts at one request: as many as in production. */
const attemptsMax = 4;

export const newFaults = (): Faults => ({
  next: [],
  onLost: async () => {},
  suffered: { none: 0, throttled: 0, throughputExceeded: 0, conflict: 0, answerLost: 0 },
});

/** A client of the test engine that suffers these faults, and waits no longer than it must between its attempts. */
export function faultyClient(faults: Faults): DynamoDBDocumentClient {
  const client = dynamoClient({
    endpoint: inject("dynamoEndpoint"),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    retryStrategy: new ConfiguredRetryStrategy(attemptsMax, 1),
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const fault = faults.next.shift() ?? "none";
      faults.suffered[fault] += 1;
      const refusal = refusalOf(fault);
      if (refusal !== undefined) {
        throw refusal;
      }
      // A refused write's answer is lost like any other.
      const answered = await Promise.allSettled([next(args)]);
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

function refusalOf(fault: Fault): Error | undefined {
  const description = { message: `planted: ${fault}`, $metadata: { httpStatusCode: 400 } };
  switch (fault) {
    case "throttled":
      return new ThrottlingException(description);
    case "throughputExceeded":
      return new ProvisionedThroughputExceededException(description);
    case "conflict":
      return new TransactionConflictException(description);
    default:
      return undefined;
  }
}

/** @param now The test's clock, by which writes are dated. */
export async function openFaultyDynamo(now: () => number): Promise<FaultyDynamo> {
  const faults = newFaults();
  const client = faultyClient(faults);
  const copier = testClient();
  const [table, indexed] = [await freshTable(copier), await freshTable(copier)];
  const writes: (Written & { item: Item })[] = [];
  const indexedIds = new Set<string>();
  let written = 0;

  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) =>
        next(commandName === "QueryCommand" ? { ...args, input: { ...args.input, TableName: indexed } } : args),
    { step: "initialize", name: "laggingIndexes" },
  );
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        const item = itemWritten(commandName, args.input, result.output);
        if (item !== undefined) {
          writes.push({ id: item["sk"] as string, number: written++, at: now(), item });
        }
        return result;
      },
    // Inside the faults: a write whose answer is lost reaches the indexes all the same.
    { step: "deserialize", priority: "high", name: "changesForIndexes" },
  );

  return {
    store: dynamoStore({ client, table, shards: { list: 2, due: 2 } }),
    faults,
    isIndexed: (id) => indexedIds.has(id),
    async catchUp(isSeen) {
      const waiting = new Set<string>();
      for (const write of writes.splice(0)) {
        if (waiting.has(write.id) || !isSeen(write)) {
          waiting.add(write.id);
          writes.push(write);
        } else {
          await copier.send(new PutCommand({ TableName: indexed, Item: write.item }));
          indexedIds.add(write.id);
        }
      }
    },
    close() {
      client.destroy();
      copier.destroy();
    },
  };
}

/** The item that a write has made: what a put was given, what an update answers. */
function itemWritten(command: string | undefined, input: object, output: object | undefined): Item | undefined {
  switch (command) {
    case "PutItemCommand":
      return unmarshall((input as { Item: Parameters<typeof unmarshall>[0] }).Item);
    case "UpdateItemCommand":
      return (output as { Attributes: Item }).Attributes;
    default:
      return undefined;
  }
}
