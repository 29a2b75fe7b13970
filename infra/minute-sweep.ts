import { Duration } from "aws-cdk-lib";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction as FunctionTarget } from "aws-cdk-lib/aws-events-targets";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { SqsDestination } from "aws-cdk-lib/aws-lambda-destinations";
import { Construct } from "constructs";
import { variables } from "../functions/env.ts";
import type { Advance } from "./advance.ts";
import type { Bodies } from "./bodies.ts";
import { DeadLetters } from "./dead-letters.ts";
import type { Delivery } from "./delivery.ts";
import type { HookSecrets } from "./hook-secrets.ts";
import type { PromiseTable } from "./promise-table.ts";
import { tellRetention } from "./retention.ts";
import { ServiceFunction } from "./service-function.ts";

/** A run that is this late is no use: another has begun. */
const maxEventAge = Duration.minutes(5);
const retryAttempts = 1;

export interface MinuteSweepProps {
  readonly promises: PromiseTable;
  readonly bodies: Bodies;
  readonly hookSecrets: HookSecrets;
  readonly advance: Advance;
  readonly delivery: Delivery;
  readonly retry: Duration;
  readonly retention?: Duration;
}

/** Does whatever is due, each minute. Runs that failed to the end are kept where an operator sees them. */
export class MinuteSweep extends Construct {
  readonly handler: LambdaFunction;

  constructor(
    scope: Construct,
    id: string,
    { promises, bodies, hookSecrets, advance, delivery, retry, retention }: MinuteSweepProps,
  ) {
    super(scope, id);
    this.handler = new ServiceFunction(this, "Handler", {
      name: "sweep",
      description: "Does whatever is due on promises, tasks, schedules and messages",
      timeout: Duration.minutes(2),
      // A whole processor comes with so much: of what is due soon, a single run reads and hands on all.
      memorySize: 1_769,
    });
    const { handler } = this;
    promises.advance(handler);
    bodies.keep(handler);
    bodies.remove(handler);
    hookSecrets.remove(handler);
    advance.serve(handler);
    delivery.serve(handler);
    handler.addEnvironment(variables.retrySeconds, String(retry.toSeconds()));
    tellRetention(handler, retention);

    const deadLetterQueue = new DeadLetters(this, "DeadLetters");
    handler.configureAsyncInvoke({ onFailure: new SqsDestination(deadLetterQueue), maxEventAge, retryAttempts });
    new Rule(this, "EachMinute", {
      schedule: Schedule.rate(Duration.minutes(1)),
      targets: [new FunctionTarget(handler, { deadLetterQueue, maxEventAge, retryAttempts })],
    });
  }
}
