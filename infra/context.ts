/**
 * What `npx cdk deploy -c NAME=VALUE` says of the service, or `context` in `cdk.json`: one row a name, in docs/deploying.md
 * as well.
 *
 * @module
 */

import { Arn, ArnFormat, Duration, RemovalPolicy, Size, type Stack } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Function as LambdaFunction, LayerVersion } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { defaultShards, shardsMax } from "#lib/store/dynamodb/layout.ts";
import { baseUrlRule, isBaseUrl, isSafeUrl, retentionDaysMin, safeUrlRule } from "./checks.ts";
import { type Context, type Reader, reader } from "./context-reader.ts";
import type { Targets } from "./delivery.ts";
import type { ResonateServiceProps } from "./service.ts";
import { openForMax } from "./stream-url.ts";

const baseUrl = { test: isBaseUrl };
const safeUrl = { test: isSafeUrl };
const host = /^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$/;
const resourceName = /^[\w.-]{1,256}$/;

/**
 * The props of the service that a context tells, in a stack of it.
 *
 * @throws Error with the name, what it was told and what it may be, for the first that is wrong; and for a name that is none.
 */
export function propsIn(context: Context, stack: Stack): ResonateServiceProps {
  const read = reader(context);
  const together = read.together;
  const arn = (name: string, service: string) =>
    read.text(name, new RegExp(`^arn:[\\w-]+:${service}:[\\w-]+:\\d{12}:\\S+$`), `an ARN of ${service}`);

  const certificate = arn("certificateArn", "acm");
  const domain = together({ domainName: read.text("domainName", host, "a host name"), certificateArn: certificate });
  const throttle = together({
    rateLimit: read.number("rateLimit", 1, 1_000_000),
    burstLimit: read.number("burstLimit", 1, 1_000_000),
  });
  const capacity = together({ readCapacity: read.range("readCapacity"), writeCapacity: read.range("writeCapacity") });
  const removal = read.text("removalPolicy", /^(retain|destroy)$/, "retain or destroy");
  const listShards = read.number("listShards", defaultShards.list, shardsMax);
  const dueShards = read.number("dueShards", defaultShards.due, shardsMax);
  const retention = read.number("retentionDays", retentionDaysMin, 36_500);
  const retry = read.number("retrySeconds", 1, 86_400);
  const workersMax = read.number("workersMax", 1, 10_000);
  const alarmTopicArn = arn("alarmTopicArn", "sns");
  const bus = read.text("events", resourceName, "the name of an event bus");
  const signIn = together({
    signInIssuer: read.text("signInIssuer", safeUrl, safeUrlRule),
    signInClient: read.text("signInClient", /\S/, "a text"),
    signInSecretArn: read.text(
      "signInSecretArn",
      /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:\S+-[A-Za-z0-9]{6}$/,
      "the whole ARN of a secret, with the six characters at its end",
    ),
  });
  const name = read.text("name", /^[\w.-]{3,255}$/, "a table's name: 3 to 255 letters, digits, _, - and .");
  const withLocalSteps = read.isTrue("eventsOfLocalSteps");
  if (withLocalSteps && bus === undefined) {
    throw new Error("-c eventsOfLocalSteps is of no use without -c events");
  }
  const props = defined({
    name,
    publicUrls: read.list("publicUrls", baseUrl, "URLs that begin with http:// or https:// and end without a slash"),
    tokens: tokensIn(read),
    targets: targetsIn(read, stack),
    isAnyReceiver: read.isTrue("anyReceiver"),
    isDescriptionClosed: read.isTrue("descriptionClosed"),
    workersMax,
    streaming: streamingIn(read),
    removalPolicy: removal && (removal === "retain" ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY),
    retention: retention && Duration.days(retention),
    retry: retry && Duration.seconds(retry),
    shards: (listShards ?? dueShards) && {
      list: listShards ?? defaultShards.list,
      due: dueShards ?? defaultShards.due,
    },
    capacity: capacity && { read: capacity.readCapacity, write: capacity.writeCapacity },
    throttle,
    domain: domain && {
      name: domain.domainName,
      certificate: Certificate.fromCertificateArn(stack, "Certificate", domain.certificateArn),
    },
    traces: tracesIn(read, stack),
    signIn: signIn && {
      issuer: signIn.signInIssuer,
      clientId: signIn.signInClient,
      clientSecret: Secret.fromSecretCompleteArn(stack, "SignIn", signIn.signInSecretArn),
    },
    alarmTopic: alarmTopicArn && Topic.fromTopicArn(stack, "AlarmTopic", alarmTopicArn),
    events: bus && { bus: EventBus.fromEventBusName(stack, "Events", bus), withLocalSteps },
  });
  read.nothingElse();
  return props;
}

