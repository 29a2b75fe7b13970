/**
 * A DynamoDB (and an event bus) that answers at once and always the same, as a process of its own: its work is not counted.
 *
 * @module
 */

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

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

const acquired = {
  ...item,
  taskState: { S: "acquired" },
  taskVersion: { N: "1" },
  pid: { S: "bench" },
  ttl: { N: "60000" },
  leasedAt: { N: "1795000001000" },
  taskToken: { S: "9d3a1a7c-92a8-4d0f-8b0e-6a1b6b0a7c11" },
};

const encoded = (answer: object) => Buffer.from(JSON.stringify(answer));

const answers = {
  nothing: encoded({}),
  item: encoded({ Item: item }),
  settled: encoded({ Attributes: settled }),
  acquired: encoded({ Attributes: acquired }),
  put: encoded({ Entries: Array.from({ length: 10 }, () => ({ EventId: "event" })) }),
} as const;

function answerTo(target: string, body: string): Buffer {
  switch (target) {
    case "DynamoDB_20120810.GetItem":
      return answers.item;
    case "DynamoDB_20120810.UpdateItem":
      return body.includes('"resolved"') ? answers.settled : answers.acquired;
    case "AWSEvents.PutEvents":
      return answers.put;
    default:
      return answers.nothing;
  }
}

const server = createServer((request, response) => {
  let body = "";
  request
    .setEncoding("latin1")
    .on("data", (text: string) => {
      body += text;
    })
    .on("end", () => {
      const answer = answerTo(String(request.headers["x-amz-target"]), body);
      const headers = { "content-type": "application/x-amz-json-1.0", "content-length": answer.length };
      response.writeHead(200, headers).end(answer);
    });
});
server.listen(0, "127.0.0.1", () => {
  process.stderr.write(`http://localhost:${(server.address() as AddressInfo).port}\n`);
});
