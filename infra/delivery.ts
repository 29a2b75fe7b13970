import { Aws, Duration } from "aws-cdk-lib";
import type { IEventBus } from "aws-cdk-lib/aws-events";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { IFunction, Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";
import type { Bodies } from "./bodies.ts";
import type { KeyRing } from "./key-ring.ts";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";
import { WorkQueue } from "./work-queue.ts";

/** What of the account and region is sent to, by addresses like `sqs://NAME`. */
export interface Targets {
  /** `lambda://NAME`; for `lambda://NAME/ALIAS`, the alias. */
  readonly functions?: readonly IFunction[];
  readonly queues?: readonly IQueue[];
  readonly topics?: readonly ITopic[];
  readonly buses?: readonly IEventBus[];
}

export interface DeliveryProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  /** What messages are signed by. */
  readonly signingKeys: KeyRing;
  /** URLs that clients reach the service at; the first is given out. */
  readonly urls: readonly string[];
  /** Post to receivers anywhere, and over http, too: for tests, whose receivers are on the same machine. */
  readonly isAnyReceiver: boolean;
  readonly targets: Targets;
}

/** A receiver that is pushed to may take three minutes. */
const timeout = Duration.minutes(4);

/** Sends messages, with no rights on promises: a receiver that is slow or hostile is far from them. */
export class Delivery extends Construct {
  readonly #queue: WorkQueue;

  constructor(scope: Construct, id: string, props: DeliveryProps) {
    super(scope, id);
    const { promises, bodies, signingKeys, urls, isAnyReceiver, targets } = props;
    const handler = new ServiceFunction(this, "Handler", {
      name: "deliver",
      description: "Sends messages to workers and receivers",
      timeout,
      memorySize: 512,
    });
    promises.keepMessages(handler);
    bodies.read(handler);
    signingKeys.serve(handler);
    handler.addEnvironment(variables.publicUrls, urls.join(","));
    handler.addEnvironment(variables.account, Aws.ACCOUNT_ID);
    handler.addEnvironment(variables.partition, Aws.PARTITION);
    grant(handler, targets);
    if (isAnyReceiver) {
      handler.addEnvironment(variables.anyReceiver, "true");
    }
    this.#queue = new WorkQueue(this, "Messages", {
      handler,
      timeout,
      batchSize: 10,
      variable: variables.deliveryQueue,
    });
  }

  /** Lets a function have messages sent. */
  serve(handler: LambdaFunction): void {
    this.#queue.feed(handler);
  }
}

/** Sending, and nothing else, to what is named. */
function grant(handler: LambdaFunction, { functions = [], queues = [], topics = [], buses = [] }: Targets): void {
  const allow = (action: string, resources: string[]) => {
    if (resources.length > 0) {
      handler.addToRolePolicy(new PolicyStatement({ actions: [action], resources }));
    }
  };
  allow(
    "lambda:InvokeFunction",
    functions.map(({ functionArn }) => functionArn),
  );
  allow(
    "sqs:SendMessage",
    queues.map(({ queueArn }) => queueArn),
  );
  allow(
    "sns:Publish",
    topics.map(({ topicArn }) => topicArn),
  );
  allow(
    "events:PutEvents",
    buses.map(({ eventBusArn }) => eventBusArn),
  );
  const keys = [
    ...queues.map(({ encryptionMasterKey }) => encryptionMasterKey),
    ...topics.map(({ masterKey }) => masterKey),
  ];
  for (const key of new Set(keys)) {
    // Whoever sends to what is encrypted makes a data key, and decrypts it again.
    key?.grant(handler, "kms:GenerateDataKey", "kms:Decrypt");
  }
}
