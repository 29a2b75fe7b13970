import { randomUUID } from "node:crypto";
import { type DynamoDBDocumentClient, GetCommand, PutCommand, UpdateCommand } from "@aws-sdk/lib-dynamodb";
import { Hono } from "hono";

/**
 * The shortest handlers that send DynamoDB what ours send for a create, a get and a settle, and answer with a promise.
 * They check nothing and log nothing: what stands between them and ours is what ours cost.
 */
export function bareApp(client: DynamoDBDocumentClient, table: string): Hono {
  const app = new Hono();
  const keyOf = (id: string) => ({ pk: `promise#${id}`, sk: id });

  app.post("/promises", async (c) => {
    const { id, timeout, param, tags } = await c.req.json();
    const now = Date.now();
    await client.send(
      new PutCommand({
        TableName: table,
        Item: {
          ...keyOf(id),
          format: 1,
          state: "pending",
          timeoutAt: timeout,
          createdAt: now,
          param: JSON.stringify(param),
          tags: JSON.stringify(tags),
          createKey: c.req.header("idempotency-key"),
          createToken: randomUUID(),
          dueAt: timeout,
          dueShard: "0",
          listShard: "promise#0",
          listedAt: `${String(now).padStart(16, "0")}#${id}`,
        },
        ConditionExpression: "attribute_not_exists(#pk)",
        ExpressionAttributeNames: { "#pk": "pk" },
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return c.json({ id, state: "PENDING", param, value: {}, timeout, tags, createdOn: now }, 201);
  });

  app.get("/promises/:id", async (c) => {
    const Key = keyOf(c.req.param("id"));
    const { Item } = await client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true }));
    return c.json(toPromise(Item), 200);
  });

  app.patch("/promises/:id", async (c) => {
    const { value } = await c.req.json();
    const now = Date.now();
    const { Attributes } = await client.send(
      new UpdateCommand({
        TableName: table,
        Key: keyOf(c.req.param("id")),
        UpdateExpression:
          "SET #state = :v3, #settledAt = :v4, #value = :v5, #completeKey = :v6, #settleToken = :v7 REMOVE #dueAt, #dueShard",
        ConditionExpression: "#state = :v0 AND #timeoutAt > :v1 AND #createdAt <= :v2",
        ExpressionAttributeNames: {
          "#state": "state",
          "#timeoutAt": "timeoutAt",
          "#createdAt": "createdAt",
          "#settledAt": "settledAt",
          "#value": "value",
          "#completeKey": "completeKey",
          "#settleToken": "settleToken",
          "#dueAt": "dueAt",
          "#dueShard": "dueShard",
        },
        ExpressionAttributeValues: {
          ":v0": "pending",
          ":v1": now,
          ":v2": now,
          ":v3": "resolved",
          ":v4": now,
          ":v5": JSON.stringify(value),
          ":v6": c.req.header("idempotency-key"),
          ":v7": randomUUID(),
        },
        ReturnValues: "ALL_NEW",
        ReturnValuesOnConditionCheckFailure: "ALL_OLD",
      }),
    );
    return c.json(toPromise(Attributes), 201);
  });
  return app;
}

const toPromise = (item: Record<string, unknown> = {}) => ({
  id: item["sk"],
  state: item["state"],
  param: JSON.parse(item["param"] as string),
  value: JSON.parse((item["value"] as string | undefined) ?? "{}"),
  timeout: item["timeoutAt"],
  tags: JSON.parse(item["tags"] as string),
  createdOn: item["createdAt"],
});
