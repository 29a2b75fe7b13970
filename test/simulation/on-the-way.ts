/**
 * What befalls what is on its way between the functions of a deployment: records of the stream and messages of the queues
 * come twice, in any order, late, or not at all.
 *
 * @module
 */

import type { DynamoDBRecord } from "aws-lambda";
import fc from "fast-check";
import { mailboxOf } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { indexes } from "#lib/store/dynamodb/layout.ts";
import type { Brought, Functions, Queued } from "./functions.ts";
import type { Process, Recorded } from "./history.ts";
import type { Time } from "./play.ts";

export const fates = ["once", "twice", "late", "lost"] as const;
export type Fate = (typeof fates)[number];

export interface Way {
  /** Which function is called, in turn. */
  readonly turns: readonly ("stream" | "delays" | "messages" | "sweep")[];
  /** What befalls each record or message, in turn. */
  readonly fates: readonly Fate[];
  /** By which the records of a batch are sorted, in turn. */
  readonly ranks: readonly number[];
}

export const way: fc.Arbitrary<Way> = fc.record({
  turns: fc.array(fc.constantFrom("stream", "stream", "stream", "delays", "messages", "sweep"), {
    minLength: 1,
    maxLength: 6,
  }),
  fates: fc.array(fc.constantFrom<Fate>("once", "once", ...fates), { minLength: 1, maxLength: 12, size: "max" }),
  ranks: fc.array(fc.nat(9), { minLength: 1, maxLength: 7 }),
});

const batchMax = 10;

/** A deployment whose functions are called now and then, and in the end by the rule alone. */
export function onTheWay(functions: Functions, { turns, fates, ranks }: Way, suffered: Record<Fate, number>) {
  let [turned, fated, ranked] = [0, 0, 0];
  const next = <Each>(list: readonly Each[], at: number): Each => list[at % list.length] as Each;
  const late: { [Source in keyof Functions["queues"] | "stream"]: Brought[] } = {
    stream: [],
    delays: [],
    messages: [],
  };

  /** In batches, in an order of their own; what fails is brought again. */
  async function bring(source: keyof typeof late, fresh: readonly Brought[], call: Functions["advance"], now: number) {
    const coming: { record: Brought; rank: number }[] = [];
    for (const record of [...late[source].splice(0), ...fresh]) {
      const fate = next(fates, fated++);
      suffered[fate] += 1;
      late[source].push(...(fate === "late" ? [record] : []));
      for (let times = { once: 1, twice: 2, late: 0, lost: 0 }[fate]; times > 0; times--) {
        coming.push({ record, rank: next(ranks, ranked++) });
      }
    }
    const records = coming.toSorted((a, b) => a.rank - b.rank).map(({ record }) => record);
    for (let from = 0; from < records.length; from += batchMax) {
      const batch = records.slice(from, from + batchMax);
      const { batchItemFailures } = await call(batch, now);
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      late[source].push(...batch.filter((record) => failed.has(nameOf(record))));
    }
  }

  return (time: Time): readonly Process[] => {
    const now = () => time.clock.now;
    const process: Process = {
      now,
      ask: functions.ask,
      async work() {
        const turn = next(turns, turned++);
        switch (turn) {
          case "stream":
            return bring(turn, (await functions.changes()).filter(isFollowed), functions.advance, now());
          case "delays":
            return bring(turn, functions.queues.delays.splice(0), functions.advance, now());
          case "messages":
            return bring(turn, functions.queues.messages.splice(0), functions.deliver, now());
          case "sweep":
            // A run that fails is no more than late.
            return functions.sweep(now()).catch(() => {});
        }
      },
      /** Nothing of what is on its way arrives. */
      async rest() {
        for (let sweeps = 0; sweeps < 3; sweeps++) {
          await functions.sweep(now());
        }
      },
    };
    return [process];
  };
}

const nameOf = (record: Brought): string =>
  "body" in record ? (record as Queued).messageId : ((record as DynamoDBRecord).dynamodb?.SequenceNumber ?? "");

/** The stream's filter, as the deployment has it. */
const isFollowed = ({ dynamodb }: DynamoDBRecord): boolean => dynamodb?.NewImage?.[indexes.due.partition] !== undefined;

/** Listeners that were put on a pending promise's list, which has ended since, and for whom there is no message. */
export async function untold(store: Store, history: Recorded["history"]): Promise<string[]> {
  const cost = { roundTrips: 0 };
  const found = await Promise.all(
    history.map(async ({ asked, answer }) => {
      const isListening =
        asked.kind === "listener" &&
        answer !== undefined &&
        "promise" in answer &&
        (answer.promise as { state: string }).state === "pending";
      if (!isListening || (await store.get(asked.awaited, cost))?.state === "pending") {
        return [];
      }
      const messages = await store.members("message", mailboxOf(asked.address), 100, cost);
      return messages.some(({ promiseId }) => promiseId === asked.awaited)
        ? []
        : [`${asked.address} of ${asked.awaited}`];
    }),
  );
  return found.flat();
}
