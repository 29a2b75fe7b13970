/** Sends messages to receivers that have a URL, and puts those for workers into their mailboxes. Knows no promises. */

import type { SQSBatchResponse, SQSEvent, SQSRecord } from "aws-lambda";
import { toKeyRing } from "#lib/access/key-ring.ts";
import { signer } from "#lib/access/signer.ts";
import { credentialsFromEnvironment, endpointOf } from "#lib/aws-request.ts";
import { awsTransports } from "#lib/dispatch/aws/transports.ts";
import { publicOnly } from "#lib/dispatch/http/public-only.ts";
import { pushTransport } from "#lib/dispatch/http/push.ts";
import { transports } from "#lib/dispatch/transports.ts";
import { logger, toldOf } from "#lib/log.ts";
import type { Parcel } from "#lib/ports/outbox.ts";
import type { Cost } from "#lib/ports/store.ts";
import { courier } from "#lib/service/courier.ts";
import { measured } from "#lib/service/measure.ts";
import { newMessageId } from "#lib/service/message-id.ts";
import { traced } from "#lib/tracing/sending.ts";
import { eachRecord } from "./each-record.ts";
import { read, variables } from "./env.ts";
import { metrics, withMetrics } from "./metrics.ts";
import { readSecret } from "./secret.ts";
import { store } from "./store.ts";
import { tracing, withTracing } from "./tracing.ts";

const log = logger();
const [serverUrl = ""] = read(variables.publicUrls).split(",");

const region = process.env["AWS_REGION"] ?? "us-east-1";

/** Only a test's receivers are elsewhere than on the public internet. */
const isGuarded = process.env[variables.anyReceiver] !== "true";

const { offer, tell } = courier({
  store,
  transport: traced(
    toldOf(
      measured(
        transports({
          http: pushTransport({
            serverUrl,
            signer: signer(async () => toKeyRing(await readSecret(read(variables.signingKeysSecret)))),
            now: Date.now,
            newId: newMessageId,
            ...(isGuarded && { guard: publicOnly() }),
          }),
          // Workers ask for what waits in their mailbox.
          poll: { send: async () => "nobody" },
          ...awsTransports({
            serverUrl,
            region,
            account: read(variables.account),
            partition: read(variables.partition),
            credentials: async () => credentialsFromEnvironment(),
            endpointFor: (service) => endpointOf(service, region),
          }),
        }),
        metrics,
      ),
      log,
    ),
    tracing,
  ),
  onParked: () => metrics.record("parked", 1),
  onPaused: () => metrics.record("paused", 1),
  now: Date.now,
  chance: Math.random,
  onFailure: (err) => log.error({ verb: "deliver", err }),
});

export const handler = withTracing(
  withMetrics(
    ({ Records }: SQSEvent): Promise<SQSBatchResponse> =>
      eachRecord(Records, { verb: "deliver", log, identifierOf: ({ messageId }) => messageId }, send),
  ),
);

async function send({ body }: SQSRecord, cost: Cost): Promise<void> {
  const parcel = JSON.parse(body) as Parcel;
  if (parcel.kind === "execute") {
    await offer(parcel, cost);
  } else {
    await tell(parcel.message, await store.whole(parcel.promise, cost), cost);
  }
}
