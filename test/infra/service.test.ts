/** The service as a construct of somebody's own app, and what it does with what it is told. */

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { App, Duration, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { expiryAttribute, indexes } from "#lib/store/dynamodb/layout.ts";
import { ResonateService } from "../../infra/service.ts";
import { freshFolder } from "../support/folder.ts";
import { everyProp, keyArns } from "./every-prop.ts";

describe("Told everything", () => {
  let template: Template;
  let service: ResonateService;

  beforeAll(() => {
    const stack = new Stack(new App(), "Own");
    service = new ResonateService(stack, "Promises", everyProp(stack));
    template = Template.fromStack(stack);
  });

  const resources = (type: string) => Object.values(template.findResources(type)).map(({ Properties }) => Properties);
  const variable = (name: string) =>
    resources("AWS::Lambda::Function").flatMap(({ Environment }) => Environment?.Variables?.[name] ?? []);

  it("its table has the name, and goes with the stack", () => {
    template.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Delete",
      Properties: { TableName: "promises", DeletionProtectionEnabled: false },
    });
  });

  it("the table and each of its indexes have the units, and grow by themselves", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 10 },
      GlobalSecondaryIndexes: Object.values(indexes).map(({ name }) =>
        Match.objectLike({
          IndexName: name,
          ProvisionedThroughput: { ReadCapacityUnits: 5, WriteCapacityUnits: 10 },
        }),
      ),
    });
    const scaled = resources("AWS::ApplicationAutoScaling::ScalableTarget").map(
      ({ ScalableDimension, MinCapacity, MaxCapacity }) => [ScalableDimension, MinCapacity, MaxCapacity],
    );
    const ofIndexes = Object.keys(indexes).length;
    expect(scaled.toSorted()).toEqual([
      ...Array(ofIndexes).fill(["dynamodb:index:ReadCapacityUnits", 5, 500]),
      ...Array(ofIndexes).fill(["dynamodb:index:WriteCapacityUnits", 10, 1_000]),
      ["dynamodb:table:ReadCapacityUnits", 5, 500],
      ["dynamodb:table:WriteCapacityUnits", 10, 1_000],
    ]);
    expect(resources("AWS::ApplicationAutoScaling::ScalingPolicy")).toHaveLength(scaled.length);
  });

  it("its domain leads to the endpoint for keys and tokens, and is the URL that is given out", () => {
    const open = Object.keys(template.findResources("AWS::ApiGatewayV2::Api")).find((id) => id.includes("Open"));
    template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", { DomainName: "promises.example" });
    template.hasResourceProperties("AWS::ApiGatewayV2::ApiMapping", { ApiId: { Ref: open }, Stage: "$default" });
    template.resourceCountIs("AWS::ApiGatewayV2::ApiMapping", 1);
    expect(service.url).toBe("https://promises.example");
    expect(service.domainTarget).toBeDefined();
    const [urls] = variable("PUBLIC_URLS");
    expect(JSON.stringify(urls)).toMatch(/^\{"Fn::Join":\["",\["https:\/\/old\.example,https:\/\/promises\.example,/);
  });

  it("both endpoints let in no more than so many requests", () => {
    const settings = resources("AWS::ApiGatewayV2::Stage").map(({ DefaultRouteSettings }) => DefaultRouteSettings);
    expect(settings).toEqual(Array(2).fill({ ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 }));
  });

  it("its functions know whose tokens are good, how soon to offer again, and that any receiver will do", () => {
    expect(variable("JWT_ISSUER")).toEqual(Array(4).fill("https://issuer.example"));
    expect(variable("RETRY_SECONDS")).toEqual(Array(5).fill("10"));
    expect(variable("ANY_RECEIVER")).toEqual(["true"]);
  });

  it("promises expire by the table's time to live, when the functions that advance them say so", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      TimeToLiveSpecification: { AttributeName: expiryAttribute, Enabled: true },
    });
    expect(variable("RETENTION_DAYS")).toEqual(Array(4).fill("90"));
  });

  it("every function cuts the indexes into as many shards", () => {
    expect(variable("SHARDS")).toEqual(Array(8).fill("16,32"));
  });

  it("the function that delivers may send to what is named, each by one action", () => {
    const statements = resources("AWS::IAM::Policy").flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
    const granted = (action: string) =>
      statements.filter(({ Action }) => Action === action).map((each) => each.Resource);
    expect(granted("sns:Publish")).toContainEqual([
      "arn:aws:sns:eu-west-1:123456789012:news",
      "arn:aws:sns:eu-west-1:123456789012:secret-news",
    ]);
    expect(granted("sqs:SendMessage")).toEqual([
      ["arn:aws:sqs:eu-west-1:123456789012:jobs", "arn:aws:sqs:eu-west-1:123456789012:secret"],
    ]);
    expect(JSON.stringify(granted("lambda:InvokeFunction"))).toContain(":function:told");
    expect(JSON.stringify(granted("events:PutEvents"))).toContain(":event-bus/bus");
    expect(granted("lambda:InvokeFunction")).toHaveLength(1);
  });

  it("the function that delivers, and no other, may use the keys by which queues and topics are encrypted", () => {
    const users = Object.entries(template.findResources("AWS::IAM::Policy")).flatMap(([name, { Properties }]) =>
      (Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: unknown }[]).flatMap(
        ({ Action, Resource }) => (JSON.stringify(Action).includes("kms:") ? [{ name, Action, Resource }] : []),
      ),
    );
    expect(new Set(users.map(({ name }) => name.replace(/[0-9A-F]{8}$/, "")))).toEqual(
      new Set(["PromisesDeliveryHandlerRoleDefaultPolicy"]),
    );
    expect(users.flatMap(({ Resource }) => Resource).toSorted()).toEqual([keyArns.ofQueue, keyArns.ofTopic]);
    for (const { Action } of users) {
      expect(Action).toEqual(["kms:GenerateDataKey", "kms:Decrypt"]);
    }
  });

  it("no more workers than so many are held, and so many on streams, for as long and with as much as is said", () => {
    template.hasResourceProperties("AWS::Lambda::Function", { ReservedConcurrentExecutions: 7 });
    template.hasResourceProperties("AWS::Lambda::Function", {
      ReservedConcurrentExecutions: 9,
      Timeout: 315,
      MemorySize: 512,
      Environment: { Variables: Match.objectLike({ OPEN_SECONDS: "300" }) },
    });
  });
});

