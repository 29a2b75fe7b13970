/** Announces on an event bus what happens to promises, as the table's stream tells of it. */

import type { DynamoDBStreamEvent, SQSBatchResponse } from "aws-lambda";
import { credentialsFromEnvironment, endpointOf } from "#lib/aws-request.ts";
import { eventBus } from "#lib/dispatch/aws/bus.ts";
import { logger } from "#lib/log.ts";
import { announce } from "#lib/service/announce.ts";
import { toChanged } from "#lib/store/dynamodb/stream.ts";
import { read, variables } from "./env.ts";

const log = logger();
const region = process.env["AWS_REGION"] ?? "us-east-1";
/** Nine of them are still within a run: three attempts, each repeated twice. */
const answerMsMax = 3_000;

const bus = eventBus(
  {
    name: "events",
    region,
    endpoint: endpointOf("events", region),
    credentials: async () => credentialsFromEnvironment(),
    answerMsMax,
  },
  read(variables.eventBus),
);

const options = {
  bus,
  service: read(variables.serviceName),
  withLocalSteps: process.env[variables.eventsOfLocalSteps] === "true",
};

/** Records whose events the bus has not taken are told one by one: the stream goes on from the first of them. */
export async function handler({ Records }: DynamoDBStreamEvent): Promise<SQSBatchResponse> {
  const changes = Records.map((record) => () => toChanged(record));
  const { events, failures } = await announce(changes, options);
  const batchItemFailures = Records.flatMap(({ dynamodb }, at) =>
    failures[at] === undefined ? [] : [{ itemIdentifier: dynamodb?.SequenceNumber ?? "" }],
  );
  const err = failures.find((failure) => failure !== undefined);
  if (err !== undefined) {
    log.error({ verb: "announce", err });
  }
  log.info({ verb: "announce", looked: Records.length, events, failed: batchItemFailures.length });
  return { batchItemFailures };
}
