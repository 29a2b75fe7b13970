/** What `cdk deploy -c NAME=VALUE` says, as props of the service, and what it refuses. */

import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { toJwtOptions } from "#lib/access/jwt-options.ts";
import { propsIn } from "../../infra/context.ts";
import { ResonateService } from "../../infra/service.ts";
import { freshFolder } from "../support/folder.ts";
import { everyProp } from "./every-prop.ts";

const stack = () => new Stack(new App(), "Own", { env: { account: "123456789012", region: "eu-west-1" } });

const told = (context: Readonly<Record<string, unknown>>, own = stack()) => propsIn(context, own);

const everything = {
  name: "promises",
  removalPolicy: "destroy",
  retentionDays: "90",
  readCapacity: "5-500",
  writeCapacity: "10-1000",
  listShards: "16",
  dueShards: "32",
  rateLimit: "100",
  burstLimit: "200",
  domainName: "promises.example",
  certificateArn: "arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012",
  publicUrls: "https://old.example, https://older.example/base",
  jwksUrl: "https://issuer.example/jwks",
  issuer: "https://issuer.example",
  audience: "promises",
  retrySeconds: "10",
  workersMax: "7",
  streaming: "true",
  streamsMax: "20",
  streamsOpenSeconds: "30",
  streamsMemory: "512",
  alarmTopicArn: "arn:aws-cn:sns:cn-north-1:123456789012:alarmed",
  tracesEndpoint: "http://localhost:4318",
  tracesLayerArn: "arn:aws:lambda:eu-west-1:123456789012:layer:collector:1",
  tracesPercent: "10",
  signInIssuer: "https://people.example",
  signInClient: "promises",
  signInSecretArn: "arn:aws-cn:secretsmanager:cn-north-1:123456789012:secret:sign-in-AbCdEf",
  events: "bus",
  eventsOfLocalSteps: "true",
  targetFunctions: "told",
  targetQueues: "jobs,more.fifo",
  targetTopics: "news",
  targetBuses: "bus",
  descriptionClosed: "true",
  anyReceiver: "true",
};

const pem = (key: KeyObject) => key.export({ type: "spki", format: "pem" }).toString();

const key = pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey);

/** What it is refused with. */
function refusalOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return (error as Error).message;
  }
  return "";
}

