/**
 * Goal: what is due is settled within 50 ms of its time, without anybody asking for it.
 *
 * Method: a store that notes when a deadline was written down, and a bare timer of the platform beside each promise.
 * Lateness is counted from the deadline, or from that timer where it was late itself: then the machine was.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { GuardedChange } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { request } from "../support/http.ts";
import { serving } from "../support/local-server.ts";
import { freshTable, openSqlite, testClient } from "../support/stores.ts";

const withinMs = 50;

/** Over a DynamoDB beside the server, a sweep asks each shard and writes: several round trips. */
const withinDynamoMs = 250;

/** When each deadline was written down. */
type Noted = Map<string, number>;

const isExpiry = ({ change }: GuardedChange) =>
  change.kind === "update" && change.set?.settledAt !== undefined && change.set.settleToken === undefined;

const noting = (store: Store, noted: Noted): Store => ({
  ...store,
  async attempt(write, cost) {
    const outcome = await store.attempt(write, cost);
    if (outcome.won && write.of === "promise" && isExpiry(write as unknown as GuardedChange)) {
      noted.set(write.id, Date.now());
    }
    return outcome;
  },
});

const serve = (store: Store, sweepEveryMs?: number) =>
  serving(store, sweepEveryMs === undefined ? {} : { shared: { sweepEveryMs, mailboxEveryMs: 500 } });

/** A promise's deadline, and when a bare timer for it went off. */
interface Watched {
  readonly id: string;
  readonly timeout: number;
  readonly bare: Promise<number>;
}

function watch(id: string, timeout: number): Watched {
  return { id, timeout, bare: sleep(Math.max(0, timeout - Date.now())).then(() => Date.now()) };
}

async function create(url: string, { id, timeout }: Watched): Promise<void> {
  expect((await request(url, "POST", "/promises", { id, timeout })).status).toBe(201);
}

/** How late each was, once all are written; negative: too early. */
async function lateness(watched: readonly Watched[], noted: Noted): Promise<number[]> {
  return Promise.all(
    watched.map(async ({ id, timeout, bare }) => {
      const earliest = Math.max(timeout, await bare);
      for (let waits = 0; noted.get(id) === undefined && waits < 500; waits++) {
        await sleep(10);
      }
      const at = noted.get(id) ?? Number.POSITIVE_INFINITY;
      return at < timeout ? at - timeout : Math.max(0, at - earliest);
    }),
  );
}

function expectInTime(late: readonly number[], ms: number): void {
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...late)).toBeLessThanOrEqual(ms);
}

it("a hundred deadlines, armed in no order, are each met within 50 ms", async () => {
  const noted: Noted = new Map();
  const { store, close } = await openSqlite();
  onTestFinished(close);
  const { url } = await serve(noting(store, noted));
  const soon = Date.now() + 700;
  const watched = Array.from({ length: 100 }, (_, number) => watch(`p/${number}`, soon + ((number * 37) % 100) * 15));
  await Promise.all(watched.map((each) => create(url, each)));
  expectInTime(await lateness(watched, noted), withinMs);
});

it("what fell due while no server ran is settled when one starts", async () => {
  const noted: Noted = new Map();
  const { store, close } = await openSqlite();
  onTestFinished(close);
  const first = await serve(store);
  const watched = watch("p", Date.now() + 250);
  await create(first.url, watched);
  await first.stop();
  await sleep(300);
  const started = Date.now();
  await serve(noting(store, noted));
  await lateness([watched], noted);
  expect((noted.get("p") as number) - started).toBeLessThan(500);
});

it("on a shared table, a deadline that a server armed which is gone is met by another", async () => {
  const client = testClient();
  onTestFinished(() => client.destroy());
  const table = await freshTable(client);
  const noted: Noted = new Map();
  await serve(noting(dynamoStore({ client, table }), noted), 1_000);
  const gone = await serve(dynamoStore({ client, table }), 1_000);
  const [soon, later] = [watch(randomUUID(), Date.now() + 300), watch(randomUUID(), Date.now() + 2_500)];
  await create(gone.url, soon);
  await create(gone.url, later);
  await gone.stop();
  // What comes due before the next look is met by that look; what it sees coming, on time.
  expectInTime(await lateness([soon], noted), 1_000 + withinDynamoMs);
  expectInTime(await lateness([later], noted), withinDynamoMs);
});

it("on a shared table, a promise's own server meets its deadline on time", async () => {
  const client = testClient();
  onTestFinished(() => client.destroy());
  const noted: Noted = new Map();
  const { url } = await serve(noting(dynamoStore({ client, table: await freshTable(client) }), noted), 1_000);
  const soon = Date.now() + 400;
  const watched = Array.from({ length: 10 }, (_, number) => watch(`p/${number}`, soon + number * 60));
  await Promise.all(watched.map((each) => create(url, each)));
  expectInTime(await lateness(watched, noted), withinDynamoMs);
});
