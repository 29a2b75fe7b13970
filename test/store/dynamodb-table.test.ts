/** What only the table has: its items as they lie there, its shards, and what each verb costs. */

import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { create, endOfTime, type Key, limits, type PromiseImage } from "#lib/core/index.ts";
import { unblock } from "#lib/core/message.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { toItemKey } from "#lib/store/dynamodb/keys.ts";
import { defaultShards, shardOf } from "#lib/store/dynamodb/layout.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { imageOf } from "../support/images.ts";
import { freshTable, testClient } from "../support/stores.ts";
import { anyCost, creation, dueByShard, keep, settlement } from "./keep.ts";
import { full, putting } from "./stock.ts";

const client: DynamoDBDocumentClient = testClient();
afterAll(() => client.destroy());

let table: string;
let store: Store;
beforeEach(async () => {
  table = await freshTable(client);
  store = dynamoStore({ client, table });
});

const promiseKey = (id: string) => ({ ...toItemKey({ of: "promise", id }) });

const itemOf = async (id: string) =>
  (await client.send(new GetCommand({ TableName: table, Key: promiseKey(id) }))).Item;

const itemAt = async (key: Key) =>
  (await client.send(new GetCommand({ TableName: table, Key: { ...toItemKey(key) } }))).Item ?? {};

describe("A promise's item", () => {
  it("holds the promise, the version of its layout, and its places in the lists and among what is due", async () => {
    await keep(store, [imageOf({ id: "a/b", param: { data: "x" }, tags: { t: "1" }, idempotencyKeyForCreate: "k" })]);
    expect(await itemOf("a/b")).toEqual({
      pk: "promise#a/b",
      sk: "a/b",
      format: 1,
      state: "pending",
      param: '{"data":"x"}',
      tags: '{"t":"1"}',
      timeoutAt: 2_000,
      createdAt: 1_000,
      createKey: "k",
      createToken: "creator",
      listShard: `promise#${shardOf("a/b", defaultShards.list)}`,
      listedAt: "0000000000001000#a/b",
      dueShard: String(shardOf("a/b", defaultShards.due)),
      dueAt: 2_000,
    });
  });

  it("leaves the due index when it is settled, and its places in the lists as they are", async () => {
    await keep(store, [imageOf()]);
    const { dueAt: _, dueShard: __, ...born } = (await itemOf("p")) ?? {};
    await store.attempt(settlement("p", "t"), anyCost());
    expect(await itemOf("p")).toEqual({
      ...born,
      state: "resolved",
      value: '{"data":"t"}',
      settledAt: 1_500,
      settleToken: "t",
    });
  });

  it("of a step inside a workflow is in no index", async () => {
    const tags = { "resonate:scope": "local" };
    const { write } = create(
      { id: "w:0.1", timeoutAt: 2_000, param: {}, tags },
      { now: 1_000, token: "t", retryMs: 30_000, subscriptions: [] },
    );
    await store.attempt(write, anyCost());
    const item = await itemOf("w:0.1");
    expect(item).toMatchObject({ pk: "promise#w", sk: "w:0.1" });
    expect(Object.keys(item ?? {}).filter((name) => /^(due|list)/.test(name))).toEqual([]);
  });

  it("sorts in the list by its moment, to the end of time", async () => {
    await keep(store, [imageOf({ id: "last", createdAt: endOfTime - 1, timeoutAt: endOfTime })]);
    expect(await itemOf("last")).toMatchObject({ listedAt: "9007199254740990#last", dueAt: endOfTime });
  });

  it("stands with the whole call tree below one root", () => {
    const inTree = ["root", "root:0", "root:0.1", "root.0.1", "root:d9f0123456789ab", "root:123456.d0123456789abcdef"];
    expect(new Set(inTree.map((id) => promiseKey(id).pk))).toEqual(new Set(["promise#root"]));
    const roots = ["root:x", "root:1234567", "root:d9f", "root:1:", "root/1", "root:1.x", "1"];
    expect(roots.map((id) => promiseKey(id).pk)).toEqual(roots.map((id) => `promise#${id}`));
  });
});

