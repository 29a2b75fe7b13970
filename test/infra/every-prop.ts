import { Duration, RemovalPolicy, Size, type Stack } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { EventBus } from "aws-cdk-lib/aws-events";
import { Function as LambdaFunction, LayerVersion } from "aws-cdk-lib/aws-lambda";
import { Secret } from "aws-cdk-lib/aws-secretsmanager";
import { Topic } from "aws-cdk-lib/aws-sns";
import { Queue } from "aws-cdk-lib/aws-sqs";
import type { ResonateServiceProps } from "../../infra/service.ts";

/** Keys by which a queue and a topic are encrypted. */
export const keyArns = {
  ofQueue: "arn:aws:kms:eu-west-1:123456789012:key/11111111-1111-1111-1111-111111111111",
  ofTopic: "arn:aws:kms:eu-west-1:123456789012:key/22222222-2222-2222-2222-222222222222",
};

/** The service, told everything that it can be told. */
export const everyProp = (stack: Stack): Required<ResonateServiceProps> => ({
  name: "promises",
  shards: { list: 16, due: 32 },
  retention: Duration.days(90),
  removalPolicy: RemovalPolicy.DESTROY,
  capacity: { read: { min: 5, max: 500 }, write: { min: 10, max: 1_000 } },
  publicUrls: ["https://old.example"],
  domain: {
    name: "promises.example",
    certificate: Certificate.fromCertificateArn(
      stack,
      "Certificate",
      "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
    ),
  },
  throttle: { rateLimit: 100, burstLimit: 200 },
  tokens: { jwksUrl: "https://issuer.example/jwks", issuer: "https://issuer.example", audience: "promises" },
  signIn: {
    issuer: "https://people.example",
    clientId: "promises",
    clientSecret: Secret.fromSecretNameV2(stack, "SignIn", "sign-in"),
  },
  retry: Duration.seconds(10),
  workersMax: 7,
  streaming: { runsMax: 9, openFor: Duration.minutes(5), memory: Size.mebibytes(512) },
  alarmTopic: new Topic(stack, "Alarmed", { enforceSSL: true }),
  targets: {
    functions: [LambdaFunction.fromFunctionName(stack, "Told", "told")],
    queues: [
      Queue.fromQueueArn(stack, "Jobs", "arn:aws:sqs:eu-west-1:123456789012:jobs"),
      Queue.fromQueueAttributes(stack, "Secret", {
        queueArn: "arn:aws:sqs:eu-west-1:123456789012:secret",
        keyArn: keyArns.ofQueue,
      }),
    ],
    topics: [
      Topic.fromTopicArn(stack, "News", "arn:aws:sns:eu-west-1:123456789012:news"),
      Topic.fromTopicAttributes(stack, "SecretNews", {
        topicArn: "arn:aws:sns:eu-west-1:123456789012:secret-news",
        keyArn: keyArns.ofTopic,
      }),
    ],
    buses: [EventBus.fromEventBusName(stack, "Bus", "bus")],
  },
  events: { bus: EventBus.fromEventBusName(stack, "Events", "events"), withLocalSteps: true },
  traces: {
    endpoint: "http://localhost:4318",
    layer: LayerVersion.fromLayerVersionArn(
      stack,
      "Collector",
      "arn:aws:lambda:eu-west-1:123456789012:layer:collector:1",
    ),
    ratio: 0.1,
  },
  isDescriptionClosed: true,
  isAnyReceiver: true,
});
