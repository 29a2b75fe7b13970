/**
 * The two lists: all listed promises by age, or those of an id prefix, merged from their shards.
 *
 * @module
 */

import { type DynamoDBDocumentClient, QueryCommand, type QueryCommandInput } from "@aws-sdk/lib-dynamodb";
import { newestFirst, type Position, sortedMatchesMax } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";
import { answered } from "./answered.ts";
import { fromListedAt, indexes, listedAt, listShard } from "./layout.ts";

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
      for await (const places of pages(lists, {
        IndexName: indexes.byId.name,
        KeyConditionExpression: "#shard = :shard AND begins_with(#id, :prefix)",
        ExpressionAttributeNames: { "#shard": indexes.byId.partition, "#id": indexes.byId.sort.name },
        ExpressionAttributeValues: { ":shard": shard, ":prefix": prefix },
        // No shard is read much further than it takes to see that there are too many.
        Limit: Math.ceil(sortedMatchesMax / lists.shards) + 1,
      })) {
        found.push(...places);
        if (found.length > sortedMatchesMax) {
          return;
        }
      }
    }),
  );
  return found.length > sortedMatchesMax ? undefined : found;
}

/** Everything listed, newest first: the shards' own orders, merged. */
async function* walkByAge(lists: Lists, after: Position | undefined): AsyncGenerator<readonly Position[]> {
  const runs = shardsOf(lists).map((shard) => new Run(walkShard(lists, shard, after)));
  while (runs.length > 0) {
    await Promise.all(runs.map((run) => run.fill()));
    runs.splice(0, runs.length, ...runs.filter((run) => !run.isEmpty));
    const merged: Position[] = [];
    while (runs.length > 0 && runs.every((run) => !run.isEmpty)) {
      const newest = runs.reduce((best, run) => (newestFirst(run.head, best.head) < 0 ? run : best));
      merged.push(newest.take());
    }
    yield merged;
  }
}

async function* walkShard(lists: Lists, shard: string, after: Position | undefined): AsyncGenerator<Position[]> {
  const { name, partition, sort } = indexes.byCreation;
  yield* pages(lists, {
    IndexName: name,
    KeyConditionExpression: `#shard = :shard${after === undefined ? "" : " AND #listedAt < :after"}`,
    ExpressionAttributeNames: { "#shard": partition, ...(after !== undefined && { "#listedAt": sort.name }) },
    ExpressionAttributeValues: {
      ":shard": shard,
      ...(after !== undefined && { ":after": listedAt(after.createdAt, after.id) }),
    },
    ScanIndexForward: false,
    Limit: walkBatch.first,
  });
}

/** One shard's places, read ahead as far as its last batch went. */
class Run {
  readonly #batches: AsyncGenerator<Position[]>;
  #buffer: Position[] = [];
  #at = 0;

  constructor(batches: AsyncGenerator<Position[]>) {
    this.#batches = batches;
  }

  get isEmpty(): boolean {
    return this.#at >= this.#buffer.length;
  }

  get head(): Position {
    return this.#buffer[this.#at] as Position;
  }

  take(): Position {
    return this.#buffer[this.#at++] as Position;
  }

  /** Reads on if nothing is left; still empty afterwards: the shard has ended. */
  async fill(): Promise<void> {
    while (this.isEmpty) {
      const { value, done } = await this.#batches.next();
      if (done) {
        return;
      }
      this.#buffer = value;
      this.#at = 0;
    }
  }
}

const shardsOf = ({ shards }: Lists): string[] =>
  Array.from({ length: shards }, (_, shard) => listShard("promise", shard));

/** The pages of a query over a list, each larger than the one before, up to a limit. */
async function* pages(
  { client, table, cost }: Lists,
  query: Omit<QueryCommandInput, "TableName">,
): AsyncGenerator<Position[]> {
  let from: Record<string, unknown> | undefined;
  let limit = query.Limit;
  do {
    const command = new QueryCommand({ ...query, TableName: table, Limit: limit, ExclusiveStartKey: from });
    const { Items = [], LastEvaluatedKey } = await answered(client.send(command), cost);
    yield Items.map(({ listedAt: key }) => fromListedAt(key as string));
    from = LastEvaluatedKey;
    limit = limit && Math.min(2 * limit, walkBatch.max);
  } while (from !== undefined);
}
