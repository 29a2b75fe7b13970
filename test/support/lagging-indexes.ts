/**
 * Indexes that lag: they are read from a second table, into which each write is copied only when the test says so. So
 * they hide what was written since, and still show what it removed, and it is the engine that answers.
 *
 * @module
 */

import type { QueryCommandInput, TransactWriteItemsInput } from "@aws-sdk/client-dynamodb";
import { DeleteCommand, type DynamoDBDocumentClient, GetCommand, PutCommand } from "@aws-sdk/lib-dynamodb";
import { unmarshall } from "@aws-sdk/util-dynamodb";

type Item = Readonly<Record<string, unknown>>;
type Marshalled = Parameters<typeof unmarshall>[0];

interface ItemKey {
  readonly pk: string;
  readonly sk: string;
}

/** A write that the indexes are to see. */
export interface Written {
  readonly id: string;
  /** Counts all writes, from zero. */
  readonly number: number;
  readonly at: number;
}

/** What a write has left under a key; absent: nothing. */
interface Left {
  readonly key: ItemKey;
  readonly item: Item | undefined;
}

export interface LaggingIndexes {
  /** Lets the indexes see the writes of which this holds; those of one item in their order. */
  catchUp(isSeen: (write: Written) => boolean): Promise<void>;
  /** Whether the indexes have seen the birth of something of this id. */
  isIndexed(id: string): boolean;
}

export interface LaggingOptions {
  readonly table: string;
  /** The table that stands for the indexes of the other. */
  readonly indexed: string;
  /** Suffers no faults. */
  readonly copier: DynamoDBDocumentClient;
  /** The test's clock, by which writes are dated. */
  readonly now: () => number;
}

/** Has the client's index queries answered by the other table, which sees the client's writes when the test says so. */
export function withLaggingIndexes(
  client: DynamoDBDocumentClient,
  { table, indexed, copier, now }: LaggingOptions,
): LaggingIndexes {
  const writes: (Written & Left)[] = [];
  const indexedIds = new Set<string>();
  let written = 0;

  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) =>
        next(isIndexQuery(commandName, args.input) ? { ...args, input: { ...args.input, TableName: indexed } } : args),
    { step: "initialize", name: "laggingIndexes" },
  );
  client.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const result = await next(args);
        for (const left of await leftBy(commandName, args.input, result.output)) {
          writes.push({ ...left, id: left.key.sk, number: written++, at: now() });
        }
        return result;
      },
    // Inside the faults: a write whose answer is lost reaches the indexes all the same.
    { step: "deserialize", priority: "high", name: "changesForIndexes" },
  );

  return {
    isIndexed: (id) => indexedIds.has(id),
    async catchUp(isSeen) {
      const waiting = new Set<string>();
      for (const write of writes.splice(0)) {
        const name = JSON.stringify(write.key);
        if (waiting.has(name) || !isSeen(write)) {
          waiting.add(name);
          writes.push(write);
          continue;
        }
        await (write.item === undefined
          ? copier.send(new DeleteCommand({ TableName: indexed, Key: { ...write.key } }))
          : copier.send(new PutCommand({ TableName: indexed, Item: write.item })));
        indexedIds.add(write.id);
      }
    },
  };

  /** What a put was given, what an update answers; of a transaction, what stands now. */
  async function leftBy(command: string | undefined, input: object, output: object | undefined): Promise<Left[]> {
    switch (command) {
      case "PutItemCommand":
        return [leaving(unmarshall((input as { Item: Marshalled }).Item))];
      case "UpdateItemCommand":
        return [leaving((output as { Attributes: Item }).Attributes)];
      case "DeleteItemCommand":
        return [{ key: unmarshall((input as { Key: Marshalled }).Key) as ItemKey, item: undefined }];
      case "TransactWriteItemsCommand":
        return Promise.all(
          keysOf(input as TransactWriteItemsInput).map(async (key) => ({ key, item: await find(key) })),
        );
      default:
        return [];
    }
  }

  async function find(key: ItemKey): Promise<Item | undefined> {
    const { Item } = await copier.send(new GetCommand({ TableName: table, Key: { ...key }, ConsistentRead: true }));
    return Item;
  }
}

const isIndexQuery = (command: string | undefined, input: object): boolean =>
  command === "QueryCommand" && (input as Partial<QueryCommandInput>).IndexName !== undefined;

const leaving = (item: Item): Left => ({ key: { pk: item["pk"] as string, sk: item["sk"] as string }, item });

const keysOf = ({ TransactItems = [] }: TransactWriteItemsInput): ItemKey[] =>
  TransactItems.flatMap(({ Put, Update, Delete }) => {
    const key = Put?.Item ?? Update?.Key ?? Delete?.Key;
    return key === undefined ? [] : [leaving(unmarshall(key)).key];
  });
