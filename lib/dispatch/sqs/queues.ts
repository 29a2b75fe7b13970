/**
 * Queues between the functions: what is to be sent, and what is to be looked at later.
 *
 * @module
 */

import { SendMessageBatchCommand, SendMessageCommand, type SQSClient } from "@aws-sdk/client-sqs";
import type { EpochMs } from "#lib/core/index.ts";
import type { Delays, Outbox } from "#lib/ports/outbox.ts";

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

export const sqsDelays = ({ client, url }: Queue, now: () => EpochMs): Delays => ({
  async put(entries) {
    for (let from = 0; from < entries.length; from += batchMax) {
      const Entries = entries.slice(from, from + batchMax).map((entry, index) => ({
        Id: String(index),
        MessageBody: JSON.stringify(entry),
        // Never early: a delay is of whole seconds.
        DelaySeconds: Math.max(0, Math.min(Math.ceil((entry.dueAt - now()) / 1_000), delaySecondsMax)),
      }));
      const { Failed = [] } = await client.send(new SendMessageBatchCommand({ QueueUrl: url, Entries }));
      if (Failed.length > 0) {
        throw new Error(`${Failed.length} of ${Entries.length} delays were not taken: ${Failed[0]?.Code}`);
      }
    }
  },
});
