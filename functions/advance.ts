/** Does what follows from each change of the table, and what has fallen due, as the stream and the queue tell of it. */

import type { DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import type { Cost, DueEntry } from "#lib/ports/store.ts";
import { measureLate } from "#lib/service/measure.ts";
import { follow } from "#lib/service/stream.ts";
import { toChanged } from "#lib/store/dynamodb/stream.ts";
import { eachRecord } from "./each-record.ts";
import { metrics, withMetrics } from "./metrics.ts";
import { delays, delivery, log, now, store, work } from "./work.ts";

export const handler = withMetrics(
  ({ Records }: DynamoDBStreamEvent | SQSEvent): Promise<SQSBatchResponse> =>
    eachRecord<DynamoDBRecord | SQSRecord>(Records, { verb: "advance", log, identifierOf }, doOne),
);

async function doOne(record: DynamoDBRecord | SQSRecord, cost: Cost): Promise<void> {
  if (!("body" in record)) {
    return follow(toChanged(record), { advancer: work, delivery, delays, now }, cost);
  }
  const entry = JSON.parse(record.body) as DueEntry;
  measureLate(metrics, entry.dueAt, now());
  if (entry.of !== "promise") {
    await work.thing(entry, cost);
    return;
  }
  const image = await store.get(entry.id, cost);
  if (image !== undefined) {
    await work.promise(image, cost);
  }
}

function identifierOf(record: DynamoDBRecord | SQSRecord): string {
  return "body" in record ? record.messageId : (record.dynamodb?.SequenceNumber ?? "");
}
