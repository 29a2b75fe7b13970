import type { Duration } from "aws-cdk-lib";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { variables } from "../functions/env.ts";

/** Tells a function for how long what has ended is kept; absent: for ever. */
export function tellRetention(handler: LambdaFunction, retention: Duration | undefined): void {
  if (retention !== undefined) {
    handler.addEnvironment(variables.retentionDays, String(retention.toDays({ integral: false })));
  }
}
