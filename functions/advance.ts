/** Does what follows from each change of the table, and what has fallen due, as the stream and the queue tell of it. */

import type { DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { DueEntry } from "#lib/ports/store.ts";
import { follow } from "#lib/service/stream.ts";
import { toChanged } from "#lib/store/dynamodb/stream.ts";
import { delays, delivery, log, now, store, work } from "./work.ts";

/** Records that could not be done are told one by one, so that only they are brought again. */
export async function handler({ Records }: DynamoDBStreamEvent | SQSEvent): Promise<SQSBatchResponse> {
  const cost = { roundTrips: 0 };
  const ended = await Promise.all(
    Records.map((record: DynamoDBRecord | SQSRecord) =>
      doOne(record, cost).then(
        () => undefined,
        (err: unknown) => {
          log.error({ verb: "advance", err });
          return { itemIdentifier: identifierOf(record) };
        },
      ),
    ),
  );
  const batchItemFailures = ended.filter((failure) => failure !== undefined);
  log.info({ verb: "advance", looked: Records.length, failed: batchItemFailures.length, ...cost });
  return { batchItemFailures };
}

async function doOne(record: DynamoDBRecord | SQSRecord, cost: { roundTrips: number }): Promise<void> {
  if (!("body" in record)) {
    return follow(toChanged(record), { advancer: work, delivery, delays, now }, cost);
  }
  const entry = JSON.parse(record.body) as DueEntry;
  if (entry.of !== "promise") {
    await work.thing(entry, cost);
    return;
  }
  const image = await store.get(entry.id, cost);
  if (image !== undefined) {
    await work.promise(image, cost);
  }
}

const identifierOf = (record: DynamoDBRecord | SQSRecord): string =>
  "body" in record ? record.messageId : (record.dynamodb?.SequenceNumber ?? "");
