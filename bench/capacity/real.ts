/**
 * The model of `timers.ts` against what it is a model of: the same timers in a DynamoDB engine, found by the same sweep,
 * packed by the deployed code, brought by a queue in this process, and settled. What does not depend on the machine must
 * be the same: what is handed on, in how many messages, and that each is settled once and in time.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { SQSClient } from "@aws-sdk/client-sqs";
import { create } from "#lib/core/index.ts";
import { delayed, sqsDelays } from "#lib/dispatch/sqs/queues.ts";
import type { Store } from "#lib/ports/store.ts";
import { aheadMs } from "#lib/service/stream.ts";
import { sweep, workOff } from "#lib/service/sweep.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { startEngine } from "../../test/support/engine.ts";
import { printTable } from "../table.ts";
import { meter } from "../units/meter.ts";
import { works } from "../units/scene.ts";
import { deployed, documented } from "./limits.ts";
import { timersInAMinute } from "./timers.ts";

export interface Ran {
  readonly handedOn: number;
  readonly messages: number;
  /** Settlements written; each timer's is one. */
  readonly settled: number;
  readonly writeUnits: number;
  readonly medianMs: number;
  readonly lastMs: number;
}

/**
 * @param leadMs How long before the first of them falls due the sweep begins.
 * @param isPlayed The clock stands still but for the queue's delays: what comes out does not depend on the machine.
 */
export async function reallyRun(timers: number, withinMs: number, leadMs: number, isPlayed = false): Promise<Ran> {
  const engine = await startEngine();
  const counting = meter(engine.endpoint);
  try {
    await ensureTable(counting.client, "timers");
    const store = dynamoStore({ client: counting.client, table: "timers" });
    const began = await fill(store, timers, withinMs, leadMs);
    const ran = { handedOn: 0, messages: 0, settled: 0 };
    const late: number[] = [];
    let played = began;
    const now = isPlayed ? () => played : Date.now;
    const { work, timer } = works(store, now, "sent");
    const sent: Sent[] = [];
    const under: Promise<void>[] = [];
    const bring = async ({ MessageBody, DelaySeconds }: Sent) => {
      const entries = delayed(MessageBody);
      ran.messages += 1;
      ran.handedOn += entries.length;
      if (isPlayed) {
        played = Math.max(played, began + DelaySeconds * 1_000);
      } else {
        await sleep(DelaySeconds * 1_000);
      }
      const { changed, failures } = await workOff({ store, advancer: work }, entries, { roundTrips: 0 });
      if (failures.length > 0) {
        throw failures[0];
      }
      ran.settled += changed;
      late.push(...entries.map(({ dueAt }) => now() - dueAt));
    };
    const client = {
      async send({ input: { Entries } }: { readonly input: { readonly Entries: readonly Sent[] } }) {
        sent.push(...Entries);
        under.push(...(isPlayed ? [] : Entries.map(bring)));
        return {};
      },
    } as unknown as SQSClient;
    await sleep(isPlayed ? 0 : began - Date.now());
    const { writeUnits } = await counting.spentBy(async () => {
      const delays = sqsDelays({ client, url: "queue" }, now);
      const options = {
        store,
        advancer: work,
        timer,
        delays,
        now,
        lookAheadMs: aheadMs,
        isTimeUp: () => false,
      };
      const { changed, failures } = await sweep(options, { roundTrips: 0 });
      if (changed > 0 || failures.length > 0) {
        throw new Error(`the sweep settled ${changed} before their time, and failed ${failures.length} times`);
      }
      await Promise.all(under);
      for (const message of isPlayed ? sent.toSorted((a, b) => a.DelaySeconds - b.DelaySeconds) : []) {
        await bring(message);
      }
    });
    late.sort((a, b) => a - b);
    return { ...ran, writeUnits, medianMs: late[late.length >> 1] ?? Number.NaN, lastMs: late.at(-1) ?? Number.NaN };
  } finally {
    counting.client.destroy();
    await engine.stop();
  }
}

interface Sent {
  readonly MessageBody: string;
  readonly DelaySeconds: number;
}

/** @returns When the sweep is to begin. */
async function fill(store: Store, timers: number, withinMs: number, leadMs: number): Promise<number> {
  // So much is put in a millisecond on a slow machine.
  const began = Date.now() + Math.max(1_000, timers);
  const write = (number: number) => {
    const timeoutAt = began + leadMs + Math.floor((number * withinMs) / timers);
    const request = { id: `timer/${number}`, timeoutAt, param: {}, tags: { "resonate:timer": "true" } };
    return store.attempt(
      create(request, { now: began - 60_000, token: randomUUID(), retryMs: 30_000, subscriptions: [] }).write,
      {
        roundTrips: 0,
      },
    );
  };
  for (let from = 0; from < timers; from += 100) {
    await Promise.all(Array.from({ length: Math.min(100, timers - from) }, (_, at) => write(from + at)));
  }
  return began;
}

/** The same as the model has it. */
export const asModelled = (timers: number, withinMs: number, dueShards: number) =>
  timersInAMinute({
    timers,
    withinMs,
    dueShards,
    sweepMb: deployed.sweepMb,
    advanceMb: deployed.sweepMb,
    warmWrites: documented.tableWrites.value,
    runsMax: documented.runs.value,
  });

export async function benchReal(): Promise<boolean> {
  const [timers, withinMs, leadMs] = [20_000, 25_000, 30_000];
  const ran = await reallyRun(timers, withinMs, leadMs);
  const model = await asModelled(timers, withinMs, 8);
  printTable(
    `${timers.toLocaleString("en")} timers due within ${withinMs / 1_000} s, really and in the model`,
    ["", "really", "in the model"],
    [
      ["handed on", ran.handedOn, model.handedOn],
      ["messages", ran.messages, model.messages],
      ["settled", ran.settled, timers],
      ["write units each", ran.writeUnits / timers, 2],
      ["median late, ms", ran.medianMs, Math.round(model.medianMs)],
      ["last late, ms", ran.lastMs, Math.round(model.lastMs)],
    ],
  );
  // The model's first timer falls due at the very end of what an earlier sweep has looked ahead.
  const isAlike =
    Math.abs(ran.handedOn - model.handedOn) <= 1 && Math.abs(ran.messages - model.messages) <= timers / 1_000;
  return isAlike && ran.settled === timers && ran.writeUnits === 2 * timers;
}