describe("A context", () => {
  it("that says nothing leaves everything as it is", () => {
    expect(told({})).toEqual({
      publicUrls: [],
      tokens: {},
      isAnyReceiver: false,
      isDescriptionClosed: false,
      targets: { functions: [], queues: [], topics: [], buses: [] },
    });
  });

  it("that says everything reaches every prop", () => {
    const own = stack();
    const props = told(everything, own);
    expect(Object.keys(props).toSorted()).toEqual(Object.keys(everyProp(stack())).toSorted());
    expect(props).toMatchObject({
      name: "promises",
      removalPolicy: RemovalPolicy.DESTROY,
      capacity: { read: { min: 5, max: 500 }, write: { min: 10, max: 1_000 } },
      shards: { list: 16, due: 32 },
      throttle: { rateLimit: 100, burstLimit: 200 },
      publicUrls: ["https://old.example", "https://older.example/base"],
      tokens: { jwksUrl: everything.jwksUrl, issuer: everything.issuer, audience: everything.audience },
      traces: { endpoint: "http://localhost:4318", ratio: 0.1 },
      workersMax: 7,
      streaming: { runsMax: 20 },
      events: { withLocalSteps: true },
      isDescriptionClosed: true,
      isAnyReceiver: true,
    });
    expect([props.retention?.toDays(), props.retry?.toSeconds()]).toEqual([90, 10]);
    expect([props.streaming?.openFor?.toSeconds(), props.streaming?.memory?.toMebibytes()]).toEqual([30, 512]);
    new ResonateService(own, "Promises", props);
    const template = Template.fromStack(own);
    template.hasResourceProperties("AWS::ApiGatewayV2::DomainName", {
      DomainName: "promises.example",
      DomainNameConfigurations: [Match.objectLike({ CertificateArn: everything.certificateArn })],
    });
    template.allResourcesProperties("AWS::ApiGatewayV2::Stage", {
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [everything.alarmTopicArn] });
    expect(JSON.stringify(template.findResources("AWS::IAM::Policy"))).toMatch(
      /:sqs:eu-west-1:123456789012:more\.fifo/,
    );
  });

  it("may say numbers, truths and lists as cdk.json has them", () => {
    expect(
      told({ workersMax: 7, streaming: true, publicUrls: ["https://a.example", "https://b.example"] }),
    ).toMatchObject({
      workersMax: 7,
      streaming: {},
      publicUrls: ["https://a.example", "https://b.example"],
    });
  });

  it("may name a key set of the same machine, as tests have one", () => {
    const tokens = {
      jwksUrl: "http://127.0.0.1:4566/keys.json",
      issuer: "http://127.0.0.1:4566",
      audience: "promises",
    };
    expect(told(tokens).tokens).toEqual(tokens);
  });

  it("may name the file of a key, or have the key itself, on one line too", () => {
    const path = join(freshFolder(), "key.pem");
    writeFileSync(path, key);
    const oneLine = key.replaceAll("\n", "\\n");
    for (const [publicKey, expected] of [
      [path, key],
      [key, key],
      [oneLine, oneLine],
    ]) {
      const { tokens } = told({ publicKey });
      expect(tokens).toEqual({ publicKey: expected });
      expect(toJwtOptions(tokens ?? {})).toMatchObject({ algorithms: ["ES256"] });
    }
  });

  it.each([
    ["another kind", pem(generateKeyPairSync("x25519").publicKey), "P-256"],
    ["a short key", pem(generateKeyPairSync("rsa", { modulusLength: 1_024 }).publicKey), "2048 bits"],
    ["no key", "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n", "this is none"],
    [
      "a private key",
      generateKeyPairSync("ed25519").privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      "this one is private",
    ],
  ])("is refused where a key is %s, which is not repeated", (_, publicKey, complaint) => {
    const path = join(freshFolder(), "key.pem");
    writeFileSync(path, publicKey);
    for (const value of [publicKey, publicKey.replaceAll("\n", "\\n"), path]) {
      const refusal = refusalOf(() => told({ publicKey: value }));
      expect(refusal).toContain("-c publicKey must be a public key in PEM, or the path of a file that holds one");
      expect(refusal).toContain(complaint);
      expect(refusal).not.toContain(publicKey.split("\n")[1]);
      expect(refusal.includes(path)).toBe(value === path);
    }
  });

  it("is refused where of a key its first line alone has come, with what to do", () => {
    expect(() => told({ publicKey: "-----BEGIN PUBLIC KEY-----" })).toThrow("Name the file: -c publicKey=key.pem");
  });

  it.each([
    ["name", "no", "3 to 255"],
    ["removalPolicy", "snapshot", "retain or destroy"],
    ["retentionDays", "1", "from 2 to 36500"],
    ["retentionDays", "soon", "from 2 to 36500"],
    ["readCapacity", "5", "MIN-MAX"],
    ["readCapacity", "500-5", "MIN-MAX"],
    ["writeCapacity", "0-5", "MIN-MAX"],
    ["listShards", "7", "from 8 to 256"],
    ["dueShards", "257", "from 8 to 256"],
    ["rateLimit", "0", "from 1 to 1000000"],
    ["burstLimit", "1.5", "from 1 to 1000000"],
    ["domainName", "https://promises.example", "a host name"],
    ["certificateArn", "arn:aws:sns:eu-west-1:123456789012:x", "an ARN of acm"],
    ["publicUrls", "https://a.example,promises.example", "URLs that begin"],
    ["publicUrls", "https://a.example/", "without a slash"],
    ["publicUrls", 5, "URLs that begin"],
    ["publicUrls", "https://[x", "URLs that begin"],
    ["publicKey", "MFkw", "in PEM"],
    ["publicKey", "/nowhere/key.pem", "that can be read"],
    ["jwksUrl", "http://issuer.example", "https://"],
    ["jwksUrl", "https://[x", "https://"],
    ["tracesEndpoint", "http://[x", "a URL that begins"],
    ["signInIssuer", "https://[x", "https://"],
    ["signInIssuer", "http://people.example", "https://"],
    [
      "signInSecretArn",
      "arn:aws:secretsmanager:eu-west-1:123456789012:secret:sign-in",
      "with the six characters at its end",
    ],
    ["retrySeconds", "0", "from 1 to 86400"],
    ["workersMax", "-1", "from 1 to 10000"],
    ["workersMax", "", "from 1 to 10000"],
    ["streaming", "yes", "true or false"],
    ["streamsMax", "0", "from 1 to 10000"],
    ["streamsOpenSeconds", "841", "from 1 to 840"],
    ["streamsMemory", "64", "from 128 to 10240"],
    ["descriptionClosed", "yes", "true or false"],
    ["alarmTopicArn", "alarmed", "an ARN of sns"],
    ["events", "a bus", "the name of an event bus"],
    ["eventsOfLocalSteps", 1, "true or false"],
    ["targetQueues", "jobs,a b", "names, by commas"],
    ["anyReceiver", "1", "true or false"],
  ])("is refused where %s is %j, with what it may be: %s", (name, value, rule) => {
    const refusal = expect.objectContaining({ message: expect.stringContaining(rule) });
    expect(() => told({ [name]: value })).toThrow(refusal);
    expect(() => told({ [name]: value })).toThrow(`-c ${name} must be`);
    expect(() => told({ [name]: value })).toThrow(JSON.stringify(value));
  });

  it.each([
    [["rateLimit"], "needs -c burstLimit"],
    [["burstLimit"], "needs -c rateLimit"],
    [["readCapacity"], "needs -c writeCapacity"],
    [["domainName"], "needs -c certificateArn"],
    [["jwksUrl", "issuer"], "needs -c issuer and -c audience"],
    [["issuer"], "of no use without -c publicKey or -c jwksUrl"],
    [["audience"], "of no use without -c publicKey or -c jwksUrl"],
    [["streamsMax"], "of no use without -c streaming"],
    [["streamsOpenSeconds"], "of no use without -c streaming"],
    [["streamsMemory"], "of no use without -c streaming"],
    [["eventsOfLocalSteps"], "of no use without -c events"],
  ] as const)("is refused where it says %j and not what belongs to it", (names, rule) => {
    const some = Object.fromEntries(names.map((name) => [name, everything[name]]));
    expect(() => told(some)).toThrow(rule);
  });

  it("may have what the CDK itself and its plugins keep there", () => {
    const others = {
      "@aws-cdk/core:target-partitions": ["aws"],
      "aws:cdk:enable-path-metadata": true,
      "availability-zones:account=123456789012:region=eu-west-1": ["eu-west-1a"],
      "acknowledged-issue-numbers": [1],
    };
    expect(told({ ...others, workersMax: "7" })).toEqual({ ...told({}), workersMax: 7 });
  });

  it("has each of its names in the table of the documentation, which has no others", () => {
    const page = readFileSync(new URL("../../docs/deploying.md", import.meta.url), "utf8");
    const rows = page.split("\n").filter((line) => line.startsWith("| `"));
    const named = rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => name));
    expect(() => told({ workerMax: 7 })).toThrow(`-c workerMax is none of ${named.toSorted().join(", ")}`);
  });
});
