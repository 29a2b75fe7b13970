/**
 * A DynamoDB that answers at once and always the same, in place of the client's connection: what is left is the
 * processor time of handler and client.
 *
 * @module
 */

import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { type HttpRequest, HttpResponse } from "@smithy/core/protocols";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";

export interface Canned {
  readonly client: DynamoDBDocumentClient;
  /** The last request's body. */
  lastBody(): string;
}

const item = {
  pk: { S: "promise#purchase" },
  sk: { S: "purchase" },
  format: { N: "1" },
  state: { S: "pending" },
  timeoutAt: { N: "4102444800000" },
  createdAt: { N: "1795000000000" },
  param: { S: '{"data":"aGVsbG8="}' },
  tags: { S: '{"team":"music"}' },
  createKey: { S: "bench" },
  createToken: { S: "3b9f6a52-7d7c-4c57-a0a5-b3c6b5a1f7a0" },
  dueAt: { N: "4102444800000" },
  dueShard: { S: "0" },
  listShard: { S: "promise#0" },
  listedAt: { S: "0001795000000000#purchase" },
};

const { dueAt, dueShard, ...kept } = item;

const settled = {
  ...kept,
  state: { S: "resolved" },
  settledAt: { N: "1795000001000" },
  value: { S: '{"data":"ZG9uZQ=="}' },
  completeKey: { S: "bench" },
  settleToken: { S: "9d3a1a7c-92a8-4d0f-8b0e-6a1b6b0a7c11" },
};

const encoded = (answer: object) => new TextEncoder().encode(JSON.stringify(answer));

const answers: Readonly<Record<string, Uint8Array>> = {
  "DynamoDB_20120810.PutItem": encoded({}),
  "DynamoDB_20120810.GetItem": encoded({ Item: item }),
  "DynamoDB_20120810.UpdateItem": encoded({ Attributes: settled }),
};

export function cannedDynamo(): Canned {
  let body = new Uint8Array();
  const client = dynamoClient({
    region: "us-east-1",
    credentials: { accessKeyId: "bench", secretAccessKey: "bench" },
    requestHandler: {
      async handle(request: HttpRequest) {
        body = request.body;
        return {
          response: new HttpResponse({
            statusCode: 200,
            headers: { "content-type": "application/x-amz-json-1.0" },
            body: answers[request.headers["x-amz-target"] ?? ""],
          }),
        };
      },
    },
  });
  return { client, lastBody: () => new TextDecoder().decode(body) };
}
