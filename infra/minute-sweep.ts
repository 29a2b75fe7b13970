import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { Queue, QueueEncryption } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import type { PromiseTable } from "./promise-table.ts";
import { ServiceFunction } from "./service-function.ts";

/** A run that is this late is no use: another has begun. */
const maxEventAge = Duration.minutes(5);
const retryAttempts = 1;

/** Does whatever is due, each minute. Runs that failed to the end are kept where an operator sees them. */
export class MinuteSweep extends Construct {
  constructor(scope: Construct, id: string, { promises }: { promises: PromiseTable }) {
    super(scope, id);
    const handler = new ServiceFunction(this, "Handler", {
      name: "sweep",
      description: "Settles promises whose deadline has come",
      timeout: Duration.minutes(2),
      memorySize: 512,
    });
    promises.advance(handler);

    const deadLetterQueue = new Queue(this, "DeadLetters", {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    });
    handler.configureAsyncInvoke({ onFailure: new SqsDestination(deadLetterQueue), maxEventAge, retryAttempts });
    new Rule(this, "EachMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(handler, { deadLetterQueue, maxEventAge, retryAttempts })],
    });
  }
}
