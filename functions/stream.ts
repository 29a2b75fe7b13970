/** All doors behind one function URL, which passes streams on: workers listen here for as long as a run may last. */

import { setTimeout as sleep } from "node:timers/promises";
import type { APIGatewayProxyEventV2, Context } from "aws-lambda";
import { streamHandle } from "hono/aws-lambda";
import { toBody } from "#lib/dispatch/body.ts";
import { mailboxListeners } from "#lib/service/mailbox-stream.ts";
import { log } from "./answered.ts";
import { doors, ownUrls } from "./doors.ts";
import { openMs } from "./env.ts";
import { withMetrics } from "./metrics.ts";
import { store } from "./store.ts";
import { withTracing } from "./tracing.ts";

/** A function streams 200 MB at most, and a character of a message takes up to six bytes of a stream in ASCII. */
const lengthMax = 25_000_000;

/** The largest message there is: two payloads of 2.5 MB. */
const lookLengthMax = 5_900_000;

const [serverUrl = ""] = ownUrls;

const listeners = mailboxListeners({
  store,
  now: Date.now,
  sleep,
  lookEveryMs: 500,
  openMs: openMs(),
  lengthMax,
  lookLengthMax,
  toText: (message) => toBody(message, serverUrl),
  onEnd: ({ error, ...ended }) =>
    error === undefined ? log.info({ verb: "listen", ...ended }) : log.error({ verb: "listen", ...ended, err: error }),
});

/** A function URL hands the path over as it was sent. */
const rawPath = (platform: unknown) => (platform as { event?: APIGatewayProxyEventV2 }).event?.rawPath;

type StreamHandler = (
  event: APIGatewayProxyEventV2,
  stream: awslambda.HttpResponseStream,
  context: Context,
) => Promise<void>;

let answer: StreamHandler | undefined;

/** The function's own URL is none of its settings, which would have to be known before it is: each request bears it. */
const handlerAt = (domain: string): StreamHandler =>
  streamHandle(doors([...ownUrls, `https://${domain}`], { rawPath, listeners })) as unknown as StreamHandler;

export const handler = awslambda.streamifyResponse(
  withTracing(
    withMetrics((event: APIGatewayProxyEventV2, stream: awslambda.HttpResponseStream, context: Context) => {
      answer ??= handlerAt(event.requestContext.domainName);
      return answer(event, stream, context);
    }),
  ),
);
