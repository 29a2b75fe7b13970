/** What docs/aws.md says of the functions' rights is what they have. */

import { readFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { expect, it } from "vitest";
import { ResonateService } from "../../infra/service.ts";
import { everyProp } from "./every-prop.ts";

const page = readFileSync(new URL("../../docs/aws.md", import.meta.url), "utf8").replaceAll(/\s+/g, " ");

/** By what each function is for: in the order in which the page names them. */
const names = {
  "Answers requests for durable promises": "api",
  "Answers requests, and keeps the streams of workers": "stream",
  "Does what follows from changes, and what has fallen due": "advance",
  "Does whatever is due on promises, tasks, schedules and messages": "sweep",
  "Verifies what comes in by hooks, and completes promises by it": "hooks",
  "Sends messages to workers and receivers": "deliver",
  "Hands workers what waits for them": "poll",
} as const;

interface Statement {
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
  readonly Condition?: unknown;
}

const stack = new Stack(new App(), "Own", { env: { account: "123456789012", region: "eu-west-1" } });
new ResonateService(stack, "Promises", everyProp(stack));
const template = Template.fromStack(stack);

function statementsOf(description: string): readonly Statement[] {
  const [handler] = Object.values(
    template.findResources("AWS::Lambda::Function", { Properties: { Description: description } }),
  );
  const role = handler?.["Properties"].Role["Fn::GetAtt"][0] as string;
  return Object.values(template.findResources("AWS::IAM::Policy", { Properties: { Roles: [{ Ref: role }] } })).flatMap(
    ({ Properties }) => Properties.PolicyDocument.Statement,
  );
}

/** Those that may do this to something, and none of the others, as the page lists them. */
function those(action: string, resource: RegExp, ...others: readonly string[]): string {
  const may = (description: string, each: string) =>
    statementsOf(description).some(
      ({ Action, Resource }) => [Action].flat().includes(each) && resource.test(JSON.stringify(Resource)),
    );
  const listed = Object.entries(names)
    .filter(([description]) => may(description, action) && !others.some((other) => may(description, other)))
    .map(([, name]) => `**${name}**`);
  return listed.length > 1 ? `${listed.slice(0, -1).join(", ")} and ${listed.at(-1)}` : listed.join("");
}

it("payloads are written and read by those that the page names", () => {
  const bucket = /Bodies/;
  const keep = those("s3:PutObject", bucket);
  expect(page).toContain(`${keep} write and read them, ${those("s3:GetObject", bucket, "s3:PutObject")} read them.`);
});

it("secrets of hooks are made, taken out and read by those that the page names", () => {
  const secrets = /HookSecrets/;
  const [make, takeOut, read] = ["CreateSecret", "DeleteSecret", "GetSecretValue"].map(
    (each) => `secretsmanager:${each}`,
  ) as [string, string, string];
  expect(those(read, secrets)).toBe("**hooks**");
  expect(page).toContain(
    `It alone reads their secrets, which ${those(make, secrets)} make and take out, and ${those(takeOut, secrets, make)} take out.`,
  );
});

it("of the table, the function of hooks lists subscriptions alone and deletes nothing, as the page says", () => {
  const statements = statementsOf("Verifies what comes in by hooks, and completes promises by it");
  const may = (pattern: RegExp) =>
    statements.filter(({ Action }) => [Action].flat().some((each) => pattern.test(each)));
  expect(may(/^dynamodb:(Query|Scan)$/).map(({ Condition }) => Condition)).toEqual([
    { "ForAllValues:StringLike": { "dynamodb:LeadingKeys": ["subscription#*"] } },
  ]);
  expect(may(/:Delete|\*/)).toEqual([]);
  expect(page).toContain("Of the table it can list subscriptions alone, and it can delete nothing.");
});