function tokensIn(read: Reader): NonNullable<ResonateServiceProps["tokens"]> {
  const tokens = defined({
    publicKey: read.publicKey("publicKey"),
    jwksUrl: read.text("jwksUrl", safeUrl, safeUrlRule),
    issuer: read.text("issuer", /\S/, "a text"),
    audience: read.text("audience", /\S/, "a text"),
  });
  if (tokens.publicKey !== undefined && tokens.jwksUrl !== undefined) {
    throw new Error("-c publicKey and -c jwksUrl exclude each other");
  }
  if (tokens.jwksUrl !== undefined && (tokens.issuer === undefined || tokens.audience === undefined)) {
    throw new Error("-c jwksUrl needs -c issuer and -c audience");
  }
  if (tokens.publicKey === undefined && tokens.jwksUrl === undefined && Object.keys(tokens).length > 0) {
    throw new Error("-c issuer and -c audience are of no use without -c publicKey or -c jwksUrl");
  }
  return tokens;
}

function streamingIn(read: Reader): ResonateServiceProps["streaming"] {
  const runsMax = read.number("streamsMax", 1, 10_000);
  const openSeconds = read.number("streamsOpenSeconds", 1, openForMax.toSeconds());
  const memory = read.number("streamsMemory", 128, 10_240);
  const streaming = defined({
    runsMax,
    openFor: openSeconds && Duration.seconds(openSeconds),
    memory: memory && Size.mebibytes(memory),
  });
  if (read.isTrue("streaming")) {
    return streaming;
  }
  if (Object.keys(streaming).length > 0) {
    throw new Error(
      "-c streamsMax, -c streamsOpenSeconds and -c streamsMemory are of no use without -c streaming=true",
    );
  }
  return undefined;
}

function tracesIn(read: Reader, stack: Stack): ResonateServiceProps["traces"] {
  const endpoint = read.text("tracesEndpoint", baseUrl, baseUrlRule);
  const layer = read.text(
    "tracesLayerArn",
    /^arn:[\w-]+:lambda:[\w-]+:\d{12}:layer:[\w-]+:\d+$/,
    "the ARN of a layer's version",
  );
  const percent = read.number("tracesPercent", 0, 100);
  if (endpoint === undefined && (layer !== undefined || percent !== undefined)) {
    throw new Error("-c tracesLayerArn and -c tracesPercent are of no use without -c tracesEndpoint");
  }
  return endpoint === undefined
    ? undefined
    : {
        endpoint,
        ...(layer !== undefined && { layer: LayerVersion.fromLayerVersionArn(stack, "TracesLayer", layer) }),
        ...(percent !== undefined && { ratio: percent / 100 }),
      };
}

function targetsIn(read: Reader, stack: Stack): Targets {
  const named = (name: string) => read.list(name, resourceName, "names, by commas");
  const arn = (service: string, resource: string) =>
    Arn.format({ service, resource, arnFormat: ArnFormat.NO_RESOURCE_NAME }, stack);
  return {
    functions: named("targetFunctions").map((each) => LambdaFunction.fromFunctionName(stack, `Function-${each}`, each)),
    queues: named("targetQueues").map((each) => Queue.fromQueueArn(stack, `Queue-${each}`, arn("sqs", each))),
    topics: named("targetTopics").map((each) => Topic.fromTopicArn(stack, `Topic-${each}`, arn("sns", each))),
    buses: named("targetBuses").map((each) => EventBus.fromEventBusName(stack, `Bus-${each}`, each)),
  };
}

type Defined<Values> = { [Name in keyof Values]?: Exclude<Values[Name], undefined | "" | 0> };

/** Those of some values that are there. */
const defined = <Values extends object>(values: Values): Defined<Values> =>
  Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Defined<Values>;