describe("The keys of an item", () => {
  const bytes = (text: unknown) => Buffer.byteLength(String(text));

  it("stay within what DynamoDB takes, of the longest ids and addresses that there may be", async () => {
    const id = "x".repeat(limits.idBytesMax);
    const address = `http://${"x".repeat(limits.addressBytesMax - "http://".length)}`;
    const messageId = unblock(id, address, 1_000).id;
    const named = unblock(id.slice(1), "poll://any@g/n", 1_000);
    for (const [key, thing] of [
      [{ of: "promise", id }, imageOf({ id, timeoutAt: endOfTime, createdAt: endOfTime - 1 })],
      [
        { of: "schedule", id },
        { ...full.schedule, id, createdAt: endOfTime - 1 },
      ],
      [
        { of: "waiter", in: id, id: `listener#${address}` },
        { role: "listener", waiter: address },
      ],
      [
        { of: "message", in: address, id: messageId },
        { ...full.message, id: messageId, mailbox: address },
      ],
      [
        { of: "message", in: named.mailbox, id: named.id },
        { ...full.message, ...named, parkedAt: endOfTime },
      ],
    ] as const) {
      await store.attempt(putting(key, thing), anyCost());
      const { pk, sk, listShard, listedAt, dueShard } = await itemAt(key);
      expect(Math.max(bytes(pk), bytes(listShard), bytes(dueShard))).toBeLessThanOrEqual(2_048);
      // The engine of the tests looks at the table's own keys only; DynamoDB at those of the indexes too.
      expect(Math.max(bytes(sk), bytes(listedAt))).toBeLessThanOrEqual(1_024);
    }
  });
});

describe("An item of a later layout", () => {
  const isRefused = { message: "an item of format 2 needs a newer version of the service" };

  beforeEach(async () => {
    await keep(store, [imageOf()]);
    await client.send(
      new UpdateCommand({
        TableName: table,
        Key: promiseKey("p"),
        UpdateExpression: "SET #format = :two",
        ExpressionAttributeNames: { "#format": "format" },
        ExpressionAttributeValues: { ":two": 2 },
      }),
    );
  });

  it("is not read as if it were understood", async () => {
    await expect(store.get("p", anyCost())).rejects.toMatchObject(isRefused);
    await expect(store.read(["p"], anyCost())).rejects.toMatchObject(isRefused);
    await expect(store.attempt(creation(imageOf({ createToken: "mine" })), anyCost())).rejects.toMatchObject(isRefused);
  });
});

describe("A table whose shards are raised while it is in use", () => {
  it("still lists and arms what was written under the old number", async () => {
    const before = dynamoStore({ client, table, shards: { list: 1, due: 1 } });
    const after = dynamoStore({ client, table, shards: { list: 5, due: 3 } });
    const born = (from: number) =>
      Array.from({ length: 40 }, (_, at) => imageOf({ id: `p/${from + at}`, createdAt: 1_000 + from + at }));
    await keep(before, born(0));
    await keep(after, born(40));

    const newest = [...born(0), ...born(40)].reverse().map(({ id }) => id);
    for (const prefix of ["", "p/"]) {
      const listed = (await Array.fromAsync(after.listed(prefix, undefined, anyCost()))).flat();
      expect(listed.map(({ id }) => id)).toEqual(newest);
    }
    const due = (await dueByShard(after, 2_000)).flat(2);
    expect(due.map(({ id }) => id).sort()).toEqual(newest.toSorted());

    // What is settled leaves the shard that it was armed in.
    await Promise.all(newest.map((id) => after.attempt(settlement(id, "t"), anyCost())));
    expect((await dueByShard(after, 2_000)).flat(2)).toEqual([]);
  });
});

