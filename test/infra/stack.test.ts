import { App } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { dryRunRoute, providerRoutes, routes } from "#lib/protocol/routes.ts";
import { defaultShards, indexes } from "#lib/store/dynamodb/layout.ts";
import { ResonateStack } from "../../infra/stack.ts";

let template: Template;

beforeAll(() => {
  template = Template.fromStack(
    new ResonateStack(new App(), "Resonate", { service: { publicUrls: ["https://promises.example"] } }),
  );
});

const resources = (type: string) => Object.values(template.findResources(type));

describe("access", () => {
  const routesOf = (name: string) => {
    const api = Object.keys(template.findResources("AWS::ApiGatewayV2::Api")).find((id) => id.includes(name));
    return resources("AWS::ApiGatewayV2::Route")
      .map(({ Properties }) => Properties)
      .filter(({ ApiId }) => ApiId.Ref === api);
  };

  it("is IAM's affair at one endpoint, on every route of it, and the function's own at the other", () => {
    const types = (name: string) => [...new Set(routesOf(name).map(({ AuthorizationType }) => AuthorizationType))];
    expect([types("Open"), types("Signed")]).toEqual([["NONE"], ["AWS_IAM"]]);
  });

  it.each(["api", "poll", "hooks"])(
    "is told to the function %s: where the administrator's key is, which it may read",
    () => {
      const [secret] = Object.keys(template.findResources("AWS::SecretsManager::Secret"));
      const told = resources("AWS::Lambda::Function").filter(
        ({ Properties }) => Properties.Environment?.Variables?.ADMIN_KEY_SECRET_ARN?.Ref === secret,
      );
      expect(told).toHaveLength(3);
      template.hasResourceProperties("AWS::SecretsManager::Secret", { GenerateSecretString: { PasswordLength: 43 } });
    },
  );

  it("has no way in but the two APIs", () => {
    template.resourceCountIs("AWS::Lambda::Url", 0);
    template.resourceCountIs("AWS::ApiGatewayV2::Api", 2);
    const callers = resources("AWS::Lambda::Permission").map(({ Properties }) => Properties.Principal);
    expect([...new Set(callers)].sort()).toEqual(["apigateway.amazonaws.com", "events.amazonaws.com"]);
  });

  it.each(["/*/*/*", "/*/$default"])("lets the API, and none but this one, call the function from %s", (source) => {
    const api = Object.keys(template.findResources("AWS::ApiGatewayV2::Api")).at(0);
    template.hasResourceProperties("AWS::Lambda::Permission", {
      Principal: "apigateway.amazonaws.com",
      SourceArn: { "Fn::Join": ["", Match.arrayWith([{ Ref: api }, source])] },
    });
  });

  it.each(["Open", "Signed"])("serves every route of the doors at %s, and sends what is no route there too", (name) => {
    const keys = routesOf(name).map(({ RouteKey }) => RouteKey as string);
    // Providers do not sign for IAM.
    const answered = [...routes, dryRunRoute, ...(name === "Open" ? providerRoutes : [])];
    expect(keys.sort()).toEqual(
      [...answered.map(([method, path]) => `${method} ${path}`), "GET /poll/{group}/{id+}", "$default"].sort(),
    );
  });

  it("knows the service's own URLs, the given ones first", () => {
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: { PUBLIC_URLS: { "Fn::Join": ["", Match.arrayWith(["https://promises.example,"])] } },
      },
    });
  });
});

