/**
 * The lists, merged from their shards: promises by age or of an id prefix, things of a kind by id.
 *
 * @module
 */

import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { compareText, type EpochMs, type Key, newestFirst, type Position, sortedMatchesMax } from "#lib/core/index.ts";
import type { Cost, Listed } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import { fromItemKey, type ItemKey } from "./keys.ts";
import { fromListedAt, indexes, listedAt, listShard } from "./layout.ts";
import { merged } from "./merged.ts";

/** Entries read of one shard at once: few at first, since most searches end with their first page. */
const walkBatch = { first: 25, max: 1_000 } as const;

export interface Lists {
  readonly client: DynamoDBDocumentClient;
  readonly table: string;
  /** Into how many shards the lists are cut. */
  readonly shards: number;
  readonly cost: Cost;
}

/** Newest first, after a place: what begins with the prefix, sorted; or, if that is too many, all by age. */
export async function* readListed(
  lists: Lists,
  prefix: string,
  after: Position | undefined,
): AsyncGenerator<readonly Position[]> {
  const matches = prefix === "" || after?.isCrowded ? undefined : await readPrefix(lists, prefix);
  if (matches !== undefined) {
    yield matches.filter((place) => after === undefined || newestFirst(after, place) < 0).sort(newestFirst);
    return;
  }
  const isCrowded = prefix !== "";
  for await (const places of walkByAge(lists, after)) {
    yield isCrowded ? places.map((place) => ({ ...place, isCrowded })) : places;
  }
}

/** All of a prefix, in no order; nothing where they are too many to sort. */
async function readPrefix(lists: Lists, prefix: string): Promise<Position[] | undefined> {
  const found: Position[] = [];
  await Promise.all(
    shardsOf(lists).map(async (shard) => {
      for await (const items of pages(lists, {
        IndexName: indexes.byId.name,
        KeyConditionExpression: "#shard = :shard AND begins_with(#id, :prefix)",
        ExpressionAttributeNames: { "#shard": indexes.byId.partition, "#id": indexes.byId.sort.name },
        ExpressionAttributeValues: { ":shard": shard, ":prefix": prefix },
        // No shard is read much further than it takes to see that there are too many.
        Limit: Math.ceil(sortedMatchesMax / lists.shards) + 1,
      })) {
        found.push(...toPositions(items));
        if (found.length > sortedMatchesMax) {
          return;
        }
      }
    }),
  );
  return found.length > sortedMatchesMax ? undefined : found;
}

/** Everything listed, newest first: the shards' own orders, merged. */
const walkByAge = (lists: Lists, after: Position | undefined): AsyncGenerator<readonly Position[]> =>
  merged(
    shardsOf(lists).map((shard) => walkShard(lists, shard, after)),
    newestFirst,
  );

/** The things of a kind in order of ids. */
export const readById = (lists: Lists, of: Listed, after: string | undefined): AsyncGenerator<readonly Key[]> =>
  merged(
    shardsOf(lists, of).map((shard) => walkIds(lists, shard, after)),
    (a, b) => compareText(a.id, b.id),
  );

async function* walkIds(lists: Lists, shard: string, after: string | undefined): AsyncGenerator<readonly Key[]> {
  const { name, partition, sort } = indexes.byId;
  const query = {
    IndexName: name,
    KeyConditionExpression: `#shard = :shard${after === undefined ? "" : " AND #id > :after"}`,
    ExpressionAttributeNames: { "#shard": partition, ...(after !== undefined && { "#id": sort.name }) },
    ExpressionAttributeValues: { ":shard": shard, ...(after !== undefined && { ":after": after }) },
    Limit: walkBatch.first,
  };
  for await (const items of pages(lists, query)) {
    yield items.map((item) => fromItemKey(item as unknown as ItemKey));
  }
}

/** What was created up to a moment, oldest first. */
export const readOldest = (
  lists: Lists,
  until: EpochMs,
  after: Position | undefined,
): AsyncGenerator<readonly Position[]> =>
  merged(
    shardsOf(lists).map((shard) => walkOldest(lists, shard, until, after)),
    (a, b) => newestFirst(b, a),
  );

async function* walkOldest(
  lists: Lists,
  shard: string,
  until: EpochMs,
  after: Position | undefined,
): AsyncGenerator<readonly Position[]> {
  const { name, partition, sort } = indexes.byCreation;
  if (until < (after?.createdAt ?? 0)) {
    return;
  }
  for await (const items of pages(lists, {
    IndexName: name,
    KeyConditionExpression: "#shard = :shard AND #listedAt BETWEEN :from AND :until",
    ExpressionAttributeNames: { "#shard": partition, "#listedAt": sort.name },
    ExpressionAttributeValues: {
      ":shard": shard,
      ":from": listedAt(after?.createdAt ?? 0, after?.id ?? ""),
      // Behind every id of the moment.
      ":until": listedAt(until + 1, ""),
    },
    Limit: walkBatch.first,
  })) {
    // The place itself is between them.
    yield toPositions(items).filter((place) => after === undefined || newestFirst(place, after) < 0);
  }
}

async function* walkShard(
  lists: Lists,
  shard: string,
  after: Position | undefined,
): AsyncGenerator<readonly Position[]> {
  const { name, partition, sort } = indexes.byCreation;
  for await (const items of pages(lists, {
    IndexName: name,
    KeyConditionExpression: `#shard = :shard${after === undefined ? "" : " AND #listedAt < :after"}`,
    ExpressionAttributeNames: { "#shard": partition, ...(after !== undefined && { "#listedAt": sort.name }) },
    ExpressionAttributeValues: {
      ":shard": shard,
      ...(after !== undefined && { ":after": listedAt(after.createdAt, after.id) }),
    },
    ScanIndexForward: false,
    Limit: walkBatch.first,
  })) {
    yield toPositions(items);
  }
}

const toPositions = (items: readonly Item[]): Position[] =>
  items.map(({ listedAt: key }) => fromListedAt(key as string));

const shardsOf = ({ shards }: Lists, of: Listed = "promise"): string[] =>
  Array.from({ length: shards }, (_, shard) => listShard(of, shard));

type Item = Readonly<Record<string, unknown>>;

/** The pages of a query over a list, each larger than the one before, up to a limit. */
async function* pages(
  { client, table, cost }: Lists,
  query: Omit<QueryCommandInput, "TableName">,
): AsyncGenerator<readonly Item[]> {
  let from: Record<string, unknown> | undefined;
  let limit = query.Limit;
  do {
    const command = new QueryCommand({ ...query, TableName: table, Limit: limit, ExclusiveStartKey: from });
    const { Items = [], LastEvaluatedKey } = await answered(client.send(command), cost);
    yield Items;
    from = LastEvaluatedKey;
    limit = limit && Math.min(2 * limit, walkBatch.max);
  } while (from !== undefined);
}
