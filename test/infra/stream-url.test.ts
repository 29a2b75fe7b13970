/** The URL where workers listen on streams, as it is deployed where it is asked for. */

import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { ResonateStack } from "../../infra/stack.ts";

let template: Template;

beforeAll(() => {
  template = Template.fromStack(new ResonateStack(new App(), "Resonate", { service: { streaming: {} } }));
});

const functionWhere = (properties: object) =>
  Object.entries(template.findResources("AWS::Lambda::Function", { Properties: properties }));

const streaming = { Description: "Answers requests, and keeps the streams of workers" };

describe("The URL for streams", () => {
  it("passes streams on, and leaves it to the function who asks", () => {
    const [[handler]] = functionWhere(streaming) as [[string, unknown]];
    template.resourceCountIs("AWS::Lambda::Url", 1);
    template.hasResourceProperties("AWS::Lambda::Url", {
      InvokeMode: "RESPONSE_STREAM",
      AuthType: "NONE",
      TargetFunctionArn: { "Fn::GetAtt": [handler, "Arn"] },
    });
  });

  it("may call its function by both permissions that Lambda asks for, and by no other way", () => {
    const [[handler]] = functionWhere(streaming) as [[string, unknown]];
    const permissions = Object.values(template.findResources("AWS::Lambda::Permission"))
      .map(({ Properties }) => Properties)
      .filter(({ FunctionName }) => JSON.stringify(FunctionName).includes(handler));
    expect(permissions.map(({ FunctionName, ...rest }) => rest)).toEqual([
      { Action: "lambda:InvokeFunctionUrl", Principal: "*", FunctionUrlAuthType: "NONE" },
      { Action: "lambda:InvokeFunction", Principal: "*", InvokedViaFunctionUrl: true },
    ]);
  });

  it("has runs of its own, each for as long as a stream and a little longer, and the key's whereabouts", () => {
    const [[, handler]] = functionWhere(streaming) as [[string, { Properties: Record<string, never> }]];
    expect(handler.Properties).toMatchObject({
      ReservedConcurrentExecutions: 100,
      Timeout: 75,
      MemorySize: 256,
      Environment: { Variables: { OPEN_SECONDS: "60", ADMIN_KEY_SECRET_ARN: expect.anything() } },
      LoggingConfig: { LogGroup: { Ref: expect.stringContaining("StreamHandlerLogs") } },
    });
  });

  it("is one of the service's own URLs, in every function that knows them but its own, which hears it from requests", () => {
    const own = Object.keys(template.findResources("AWS::Lambda::Url"))[0] ?? "";
    const knowing = functionWhere({ Environment: { Variables: { PUBLIC_URLS: Match.anyValue() } } });
    const told = knowing.filter(([, each]) => JSON.stringify(each).includes(`"${own}","FunctionUrl"`));
    expect([knowing.length, told.length]).toEqual([5, 4]);
    expect(told.map(([, { Properties }]) => Properties.Description)).not.toContain(streaming.Description);
  });

  it("has its function carry out every verb, and take messages: never delete a promise", () => {
    const [[, handler]] = functionWhere(streaming) as [[string, { Properties: { Role: { "Fn::GetAtt": string[] } } }]];
    const statements = Object.values(
      template.findResources("AWS::IAM::Policy", {
        Properties: { Roles: [{ Ref: handler.Properties.Role["Fn::GetAtt"][0] }] },
      }),
    ).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const deleting = statements.filter(({ Action }) => [Action].flat().includes("dynamodb:DeleteItem"));
    expect(deleting.map(({ Condition }) => Condition["ForAllValues:StringLike"]["dynamodb:LeadingKeys"])).toEqual([
      ["schedule#*", "hook#*", "room#*", "hookEvent#*", "subscription#*", "message#*"],
      ["message#*"],
    ]);
  });

  it("is told to whoever deploys, and raises an alarm when all runs are taken", () => {
    template.hasOutput("StreamUrl", {});
    const [[handler]] = functionWhere(streaming) as [[string, unknown]];
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      MetricName: "Throttles",
      Dimensions: [{ Name: "FunctionName", Value: { Ref: handler } }],
      AlarmDescription: Match.stringLikeRegexp("operations.md#streams-full$"),
    });
  });
});