describe("what a function may do", () => {
  const statementsOf = (description: string): { Action: string | string[]; Condition?: unknown }[] => {
    const handler = Object.values(
      template.findResources("AWS::Lambda::Function", { Properties: { Description: description } }),
    ).at(0);
    const role = handler?.["Properties"].Role["Fn::GetAtt"][0] as string;
    return Object.values(
      template.findResources("AWS::IAM::Policy", { Properties: { Roles: [{ Ref: role }] } }),
    ).flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
  };
  const allActionsOf = (description: string) => statementsOf(description).flatMap(({ Action }) => Action);
  /** Beside writing to its own log, and what it does with payloads. */
  const actionsOf = (description: string) => allActionsOf(description).filter((action) => !/^(logs|s3):/.test(action));

  it.each([
    ["Answers requests for durable promises", ["DeleteObject", "GetObject", "PutObject"]],
    ["Does whatever is due on promises, tasks, schedules and messages", ["DeleteObject", "GetObject", "PutObject"]],
    ["Does what follows from changes, and what has fallen due", ["DeleteObject", "GetObject", "PutObject"]],
    ["Sends messages to workers and receivers", ["GetObject"]],
    ["Hands workers what waits for them", ["GetObject"]],
  ])("%s: with payloads, it may %j", (description, actions) => {
    const ofPayloads = allActionsOf(description).filter((action) => action.startsWith("s3:"));
    expect(ofPayloads.sort()).toEqual(actions.map((action) => `s3:${action}`));
  });

  const [answering, sweeping, advancing, delivering, polling, receiving] = [
    "Answers requests for durable promises",
    "Does whatever is due on promises, tasks, schedules and messages",
    "Does what follows from changes, and what has fallen due",
    "Sends messages to workers and receivers",
    "Hands workers what waits for them",
    "Verifies what comes in by hooks, and completes promises by it",
  ] as const;
  const readingTheKey = ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"];
  const readsAndWrites = [
    "dynamodb:BatchGetItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Query",
    "dynamodb:UpdateItem",
  ];

  it("is to read and write promises, for the one that answers requests: never to scan", () => {
    expect(actionsOf(answering).sort()).toEqual(
      [
        ...readsAndWrites,
        ...readingTheKey,
        ...readingTheKey,
        ...readingTheKey,
        "secretsmanager:CreateSecret",
        "secretsmanager:DeleteSecret",
      ].sort(),
    );
  });

  it.each([
    [answering, ["schedule#*", "hook#*", "room#*", "hookEvent#*", "subscription#*", "message#*"]],
    [sweeping, ["message#*", "waiter#*", "upload#*", "retention#*", "kept#*", "endpoint#*"]],
    [advancing, ["message#*", "waiter#*", "upload#*", "retention#*", "kept#*", "endpoint#*"]],
    [delivering, ["message#*"], ["endpoint#*"]],
    [polling, ["message#*"]],
  ])("is never to delete a promise: %s deletes %j", (description, ...kinds) => {
    const deleting = statementsOf(description).filter(({ Action }) => [Action].flat().includes("dynamodb:DeleteItem"));
    expect(deleting.map(({ Condition }) => Condition)).toEqual(
      kinds.map((keys) => ({ "ForAllValues:StringLike": { "dynamodb:LeadingKeys": keys } })),
    );
  });

  const queueing = ["sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:SendMessage"];

  it("is to do what is due, for the sweep, and to put what remains into queues", () => {
    const ofHooks = "secretsmanager:DeleteSecret";
    expect(new Set(actionsOf(sweeping))).toEqual(new Set([...readsAndWrites, ...queueing, ofHooks]));
  });

  it("is to follow the table's stream and a queue, for what advances promises", () => {
    expect(new Set(actionsOf(advancing))).toEqual(
      new Set([
        ...readsAndWrites,
        ...queueing,
        "dynamodb:DescribeStream",
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:ListStreams",
        "secretsmanager:DeleteSecret",
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
      ]),
    );
  });

  it("is to see no promise, for what sends to receivers", () => {
    const ofTable = statementsOf(delivering).filter(({ Action }) => JSON.stringify(Action).includes("dynamodb:"));
    expect(ofTable.map(({ Action, Condition }) => ({ Action, Condition }))).toEqual([
      {
        Action: ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["message#*"] } },
      },
      {
        Action: "dynamodb:GetItem",
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["subscription#*"] } },
      },
      {
        Action: "dynamodb:PutItem",
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["delivery#*"] } },
      },
      {
        Action: [
          "dynamodb:GetItem",
          "dynamodb:PutItem",
          "dynamodb:UpdateItem",
          "dynamodb:ConditionCheckItem",
          "dynamodb:DeleteItem",
        ],
        Condition: { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["endpoint#*"] } },
      },
    ]);
  });

  it("is to read promises and take messages, for what workers ask: never to change a promise", () => {
    expect(actionsOf(polling).sort()).toEqual([
      "dynamodb:DeleteItem",
      "dynamodb:GetItem",
      "dynamodb:Query",
      ...readingTheKey,
    ]);
  });

  it("is to settle promises and keep events, for what comes in by hooks: never to delete, list or change anything else", () => {
    const ofTable = statementsOf(receiving).filter(({ Action }) => JSON.stringify(Action).includes("dynamodb:"));
    const keysOf = (...kinds: readonly string[]) => ({
      "ForAllValues:StringLike": { "dynamodb:LeadingKeys": kinds.map((kind) => `${kind}#*`) },
    });
    expect(ofTable.map(({ Action, Condition }) => [Action, Condition])).toEqual([
      ["dynamodb:GetItem", keysOf("hook", "promise", "key")],
      ["dynamodb:Query", keysOf("subscription")],
      ["dynamodb:UpdateItem", keysOf("promise", "room", "allowance")],
      ["dynamodb:PutItem", keysOf("kept", "room", "hookEvent", "upload", "allowance")],
      ["dynamodb:ConditionCheckItem", keysOf("promise")],
    ]);
  });

  it("is either to write the secrets of hooks or to read them", () => {
    const ofHooks = (description: string) =>
      statementsOf(description).filter((statement) => JSON.stringify(statement).includes("HookSecrets"));
    expect(ofHooks(receiving).map(({ Action }) => Action)).toEqual(["secretsmanager:GetSecretValue"]);
    expect(ofHooks(answering).map(({ Action }) => Action)).toEqual([
      ["secretsmanager:CreateSecret", "secretsmanager:DeleteSecret"],
    ]);
    for (const description of [sweeping, advancing]) {
      expect(ofHooks(description).map(({ Action }) => Action)).toEqual(["secretsmanager:DeleteSecret"]);
    }
    for (const description of [delivering, polling]) {
      expect(ofHooks(description), description).toEqual([]);
    }
  });

  it("is let into hooks and links so many times a second, whoever asks", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      RouteSettings: {
        "POST /hooks/{hook}": { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
        "GET /hooks/{hook}": { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
        "POST /links/{token}": { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
        "GET /links/{token}": { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
        "HEAD /links/{token}": { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 },
      },
    });
  });

  it("names each thing it may touch, but for the list of streams, which has no name", () => {
    const policies = resources("AWS::IAM::Policy");
    expect(policies).toHaveLength(6);
    const statements = policies.flatMap(({ Properties }) => Properties.PolicyDocument.Statement);
    const unnamed = statements.filter((statement) => JSON.stringify(statement).includes('"*"'));
    expect(unnamed).toEqual([{ Action: "dynamodb:ListStreams", Effect: "Allow", Resource: "*" }]);
    expect(JSON.stringify(policies)).not.toContain("index/*");
  });
});

