/** Does what follows from each change of the table, and what has fallen due, as the stream and the queue tell of it. */

import type { DynamoDBRecord, DynamoDBStreamEvent, SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { delayed } from "#lib/dispatch/sqs/queues.ts";
import type { Cost } from "#lib/ports/store.ts";
import { measureLate } from "#lib/service/measure.ts";
import { follow } from "#lib/service/stream.ts";
import { workOff } from "#lib/service/sweep.ts";
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
  const entries = delayed(record.body);
  for (const { dueAt } of entries) {
    measureLate(metrics, dueAt, now());
  }
  const { failures } = await workOff({ store, advancer: work }, entries, cost);
  if (failures.length > 0) {
    throw failures[0];
  }
}

function identifierOf(record: DynamoDBRecord | SQSRecord): string {
  return "body" in record ? record.messageId : (record.dynamodb?.SequenceNumber ?? "");
}
