/** Lifecycle events are an option: what is deployed for them, what that may do, and what it is told of. */

import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { EventBus } from "aws-cdk-lib/aws-events";
import { beforeAll, expect, it } from "vitest";
import { ResonateService } from "../../infra/service.ts";

const described = "Announces on an event bus what happens to promises";

const synthesised = (withLocalSteps?: true) => {
  const stack = new Stack(new App(), "Own");
  const bus = new EventBus(stack, "Told");
  new ResonateService(stack, "Promises", { events: { bus, ...(withLocalSteps && { withLocalSteps }) } });
  return Template.fromStack(stack);
};

let template: Template;
let withSteps: Template;

beforeAll(() => {
  template = synthesised();
  withSteps = synthesised(true);
});

const only = <Value>(values: readonly Value[]): Value => {
  expect(values).toHaveLength(1);
  return values[0] as Value;
};

/** The function, by its logical id, and its properties. */
const announcing = (of: Template) =>
  only(Object.entries(of.findResources("AWS::Lambda::Function", { Properties: { Description: described } })));

const sourceOf = (of: Template) => {
  const [id] = announcing(of);
  const mappings = Object.values(of.findResources("AWS::Lambda::EventSourceMapping"));
  return only(mappings.filter(({ Properties }) => Properties.FunctionName.Ref === id))["Properties"];
};

const filtersOf = (of: Template) =>
  sourceOf(of).FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) => JSON.parse(Pattern));

it("is told of promises that are created or settled, and of nothing else; of local steps only where they are asked for", () => {
  const key = { pk: { S: [{ prefix: "promise#" }] } };
  const there = { S: [{ exists: true }] };
  const expected = (listed: object) => [
    { eventName: ["INSERT"], dynamodb: { Keys: key, NewImage: { state: there, ...listed } } },
    {
      eventName: ["MODIFY"],
      dynamodb: {
        Keys: key,
        OldImage: { state: { S: ["pending"] } },
        NewImage: { state: { S: [{ "anything-but": ["pending"] }] }, ...listed },
      },
    },
  ];
  expect(filtersOf(template)).toEqual(expected({ listShard: there }));
  expect(filtersOf(withSteps)).toEqual(expected({}));
});

it("tries again what fails, by itself and not for ever, and keeps what it gives up", () => {
  expect(sourceOf(template)).toMatchObject({
    BisectBatchOnFunctionError: true,
    FunctionResponseTypes: ["ReportBatchItemFailures"],
    MaximumRetryAttempts: 5,
    MaximumRecordAgeInSeconds: 3_600,
    DestinationConfig: { OnFailure: { Destination: expect.anything() } },
  });
  const queues = Object.keys(template.findResources("AWS::SQS::Queue"));
  const kept = only(queues.filter((id) => id.includes("Announcements")));
  const watched = Object.values(template.findResources("AWS::CloudWatch::Alarm")).filter(({ Properties }) =>
    JSON.stringify(Properties.Dimensions ?? "").includes(kept),
  );
  expect(watched).toHaveLength(1);
});

it("may read the stream, put events on that bus and write its log: it may not touch the table", () => {
  const [, { Properties }] = announcing(template);
  const role = Properties.Role["Fn::GetAtt"][0];
  const statements = Object.values(
    template.findResources("AWS::IAM::Policy", { Properties: { Roles: [{ Ref: role }] } }),
  ).flatMap((policy) => policy["Properties"].PolicyDocument.Statement);
  const actions = statements.flatMap(({ Action }) => Action).filter((action: string) => !action.startsWith("logs:"));
  expect(actions.sort()).toEqual([
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
    "events:PutEvents",
    "sqs:GetQueueAttributes",
    "sqs:GetQueueUrl",
    "sqs:SendMessage",
  ]);
  const bus = only(Object.keys(template.findResources("AWS::Events::EventBus")));
  const arn = { "Fn::GetAtt": [bus, "Arn"] };
  expect(statements.find(({ Action }) => Action === "events:PutEvents").Resource).toEqual(arn);
  expect(Properties.Environment.Variables).toMatchObject({ EVENT_BUS: arn, SERVICE_NAME: expect.anything() });
});

it("is the second reader of the stream, which has room for no third", () => {
  const readers = Object.values(template.findResources("AWS::Lambda::EventSourceMapping")).filter(
    ({ Properties }) => Properties.StartingPosition !== undefined,
  );
  expect(readers).toHaveLength(2);
});
