/**
 * Goal: of any number of clients that want the same at once, one gets it, and every other is told the truth.
 *
 * Method: real server processes, 64 requests at once, on SQLite, on DynamoDB, and through two servers that share one
 * DynamoDB table.
 */

import { randomUUID } from "node:crypto";
import { afterEach, describe, expect, inject, it } from "vitest";
import type { Reply } from "../support/door.ts";
import { freshFolder } from "../support/folder.ts";
import { request } from "../support/http.ts";
import { type ServerProcess, startProcess } from "../support/server-process.ts";

const contestants = 64;
const rounds = 5;
const timeout = 4_102_444_800_000;

const running: ServerProcess[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.end("SIGKILL")));
});

async function start(...options: string[]): Promise<string> {
  const server = await startProcess(...options);
  running.push(server);
  return server.url;
}

const onDynamo = (table: string) =>
  start("--store", "dynamodb", "--endpoint", inject("dynamoEndpoint"), "--table", table);

const setups: readonly (readonly [string, () => Promise<string[]>])[] = [
  ["one server on SQLite", async () => [await start("--data", freshFolder())]],
  ["one server on DynamoDB", async () => [await onDynamo(randomUUID())]],
  [
    "two servers that share a DynamoDB table",
    async () => {
      const table = randomUUID();
      return Promise.all([onDynamo(table), onDynamo(table)]);
    },
  ],
];

/** Asks as many times at once, of the servers in turn. */
const together = (urls: readonly string[], ask: (url: string, contestant: number) => Promise<Reply>) =>
  Promise.all(
    Array.from({ length: contestants }, (_, contestant) => ask(urls[contestant % urls.length] as string, contestant)),
  );

const count = (replies: readonly Reply[], status: number) => replies.filter((reply) => reply.status === status).length;

describe.each(setups)("%s", (_setup, open) => {
  it("answers 201 to one of 64 creates of one id, and 409 to the others", async () => {
    const urls = await open();
    for (let round = 0; round < rounds; round++) {
      const id = `race/${round}`;
      const replies = await together(urls, (url, contestant) =>
        request(url, "POST", "/promises", { id, timeout, param: { data: String(contestant) } }),
      );
      expect([count(replies, 201), count(replies, 409)]).toEqual([1, contestants - 1]);
      const winner = replies.find(({ status }) => status === 201);
      for (const url of urls) {
        expect((await request(url, "GET", `/promises/${id}`)).body).toEqual(winner?.body);
      }
    }
  });

  it("answers 201 to one of 64 creates with one idempotency key, and 200 with its promise to the others", async () => {
    const urls = await open();
    const replies = await together(urls, (url, contestant) =>
      request(
        url,
        "POST",
        "/promises",
        { id: "race", timeout, param: { data: String(contestant) } },
        { "idempotency-key": "k" },
      ),
    );
    expect([count(replies, 201), count(replies, 200)]).toEqual([1, contestants - 1]);
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
  });

  it("answers 201 to one of 64 completions, and to each other what the winner made of the promise", async () => {
    const urls = await open();
    for (let round = 0; round < rounds; round++) {
      const path = `/promises/race/${round}`;
      await request(urls[0] as string, "POST", "/promises", { id: `race/${round}`, timeout });
      const replies = await together(urls, (url, contestant) => request(url, "PATCH", path, ...wish(contestant)));
      const { body: kept } = await request(urls.at(-1) as string, "GET", path);
      expect(replies.filter(({ status }) => status === 201).map(({ body }) => body)).toEqual([kept]);
      const honest = replies.map(({ status, body }, contestant) =>
        keyOf(contestant) === kept.idempotencyKeyForComplete
          ? [status === 201 ? 201 : 200, kept]
          : [403, { error: { ...body.error, code: codes[kept.state as keyof typeof codes] } }],
      );
      expect(replies.map(({ status, body }) => [status, body])).toEqual(honest);
    }
  });
});

const verdicts = ["RESOLVED", "REJECTED", "REJECTED_CANCELED"] as const;
const codes = { RESOLVED: 40300, REJECTED: 40301, REJECTED_CANCELED: 40302 } as const;

/** A few share a key. */
const keyOf = (contestant: number) => `key-${contestant % 16}`;

const wish = (contestant: number) =>
  [
    { state: verdicts[contestant % verdicts.length], value: { data: String(contestant) } },
    { "idempotency-key": keyOf(contestant) },
  ] as const;
