/** What is to be looked at later, on its way through a queue that a server in this process plays. */

import { text as textOf } from "node:stream/consumers";
import { SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { limits } from "#lib/core/index.ts";
import { delayed, sqsDelays } from "#lib/dispatch/sqs/queues.ts";
import type { DueEntry } from "#lib/ports/store.ts";
import { serveAll } from "../support/listener.ts";

interface Message {
  readonly MessageBody: string;
  readonly DelaySeconds: number;
}

let batches: Message[][];
let answer: object;

const origin = serveAll(async (request, response) => {
  batches.push(JSON.parse(await textOf(request)).Entries);
  response.setHeader("content-type", "application/x-amz-json-1.0").end(JSON.stringify(answer));
});
let client: SQSClient;

beforeAll(async () => {
  client = new SQSClient({
    endpoint: origin(),
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
});
afterAll(() => {
  client.destroy();
});
beforeEach(() => {
  batches = [];
  answer = {};
});

const now = 10_000;
const put = (entries: readonly DueEntry[]) =>
  sqsDelays({ client, url: "http://queue.example/delays" }, () => now).put(entries);
const due = (dueAt: number, id = `p${dueAt}`): DueEntry => ({ of: "promise", id, dueAt });
const sent = () => batches.flat().map(({ MessageBody, DelaySeconds }) => [DelaySeconds, delayed(MessageBody)] as const);

it("brings what falls due in the same second together, never before its time, and what is due already at once", async () => {
  const [past, first, second, third, far] = [due(9_000), due(10_001), due(11_000), due(11_001), due(99_999_999)];
  await put([past, first, second, third, far]);
  expect(sent()).toEqual([
    [0, [past]],
    [1, [first, second]],
    [2, [third]],
    [900, [far]],
  ]);
});

it("puts 25 things into a message and ten messages into a request, each thing once and in order", async () => {
  const entries = Array.from({ length: 300 }, (_, at) => due(11_000, `p${at}`));
  await put(entries);
  expect(batches.map((batch) => batch.length).toSorted((a, b) => a - b)).toEqual([2, 10]);
  expect(sent().every(([, pack]) => pack.length === 25)).toBe(true);
  expect(new Set(sent().flatMap(([, pack]) => pack.map(({ id }) => id))).size).toBe(300);
});

it("asks for no more bytes than a queue takes, of things with the longest names there are", async () => {
  const name = "\u0001".repeat(limits.idBytesMax);
  const entries = Array.from({ length: 40 }, () => ({ of: "message", in: name, id: name, dueAt: 11_000 }) as const);
  await put(entries);
  expect(sent().flatMap(([, pack]) => pack)).toEqual(entries);
  for (const batch of batches) {
    const bytes = batch.reduce((sum, { MessageBody }) => sum + Buffer.byteLength(MessageBody), 0);
    expect(bytes).toBeLessThanOrEqual(256 * 1_024);
  }
});

it("fails where the queue has not taken all", async () => {
  answer = { Failed: [{ Id: "0", Code: "InternalError", SenderFault: false }], Successful: [] };
  await expect(put([due(11_000)])).rejects.toThrow("1 of 1 delays were not taken: InternalError");
});

it("asks for nothing where there is nothing", async () => {
  await put([]);
  expect(batches).toEqual([]);
});

it("reads a message that holds a single thing, as they once did", () => {
  expect(delayed(JSON.stringify(due(11_000)))).toEqual([due(11_000)]);
});
