/** The stack against AWS's own list of good habits. What is not followed is acknowledged where it is, with its reason. */

import { App, Stack, Validations } from "aws-cdk-lib";
import { Queue } from "aws-cdk-lib/aws-sqs";
import { AwsSolutionsChecks } from "cdk-nag";
import { expect, it } from "vitest";
import { ResonateService } from "../../infra/service.ts";
import { everyProp } from "./every-prop.ts";

function checked(build: (stack: Stack) => void): App {
  const app = new App();
  build(new Stack(app, "Checked"));
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

it("notices a queue that forgets what fails", () => {
  const app = checked((stack) => new Queue(stack, "Forgetful"));
  expect(() => app.synth()).toThrow("AwsSolutions-SQS3");
});

it.each([
  ["as it is deployed unless it is told otherwise", () => ({})],
  ["with everything that it can be told", everyProp],
])("finds nothing in the service %s", (_, propsIn) => {
  const app = checked((stack) => new ResonateService(stack, "Promises", propsIn(stack)));
  expect(() => app.synth()).not.toThrow();
});
