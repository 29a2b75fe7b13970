/**
 * Messages to functions, queues, topics and event buses of the service's own account and region.
 *
 * @module
 */

import { hash, randomUUID } from "node:crypto";
import type { AwsService } from "#lib/aws-request.ts";
import { type Address, parseAddress } from "#lib/core/index.ts";
import type { Outgoing, Transport } from "#lib/ports/transport.ts";
import { toBody, typeOf } from "../body.ts";
import { call, checkSize, json } from "./call.ts";

export type AwsScheme = "lambda" | "sqs" | "sns" | "eventbridge";

export interface AwsOptions {
  /** Where receivers find the server. */
  readonly serverUrl: string;
  readonly region: string;
  readonly account: string;
  /** `aws`, `aws-us-gov`. */
  readonly partition: string;
  readonly credentials: AwsService["credentials"];
  /** Where a service is, as its host is called: `sqs`, `events`. */
  readonly endpointFor: (service: string) => URL;
}

/** What each service takes at once, in bytes: 1 MiB, less what stands around a text. */
const bytesMax = { lambda: 1_000_000, sqs: 1_040_000, sns: 1_040_000, eventbridge: 1_000_000 } as const;

const answerMsMax = 10_000;

export function awsTransports(options: AwsOptions): Readonly<Record<AwsScheme, Transport>> {
  const { serverUrl, region, account, partition, credentials, endpointFor } = options;
  const at = (name: string): AwsService => ({ name, region, endpoint: endpointFor(name), credentials, answerMsMax });

  const sending = <Scheme extends AwsScheme>(
    scheme: Scheme,
    send: (to: Extract<Address, { scheme: AwsScheme }>, body: string, message: Outgoing) => Promise<void>,
  ): Transport => ({
    async send(message) {
      const to = parseAddress(message.address);
      if (to === undefined || to.scheme === "http" || to.scheme === "poll" || to.scheme !== scheme) {
        throw new Error(`only ${scheme}:// addresses are sent to here`);
      }
      await send(to, toBody(message, serverUrl), message);
      return "sent";
    },
  });

  return {
    lambda: sending("lambda", async (to, body) => {
      const alias = to.scheme === "lambda" ? to.alias : undefined;
      const payload = JSON.stringify(asRequest(to.name, alias, body));
      checkSize("lambda", payload, bytesMax.lambda);
      const qualified = encodeURIComponent(alias === undefined ? to.name : `${to.name}:${alias}`);
      await call(at("lambda"), {
        method: "POST",
        path: `/2015-03-31/functions/${qualified}/invocations`,
        headers: { "content-type": "application/json", "x-amz-invocation-type": "Event" },
        body: payload,
      });
    }),

    sqs: sending("sqs", async ({ name }, body, message) => {
      checkSize("sqs", body, bytesMax.sqs);
      const MessageAttributes = Object.fromEntries(
        attributesOf(message).map(([key, StringValue]) => [key, { DataType: "String", StringValue }]),
      );
      const QueueUrl = new URL(`/${account}/${name}`, endpointFor("sqs")).href;
      await call(
        at("sqs"),
        json("1.0", "AmazonSQS.SendMessage", {
          QueueUrl,
          MessageBody: body,
          MessageAttributes,
          ...fifo(name, message),
        }),
      );
    }),

    sns: sending("sns", async ({ name }, body, message) => {
      checkSize("sns", body, bytesMax.sns);
      const fields = new URLSearchParams({
        Action: "Publish",
        Version: "2010-03-31",
        TopicArn: `arn:${partition}:sns:${region}:${account}:${name}`,
        Message: body,
        ...fifo(name, message),
      });
      for (const [index, [key, value]] of attributesOf(message).entries()) {
        const entry = `MessageAttributes.entry.${index + 1}`;
        fields.set(`${entry}.Name`, key);
        fields.set(`${entry}.Value.DataType`, "String");
        fields.set(`${entry}.Value.StringValue`, value);
      }
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      await call(at("sns"), { method: "POST", path: "/", headers, body: fields.toString() });
    }),

    eventbridge: sending("eventbridge", async ({ name }, body, message) => {
      checkSize("eventbridge", body, bytesMax.eventbridge);
      const Entries = [
        {
          EventBusName: name,
          Source: "resonate",
          DetailType: message.kind === "event" ? typeOf(message) : message.kind,
          Detail: body,
        },
      ];
      const answer = JSON.parse(await call(at("events"), json("1.1", "AWSEvents.PutEvents", { Entries })));
      if (answer.FailedEntryCount > 0) {
        throw new Error(`events refused the message: ${String(answer.Entries?.[0]?.ErrorCode).slice(0, 80)}`);
      }
    }),
  };
}

/**
 * What a function's URL would hand to it (payload 2.0). Scheme, host and path make up the address, for those that name
 * themselves by the request they got.
 */
function asRequest(name: string, alias: string | undefined, body: string): object {
  const rawPath = `/${alias ?? ""}`;
  return {
    version: "2.0",
    routeKey: "$default",
    rawPath,
    rawQueryString: "",
    headers: { "content-type": "application/json", host: name, "x-forwarded-proto": "lambda" },
    requestContext: { domainName: name, http: { method: "POST", path: rawPath, protocol: "HTTP/1.1" } },
    body,
    isBase64Encoded: false,
  };
}

const promiseIdOf = (message: Outgoing): string => (message.kind === "execute" ? message.id : message.promise.id);

/** Attributes are of the characters of XML: an id with others stands in the body alone. */
const xmlText = /^[\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]+$/u;

const attributesOf = (message: Outgoing): [name: string, value: string][] =>
  Object.entries({ kind: message.kind, promiseId: promiseIdOf(message) }).filter(([, value]) => xmlText.test(value));

/** The messages of a promise keep their order. Only a repetition of the same attempt is dropped: a later one is meant. */
function fifo(name: string, message: Outgoing): { MessageGroupId?: string; MessageDeduplicationId?: string } {
  if (!name.endsWith(".fifo")) {
    return {};
  }
  return { MessageGroupId: hash("sha256", promiseIdOf(message)), MessageDeduplicationId: randomUUID() };
}
