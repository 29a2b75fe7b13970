import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Hono } from "hono";

/**
 * The shortest handlers that send DynamoDB what ours send, and answer with a promise. They check nothing and log
 * nothing: what stands between them and ours is what ours cost.
 */
export function bareApp(client: DynamoDBDocumentClient, table: string): Hono {
  const app = new Hono();
  const create = (what: Created) => client.send(new PutCommand(creation(table, what)));
  const settle = (what: Settled) => client.send(new UpdateCommand(settlement(table, what)));

  app.post("/promises", async (c) => {
    const { id, timeout, param, tags } = await c.req.json();
    const now = Date.now();
    await create({ id, timeoutAt: timeout, param, tags, createdAt: now, createKey: c.req.header("idempotency-key") });
    return c.json({ id, state: "PENDING", param, value: {}, timeout, tags, createdOn: now }, 201);
  });

  app.get("/promises/:id", async (c) => {
    const Key = keyOf(c.req.param("id"));
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return c.json(toPromise(Item), 200);
  });

  app.patch("/promises/:id", async (c) => {
    const { value } = await c.req.json();
    const { Attributes } = await settle({
      id: c.req.param("id"),
      value,
      completeKey: c.req.header("idempotency-key"),
    });
    return c.json(toPromise(Attributes), 201);
  });

  app.post("/", async (c) => {
    const { kind, head, data } = await c.req.json();
    const answer = (promise: object) => c.json({ kind, head: { ...head, status: 200 }, data: { promise } }, 200);
    switch (kind) {
      case "promise.create": {
        const now = Date.now();
        await create({ ...data, createdAt: now });
        return answer({ ...data, state: "pending", value: {}, createdAt: now });
      }
      case "task.acquire": {
        const { Attributes } = await client.send(new UpdateCommand(acquisition(table, data)));
        return answer(toPromise(Attributes));
      }
      default: {
        const { id, value } = data.action.data;
        const { Attributes } = await settle({ id, value, version: data.version });
        return answer(toPromise(Attributes));
      }
    }
  });
  return app;
}

interface Created {
  readonly id: string;
  readonly timeoutAt: number;
  readonly createdAt: number;
  readonly param: object;
  readonly tags: object;
  readonly createKey?: string | undefined;
}

interface Settled {
  readonly id: string;
  readonly value: object;
  readonly completeKey?: string | undefined;
  /** Only while the task is held at it. */
  readonly version?: number;
}

const keyOf = (id: string) => ({ pk: `promise#${id}`, sk: id });

/** Every name that an expression uses has a placeholder. */
const named = (expressions: string) => ({
  ExpressionAttributeNames: Object.fromEntries(
    Array.from(expressions.matchAll(/#(\w+)/g), ([placeholder, name]) => [placeholder, name as string]),
  ),
});

const creation = (table: string, { id, param, tags, createKey, ...rest }: Created) => ({
  TableName: table,
  Item: {
    ...keyOf(id),
    ...rest,
    format: 1,
    state: "pending",
    param: JSON.stringify(param),
    tags: JSON.stringify(tags),
    createToken: randomUUID(),
    dueAt: rest.timeoutAt,
    dueShard: "0",
    listShard: "promise#0",
    listedAt: `${String(rest.createdAt).padStart(16, "0")}#${id}`,
    ...(createKey !== undefined && { createKey }),
  },
  ConditionExpression: "attribute_not_exists(#pk)",
  ExpressionAttributeNames: { "#pk": "pk" },
  ReturnValuesOnConditionCheckFailure: "ALL_OLD" as const,
});

const alive = "#state = :v0 AND #timeoutAt > :v1 AND #createdAt <= :v2";
const unawaited =
  "attribute_not_exists(#callbacks) AND attribute_not_exists(#listeners) AND attribute_not_exists(#moreWaiters)";
const settling = {
  byKey: {
    update:
      "SET #state = :v3, #value = :v4, #settledAt = :v5, #settleToken = :v6, #completeKey = :v7 REMOVE #dueAt, #dueShard",
    condition: `${alive} AND ${unawaited}`,
  },
  byTask: {
    update: "SET #state = :v5, #value = :v6, #settledAt = :v7, #settleToken = :v8 REMOVE #dueAt, #dueShard",
    condition: `${alive} AND #taskState = :v3 AND #taskVersion = :v4 AND ${unawaited}`,
  },
} as const;
const names = {
  byKey: named(settling.byKey.update + settling.byKey.condition),
  byTask: named(settling.byTask.update + settling.byTask.condition),
} as const;

const changed = { ReturnValues: "ALL_NEW", ReturnValuesOnConditionCheckFailure: "ALL_OLD" } as const;

function settlement(table: string, { id, value, completeKey, version }: Settled) {
  const now = Date.now();
  const how = version === undefined ? "byKey" : "byTask";
  const written = ["resolved", JSON.stringify(value), now, randomUUID()];
  return {
    TableName: table,
    Key: keyOf(id),
    UpdateExpression: settling[how].update,
    ConditionExpression: settling[how].condition,
    ...names[how],
    ExpressionAttributeValues: valued([
      "pending",
      now,
      now,
      ...(version === undefined ? [...written, completeKey] : ["acquired", version, ...written]),
    ]),
    ...changed,
  };
}

const acquiring = {
  update:
    "SET #taskState = :v6, #taskVersion = :v7, #pid = :v8, #ttl = :v9, #leasedAt = :v10, #taskToken = :v11 REMOVE #retryAt, #resumes",
  condition: `${alive} AND #taskState = :v3 AND #taskVersion = :v4 AND #dueAt <= :v5`,
} as const;
const acquiringNames = named(acquiring.update + acquiring.condition);

interface Acquired {
  readonly id: string;
  readonly version: number;
  readonly pid: string;
  readonly ttl: number;
}

function acquisition(table: string, { id, version, pid, ttl }: Acquired) {
  const now = Date.now();
  const held = ["acquired", version + 1, pid, ttl, now, randomUUID()];
  return {
    TableName: table,
    Key: keyOf(id),
    UpdateExpression: acquiring.update,
    ConditionExpression: acquiring.condition,
    ...acquiringNames,
    ExpressionAttributeValues: valued(["pending", now, now, "pending", version, now + ttl, ...held]),
    ...changed,
  };
}

const valued = (values: readonly unknown[]) => Object.fromEntries(values.map((value, place) => [`:v${place}`, value]));

const toPromise = (item: Record<string, unknown> = {}) => ({
  id: item["sk"],
  state: item["state"],
  param: JSON.parse(item["param"] as string),
  value: JSON.parse((item["value"] as string | undefined) ?? "{}"),
  timeout: item["timeoutAt"],
  tags: JSON.parse(item["tags"] as string),
  createdOn: item["createdAt"],
});
