import type { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { SqsEventSource } from "aws-cdk-lib/aws-lambda-event-sources";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { DeadLetters } from "./dead-letters.ts";

export interface WorkQueueProps {
  /** Who does the work, and the longest that it takes. */
  readonly handler: LambdaFunction;
  readonly timeout: Duration;
  readonly batchSize: number;
  /** Runs at once that work it off; absent: as many as there are. */
  readonly runsMax?: number;
  /** Environment variable that tells who puts work there where that is. */
  readonly variable: string;
}

/** How often a piece of work is tried before an operator has to look at it. */
const attemptsMax = 5;

/** A queue between functions, and the function that works it off. */
export class WorkQueue extends Construct {
  readonly #queue: Queue;
  readonly #variable: string;

  constructor(scope: Construct, id: string, { handler, timeout, batchSize, runsMax, variable }: WorkQueueProps) {
    super(scope, id);
    this.#variable = variable;
    this.#queue = new Queue(this, "Queue", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      // As long as six runs, so that a message is not brought again while it is worked on.
      visibilityTimeout: timeout.plus(timeout).plus(timeout).plus(timeout).plus(timeout).plus(timeout),
      deadLetterQueue: { queue: new DeadLetters(this, "DeadLetters"), maxReceiveCount: attemptsMax },
    });
    handler.addEventSource(
      new SqsEventSource(this.#queue, {
        batchSize,
        reportBatchItemFailures: true,
        ...(runsMax !== undefined && { maxConcurrency: runsMax }),
      }),
    );
  }

  /** Lets a function put work there, and tells it where that is. */
  feed(handler: LambdaFunction): void {
    this.#queue.grantSendMessages(handler);
    handler.addEnvironment(this.#variable, this.#queue.queueUrl);
  }
}
