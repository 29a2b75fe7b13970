/** Messages to AWS's services, as a server in this process plays all of them. */

import type { IncomingHttpHeaders } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { onlyFromAws } from "#lib/dispatch/aws/elsewhere.ts";
import { awsTransports } from "#lib/dispatch/aws/transports.ts";
import { toBody } from "#lib/dispatch/body.ts";
import { transports } from "#lib/dispatch/transports.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import { serveAll } from "../support/listener.ts";
import { news, offer, settled } from "./messages.ts";

interface Seen {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let seen: Seen[];
let answers: { status: number; body: string }[];

const origin = serveAll(async (request, response) => {
  seen.push({ url: request.url, headers: request.headers, body: await textOf(request) });
  const { status, body } = answers.shift() ?? { status: 200, body: "{}" };
  response.writeHead(status).end(body);
});

beforeEach(() => {
  seen = [];
  answers = [];
});

const serverUrl = "https://server.example";
const send = (message: Outgoing) => {
  const http = onlyFromAws.lambda;
  const aws = awsTransports({
    serverUrl,
    region: "eu-west-1",
    account: "123456789012",
    partition: "aws",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    endpointFor: () => new URL(origin()),
  });
  return transports({ http, poll: http, ...aws }).send(message);
};

/** The one request that a message made. */
async function requestOf(message: Outgoing): Promise<Seen & { service: string | undefined }> {
  expect(await send(message)).toBe("sent");
  expect(seen).toHaveLength(1);
  const [{ url, headers, body }] = seen as [Seen];
  const service = /Credential=id\/\d{8}\/eu-west-1\/(\w+)\/aws4_request/.exec(headers["authorization"] ?? "")?.[1];
  return { url, headers, body, service };
}

it.each([
  ["lambda://fn", "fn", "/"],
  ["lambda://fn:live", "fn%3Alive", "/live"],
])("%s is invoked without waiting, with what its URL would have given it", async (address, path, rawPath) => {
  const message = offer(address, "p", 3);
  const { url, headers, body, service } = await requestOf(message);
  expect([url, service]).toEqual([`/2015-03-31/functions/${path}/invocations`, "lambda"]);
  expect(headers["x-amz-invocation-type"]).toBe("Event");
  expect(JSON.parse(body)).toMatchObject({
    rawPath,
    headers: { "content-type": "application/json", host: "fn" },
    requestContext: { http: { method: "POST" } },
    body: toBody(message, serverUrl),
    isBase64Encoded: false,
  });
});

it("a queue is sent the message, with its kind and its promise beside it", async () => {
  const { headers, body, service } = await requestOf(news("sqs://jobs"));
  expect([headers["x-amz-target"], service]).toEqual(["AmazonSQS.SendMessage", "sqs"]);
  expect(JSON.parse(body)).toEqual({
    QueueUrl: `${origin()}/123456789012/jobs`,
    MessageBody: toBody(news("sqs://jobs"), serverUrl),
    MessageAttributes: {
      kind: { DataType: "String", StringValue: "unblock" },
      promiseId: { DataType: "String", StringValue: "p" },
    },
  });
});

it("a FIFO queue has one group for each promise, and one message for each offer", async () => {
  for (const [id, version] of [
    ["a", 1],
    ["a", 1],
    ["a", 2],
    ["b\u0001", 1],
  ] as const) {
    await send(offer("sqs://jobs.fifo", id, version));
  }
  const [first, again, later, other] = seen.map(({ body }) => JSON.parse(body));
  expect(first.MessageGroupId).toMatch(/^[0-9a-f]{64}$/);
  expect(again.MessageGroupId).toBe(first.MessageGroupId);
  // Made again, it is meant: only the repetition of one attempt is to be dropped.
  expect(again.MessageDeduplicationId).not.toBe(first.MessageDeduplicationId);
  expect(later.MessageGroupId).toBe(first.MessageGroupId);
  expect(later.MessageDeduplicationId).not.toBe(first.MessageDeduplicationId);
  expect(other.MessageGroupId).not.toBe(first.MessageGroupId);
  expect(Object.keys(other.MessageAttributes)).toEqual(["kind"]);
});

it("a topic is published to", async () => {
  const { body, service } = await requestOf(news("sns://news"));
  expect(service).toBe("sns");
  expect(Object.fromEntries(new URLSearchParams(body))).toMatchObject({
    Action: "Publish",
    TopicArn: "arn:aws:sns:eu-west-1:123456789012:news",
    Message: toBody(news("sns://news"), serverUrl),
    "MessageAttributes.entry.1.Value.StringValue": "unblock",
    "MessageAttributes.entry.2.Value.StringValue": "p",
  });
});

it("an event bus is given an event, and refuses it in its answer", async () => {
  const message = offer("eventbridge://bus", "p");
  const { headers, body, service } = await requestOf(message);
  expect([headers["x-amz-target"], service]).toEqual(["AWSEvents.PutEvents", "events"]);
  expect(JSON.parse(body).Entries).toEqual([
    { EventBusName: "bus", Source: "resonate", DetailType: "execute", Detail: toBody(message, serverUrl) },
  ]);
  answers = [{ status: 200, body: JSON.stringify({ FailedEntryCount: 1, Entries: [{ ErrorCode: "NotHere" }] }) }];
  await expect(send(message)).rejects.toThrow("events refused the message: NotHere");
});

describe("A failure", () => {
  it.each([
    [
      "sqs://q",
      400,
      '{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"secret"}',
      "sqs answered 400 QueueDoesNotExist",
    ],
    ["sns://t", 404, "<Error><Code>NotFound</Code><Message>secret</Message></Error>", "sns answered 404 NotFound"],
    ["lambda://f", 403, '{"Message":"secret"}', "lambda answered 403"],
  ])("of %s says what the service called it, and is not tried at once again", async (address, status, body, said) => {
    answers = [{ status, body }];
    await expect(send(offer(address, "p"))).rejects.toThrow(new Error(said));
    expect(seen).toHaveLength(1);
  });

  it("that passes is tried again", async () => {
    answers = [503, 429].map((status) => ({ status, body: "" }));
    expect(await send(offer("sqs://q", "p"))).toBe("sent");
    expect(seen).toHaveLength(3);
  });

  it.each(["lambda", "sqs", "sns", "eventbridge"])(
    "is a message too large for %s, which is not sent",
    async (scheme) => {
      const large = { ...settled, value: { data: "x".repeat(1_050_000) } };
      await expect(send(news(`${scheme}://name`, large))).rejects.toThrow(
        /the message has \d+ bytes, and \w+ takes \d+/,
      );
      expect(seen).toEqual([]);
    },
  );
});