describe("the table", () => {
  it("is paid by use, encrypted, recoverable, and streams its changes", () => {
    template.hasResourceProperties("AWS::DynamoDB::Table", {
      BillingMode: "PAY_PER_REQUEST",
      SSESpecification: { SSEEnabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      StreamSpecification: { StreamViewType: "NEW_AND_OLD_IMAGES" },
    });
  });

  it("outlives the stack, and is not deleted by one mistaken call", () => {
    template.hasResource("AWS::DynamoDB::Table", {
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
      Properties: { DeletionProtectionEnabled: true },
    });
  });

  it("has every index that the store reads, with the keys that it reads by", () => {
    const [table] = resources("AWS::DynamoDB::Table");
    const declared = table?.["Properties"].GlobalSecondaryIndexes as {
      IndexName: string;
      KeySchema: { AttributeName: string }[];
    }[];
    expect(
      declared.map(({ IndexName, KeySchema }) => [IndexName, ...KeySchema.map((key) => key.AttributeName)]),
    ).toEqual(Object.values(indexes).map(({ name, partition, sort }) => [name, partition, sort.name]));
  });
});

describe("the bucket of large payloads", () => {
  it("is nobody's but the service's: encrypted, closed to the public, asked over TLS only, and kept", () => {
    template.hasResource("AWS::S3::Bucket", {
      DeletionPolicy: "Retain",
      Properties: {
        BucketEncryption: { ServerSideEncryptionConfiguration: [Match.anyValue()] },
        PublicAccessBlockConfiguration: {
          BlockPublicAcls: true,
          BlockPublicPolicy: true,
          IgnorePublicAcls: true,
          RestrictPublicBuckets: true,
        },
      },
    });
    template.hasResourceProperties("AWS::S3::BucketPolicy", {
      PolicyDocument: {
        Statement: [
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } }, Action: "s3:*" }),
        ],
      },
    });
  });

  it("is known to every function that reads things", () => {
    const told = resources("AWS::Lambda::Function").filter(
      ({ Properties }) => Properties.Environment?.Variables?.BODIES_BUCKET !== undefined,
    );
    expect(told).toHaveLength(6);
  });
});

