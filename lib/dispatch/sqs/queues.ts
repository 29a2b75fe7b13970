/**
 * Queues between the functions: what is to be sent, and what is to be looked at later.
 *
 * @module
 */

import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { EpochMs } from "#lib/core/index.ts";
import type { Delays, Outbox } from "#lib/ports/outbox.ts";
import type { DueEntry } from "#lib/ports/store.ts";

export interface Queue {
  readonly client: SQSClient;
  readonly url: string;
}

export const sqsOutbox = ({ client, url }: Queue): Outbox => ({
  async put(parcel) {
    await client.send(new SendMessageCommand({ QueueUrl: url, MessageBody: JSON.stringify(parcel) }));
  },
});

/** What a queue takes at once, and the longest that it keeps a message back. */
const batchMax = 10;
const delaySecondsMax = 900;

/**
 * What one message holds: so many things that fall due in the same second, or so many bytes of them. A whole batch is
 * still less than a queue takes, and what is tried again because one of them failed is little.
 */
const packMax = { entries: 25, bytes: 25_000 } as const;

export const sqsDelays = ({ client, url }: Queue, now: () => EpochMs): Delays => ({
  async put(entries) {
    const moment = now();
    const messages = packed(entries, (dueAt) =>
      // Never early: a delay is of whole seconds.
      Math.max(0, Math.min(Math.ceil((dueAt - moment) / 1_000), delaySecondsMax)),
    );
    const batches = Array.from({ length: Math.ceil(messages.length / batchMax) }, (_, batch) =>
      messages.slice(batch * batchMax, (batch + 1) * batchMax),
    );
    await Promise.all(batches.map((batch) => send({ client, url }, batch)));
  },
});

interface Pack {
  readonly DelaySeconds: number;
  readonly entries: string[];
  bytes: number;
}

/** Entries in order of time, those that are to wait equally long together. */
function packed(entries: readonly DueEntry[], secondsUntil: (dueAt: EpochMs) => number): readonly Pack[] {
  const packs: Pack[] = [];
  for (const entry of entries) {
    const text = JSON.stringify(entry);
    const bytes = Buffer.byteLength(text);
    const DelaySeconds = secondsUntil(entry.dueAt);
    const last = packs.at(-1);
    if (
      last?.DelaySeconds === DelaySeconds &&
      last.entries.length < packMax.entries &&
      last.bytes + bytes <= packMax.bytes
    ) {
      last.entries.push(text);
      last.bytes += bytes;
    } else {
      packs.push({ DelaySeconds, entries: [text], bytes });
    }
  }
  return packs;
}

async function send({ client, url }: Queue, packs: readonly Pack[]): Promise<void> {
  const Entries = packs.map(({ DelaySeconds, entries }, index) => ({
    Id: String(index),
    MessageBody: `[${entries.join(",")}]`,
    DelaySeconds,
  }));
  const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
  if (Failed.length > 0) {
    throw new Error(`${Failed.length} of ${Entries.length} delays were not taken: ${Failed[0]?.Code}`);
  }
}

/** What such a message holds. One from an earlier version of the service holds a single thing. */
export const delayed = (body: string): readonly DueEntry[] => [JSON.parse(body) as DueEntry | DueEntry[]].flat();
