/**
 * Processor time of what the service does on its own, against servers in processes of their own: the measured part of
 * what `docs/capacity.md` is computed from.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { SQSClient } from "@aws-sdk/client-sqs";
import { marshall } from "@aws-sdk/util-dynamodb";
import { create, type PromiseImage } from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import { eventBus } from "#lib/dispatch/aws/bus.ts";
import { sqsDelays, sqsOutbox } from "#lib/dispatch/sqs/queues.ts";
import type { DueEntry } from "#lib/ports/store.ts";
import { advancer } from "#lib/service/advance.ts";
import { announce } from "#lib/service/announce.ts";
import { enqueuing } from "#lib/service/deliver.ts";
import { knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { follow } from "#lib/service/stream.ts";
import { workOff } from "#lib/service/sweep.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { toItem } from "#lib/store/dynamodb/items.ts";
import { defaultShards } from "#lib/store/dynamodb/layout.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { type StreamRecord, toChanged } from "#lib/store/dynamodb/stream.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { startEngine } from "../../test/support/engine.ts";
import { serve } from "../local/served.ts";
import { median, printTable } from "../table.ts";

const rounds = 5;
const count = 4_000;
const dueAt = 1_800_000_000_000;
const cost = { roundTrips: 0 };
const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
const region = "us-east-1";

export async function benchWork(): Promise<boolean> {
  const engine = await startEngine();
  const canned = await serve(new URL("../cpu/canned-server.ts", import.meta.url), [], "ignore");
  const elsewhere = `http://127.0.0.1:${canned.port}`;
  const client = dynamoClient({ endpoint: engine.endpoint, region, credentials });
  const queues = new SQSClient({ endpoint: elsewhere, region, credentials });
  await ensureTable(client, "work");
  const store = dynamoStore({ client, table: "work" });
  let now = dueAt;
  const delays = sqsDelays({ client: queues, url: "http://queue.example/delays" }, () => now);
  const delivery = enqueuing(store, sqsOutbox({ client: queues, url: "http://queue.example/messages" }));
  const work = advancer({
    store,
    delivery,
    timer: { arm: () => {} },
    now: () => now,
    retryMs: 30_000,
    known: knownSubscriptions(store, () => now),
    nextRun: nextOccurrence,
    isStreamed: true,
  });
  const bus = eventBus(
    { name: "events", region, endpoint: new URL(elsewhere), credentials, answerMsMax: 5_000 },
    "told",
  );

  const born = (id: string, at: number): PromiseImage => {
    const request = { id, timeoutAt: at, param: { data: "x".repeat(300) }, tags: { "resonate:timer": "true" } };
    const { change } = create(request, {
      now: dueAt - 1_000,
      token: randomUUID(),
      retryMs: 30_000,
      subscriptions: [],
    }).write;
    return (change as { image: PromiseImage }).image;
  };
  const fill = (round: number) =>
    inParts(count, 100, async (numbers) => {
      await Promise.all(
        numbers.map((number) => {
          const image = born(`timer/${round}/${number}`, dueAt + number);
          return store.attempt({ of: "promise", id: image.id, guards: [], change: { kind: "put", image } }, cost);
        }),
      );
    });

  const measured = new Map<string, number[]>();
  const measure = async (what: string, done: () => Promise<unknown>): Promise<void> => {
    const before = process.cpuUsage();
    await done();
    const { user, system } = process.cpuUsage(before);
    measured.set(what, [...(measured.get(what) ?? []), (user + system) / 1_000 / count]);
  };

  for (let round = 0; round < rounds; round++) {
    await fill(round);
    const due: DueEntry[] = [];
    await measure("list: an entry of a page of the due index", async () => {
      for (let shard = 0; shard < store.dueShards; shard++) {
        for await (const page of store.due(shard, dueAt + count, cost)) {
          due.push(...page);
        }
      }
    });
    now = dueAt - 5_000;
    await measure("handOn: an entry that is handed to the queue", () => inPages(due, 100, (page) => delays.put(page)));
    now = dueAt + count;
    const off = (page: readonly DueEntry[]) => workOff({ store, advancer: work }, page, cost);
    await measure("look and settle: a timer, in a batch", () => inPages(due, 25, off));
    await measure("look: a timer that is settled already", () => inPages(due, 25, off));

    const records = due.map(({ id }, number) => recordOf(born(id, dueAt + 10_000 + number)));
    const options = { advancer: work, delivery, delays, now: () => now };
    const followed = (page: readonly StreamRecord[]) =>
      Promise.all(page.map((record) => follow(toChanged(record), options, cost)));
    now = dueAt;
    await measure("followed: a change from which a message follows", () => inPages(records, 100, followed));
    now = 0;
    await measure("passed: a change from which nothing follows", () => inPages(records, 100, followed));
    const told = { bus, service: "work", withLocalSteps: false };
    await measure("announced: an event", () =>
      inPages(records, 100, async (page) => {
        const { failures } = await announce(
          page.map((record) => () => toChanged(record)),
          told,
        );
        if (failures.some((failure) => failure !== undefined)) {
          throw new Error("the bus took not all");
        }
      }),
    );
  }
  client.destroy();
  queues.destroy();
  await Promise.all([canned.stop(), engine.stop()]);
  printTable(
    `Processor time of the service's own work, by the median of ${rounds} rounds`,
    ["what", "ms each"],
    [...measured].map(([what, times]) => [what, median(times).toFixed(3)]),
  );
  return true;
}

/** The change of the table that a promise's creation is, as the stream tells of it. */
function recordOf(after: PromiseImage): StreamRecord {
  const { pk, sk, ...rest } = marshall(toItem({ of: "promise", id: after.id }, after, defaultShards));
  return { dynamodb: { Keys: { pk, sk }, NewImage: { pk, sk, ...rest } } };
}

async function inPages<Each>(all: readonly Each[], size: number, done: (page: readonly Each[]) => Promise<unknown>) {
  for (let from = 0; from < all.length; from += size) {
    await done(all.slice(from, from + size));
  }
}

const inParts = (total: number, size: number, done: (numbers: readonly number[]) => Promise<unknown>) =>
  inPages(
    Array.from({ length: total }, (_, number) => number),
    size,
    done,
  );