describe("what advances promises", () => {
  const mappings = () => resources("AWS::Lambda::EventSourceMapping").map(({ Properties }) => Properties);

  it("is told of each change of what may be due, tries again what fails, by itself, and keeps what it gives up", () => {
    expect(mappings().filter(({ StartingPosition }) => StartingPosition !== undefined)).toMatchObject([
      {
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ["ReportBatchItemFailures"],
        MaximumRetryAttempts: 5,
        MaximumRecordAgeInSeconds: 3_600,
        ParallelizationFactor: 10,
        DestinationConfig: { OnFailure: { Destination: expect.anything() } },
        FilterCriteria: {
          Filters: [{ Pattern: JSON.stringify({ dynamodb: { NewImage: { dueShard: { S: [{ exists: true }] } } } }) }],
        },
      },
    ]);
  });

  it("works its queues off message by message, and keeps what fails to the end", () => {
    const ofQueues = mappings().filter(({ StartingPosition }) => StartingPosition === undefined);
    expect(ofQueues).toHaveLength(2);
    expect(ofQueues.every((mapping) => mapping.FunctionResponseTypes[0] === "ReportBatchItemFailures")).toBe(true);
    const working = resources("AWS::SQS::Queue").filter(({ Properties }) => Properties.RedrivePolicy !== undefined);
    expect(working.map(({ Properties }) => Properties.RedrivePolicy.maxReceiveCount)).toEqual([5, 5]);
  });

  it("looks at what falls due in no more runs at once than the due index has room for", () => {
    const bounds = mappings().map(({ ScalingConfig }) => ScalingConfig?.MaximumConcurrency);
    expect(bounds.filter((bound) => bound !== undefined)).toEqual([8 * defaultShards.due]);
  });
});

describe("the sweep", () => {
  it("runs each minute", () => {
    template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)", State: "ENABLED" });
  });

  it("has a whole processor: one run hands on all that falls due soon", () => {
    const Description = "Does whatever is due on promises, tasks, schedules and messages";
    template.hasResourceProperties("AWS::Lambda::Function", { Description, MemorySize: 1_769 });
  });

  it("keeps what failed to the end, whether it could not start or could not finish", () => {
    const queue = Object.keys(template.findResources("AWS::SQS::Queue")).find((id) => id.includes("Sweep")) as string;
    const arn = { "Fn::GetAtt": [queue, "Arn"] };
    template.hasResourceProperties("AWS::Events::Rule", {
      Targets: [Match.objectLike({ DeadLetterConfig: { Arn: arn } })],
    });
    template.hasResourceProperties("AWS::Lambda::EventInvokeConfig", {
      DestinationConfig: { OnFailure: { Destination: arn } },
    });
    template.hasResourceProperties("AWS::SQS::Queue", {
      MessageRetentionPeriod: 1_209_600,
      SqsManagedSseEnabled: true,
    });
  });
});

const functionNames = ["advance", "api", "deliver", "hooks", "poll", "sweep"];

describe("every function", () => {
  it("runs Node 24 on ARM", () => {
    const functions = resources("AWS::Lambda::Function");
    expect(functions).toHaveLength(6);
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: "nodejs24.x", Architectures: ["arm64"], Handler: "index.handler" });
    }
  });

  it("logs in JSON, the platform's lines too", () => {
    const formats = resources("AWS::Lambda::Function").map(({ Properties }) => Properties.LoggingConfig.LogFormat);
    expect(formats).toEqual(functionNames.map(() => "JSON"));
  });

  it("keeps its logs for a month", () => {
    const groups = resources("AWS::Logs::LogGroup").map(({ Properties }) => Properties.RetentionInDays);
    expect(groups).toEqual(functionNames.map(() => 30));
  });
});

it("says where the promises are, how to be let in, and what keeps them", () => {
  expect(Object.keys(template.findOutputs("*")).sort()).toEqual([
    "AdminKeyCommand",
    "EndpointUrl",
    "SignedEndpointUrl",
    "TableName",
  ]);
});

it("is, as a whole, what was last reviewed", () => {
  // An asset is named by its content, which every change of the code changes.
  const masked = JSON.stringify(template.toJSON()).replaceAll(/[0-9a-f]{64}/g, "ASSET");
  expect(JSON.parse(masked)).toMatchSnapshot();
});