it("the example's own stack is synthesised, by itself", () => {
  const folder = freshFolder();
  const app = fileURLToPath(new URL("../../examples/cdk/app.ts", import.meta.url));
  execFileSync(process.execPath, [app], { env: { ...process.env, CDK_OUTDIR: folder } });
  const template = Template.fromJSON(JSON.parse(readFileSync(join(folder, "Shop.template.json"), "utf8")));
  template.hasOutput("PromisesUrl", {});
  template.resourceCountIs("AWS::DynamoDB::Table", 1);
});

it("promises are kept two days at least, and for ever unless it is said", () => {
  const stack = new Stack(new App(), "Own");
  expect(() => new ResonateService(stack, "Short", { retention: Duration.hours(47) })).toThrow("at least 2 days");
  new ResonateService(stack, "Promises");
  expect(JSON.stringify(Template.fromStack(stack).findResources("AWS::Lambda::Function"))).not.toContain("RETENTION");
});

it("streams are no longer open than a function may run", () => {
  const stack = new Stack(new App(), "Own");
  const streaming = { openFor: Duration.seconds(841) };
  expect(() => new ResonateService(stack, "Long", { streaming })).toThrow("more than 14 minutes");
});

it.each([
  { list: 7, due: 8 },
  { list: 8, due: 8.5 },
  { list: 257, due: 8 },
])("shards are no fewer than there were at first, and no more than can be asked: not %j", (shards) => {
  const stack = new Stack(new App(), "Own");
  expect(() => new ResonateService(stack, "Cut", { shards })).toThrow("whole numbers from 8 to 256");
});

it("two of them fit into one stack", () => {
  const stack = new Stack(new App(), "Own");
  for (const id of ["Orders", "Payments"]) {
    new ResonateService(stack, id);
  }
  Template.fromStack(stack).resourceCountIs("AWS::DynamoDB::Table", 2);
});

it("its functions write to their own logs, and to no others", () => {
  const stack = new Stack(new App(), "Own");
  new ResonateService(stack, "Promises");
  const template = Template.fromStack(stack);
  const roles = Object.values(template.findResources("AWS::IAM::Role")).map(({ Properties }) => Properties);
  expect(roles.length).toBeGreaterThan(0);
  expect(roles.filter(({ ManagedPolicyArns }) => ManagedPolicyArns !== undefined)).toEqual([]);
  const logging = Object.values(template.findResources("AWS::IAM::Policy")).map(({ Properties }) =>
    Properties.PolicyDocument.Statement.filter(({ Action }: { Action: unknown }) =>
      JSON.stringify(Action).includes("logs:"),
    ).map(({ Resource }: { Resource: unknown }) => Resource),
  );
  expect(new Set(logging.flat().map((resource) => JSON.stringify(resource))).size).toBe(roles.length);
  expect(JSON.stringify(logging)).not.toContain("*");
});