describe("An index entry that is out of date", () => {
  it("only tells where to look: the record decides", async () => {
    await keep(store, [imageOf()]);
    // As an index that lags would show it: listed under another moment, and armed though it is settled.
    await store.attempt(settlement("p", "t"), anyCost());
    const item = await itemOf("p");
    await client.send(
      new PutCommand({
        TableName: table,
        Item: { ...item, dueAt: 10, dueShard: "0", listedAt: "0000000000000001#p" },
      }),
    );
    expect((await Array.fromAsync(store.listed("", undefined, anyCost()))).flat()).toEqual([{ createdAt: 1, id: "p" }]);
    expect((await dueByShard(store, 10)).flat(2)).toEqual([{ of: "promise", id: "p", dueAt: 10 }]);
    expect(await store.read(["p"], anyCost())).toMatchObject([
      { state: "resolved", createdAt: 1_000, settledAt: 1_500 },
    ]);
  });
});

describe("Round trips", () => {
  const costing = async (work: (cost: Cost) => Promise<unknown>): Promise<number> => {
    const cost = { roundTrips: 0 };
    await work(cost).catch(() => {});
    return cost.roundTrips;
  };
  const image: PromiseImage = imageOf();
  const listing = (from: Store, prefix: string) => (cost: Cost) =>
    Array.fromAsync(from.listed(prefix, undefined, cost));

  it("are one for each verb, won or lost", async () => {
    expect(await costing((cost) => store.attempt(creation(image), cost))).toBe(1);
    expect(await costing((cost) => store.attempt(creation({ ...image, createToken: "mine" }), cost))).toBe(1);
    expect(await costing((cost) => store.get("p", cost))).toBe(1);
    expect(await costing((cost) => store.get("missing", cost))).toBe(1);
    expect(await costing((cost) => store.attempt(settlement("p", "t"), cost))).toBe(1);
    expect(await costing((cost) => store.attempt(settlement("p", "mine"), cost))).toBe(1);
    expect(await costing((cost) => store.attempt(settlement("missing", "t"), cost))).toBe(1);
  });

  it("are one for each hundred records, one for each shard of a list, and add up", async () => {
    const ids = Array.from({ length: 201 }, (_, at) => `p/${at}`);
    expect(await costing((cost) => store.read(ids, cost))).toBe(3);
    expect(await costing((cost) => store.read([], cost))).toBe(0);
    expect(await costing(listing(store, "p/"))).toBe(defaultShards.list);
    expect(await costing(listing(store, ""))).toBe(defaultShards.list);
    expect(await costing((cost) => Array.fromAsync(store.due(0, 1, cost)))).toBe(1);
    expect(
      await costing(async (cost) => {
        await store.get("a", cost);
        await store.get("b", cost);
      }),
    ).toBe(2);
  });

  it("are counted of what fails, too: a table that is not there is the store's failure", async () => {
    const missing = dynamoStore({ client, table: "missing" });
    const cost = anyCost();
    await expect(missing.get("p", cost)).rejects.toMatchObject({ code: "storeFailed" });
    await expect(missing.attempt(creation(image), cost)).rejects.toMatchObject({ code: "storeFailed" });
    expect(cost.roundTrips).toBe(2);
  });

  it("that reach nobody are the store's absence, which may pass", async () => {
    const nowhere = dynamoClient({
      endpoint: "http://127.0.0.1:1",
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
    const cost = anyCost();
    await expect(dynamoStore({ client: nowhere, table }).get("p", cost)).rejects.toMatchObject({
      code: "storeUnavailable",
    });
    expect(cost.roundTrips).toBeGreaterThan(1);
    nowhere.destroy();
  });
});

describe("every read of a promise", () => {
  it("asks for what any completed write has written", async () => {
    const sent: { ConsistentRead?: boolean; RequestItems?: Record<string, { ConsistentRead?: boolean }> }[] = [];
    const watched = testClient();
    watched.middlewareStack.add(
      (next) => (args) => {
        sent.push(args.input as (typeof sent)[number]);
        return next(args);
      },
      { step: "initialize", name: "watches" },
    );
    const reading = dynamoStore({ client: watched, table: await freshTable(watched) });
    sent.length = 0;
    await reading.get("a", anyCost());
    await reading.read(["a", "b"], anyCost());
    watched.destroy();
    const [get, batch] = sent;
    expect(get?.ConsistentRead).toBe(true);
    expect(Object.values(batch?.RequestItems ?? {}).map(({ ConsistentRead }) => ConsistentRead)).toEqual([true]);
  });
});
