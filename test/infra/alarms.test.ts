/** What an operator is told of: every alarm asks for something that is measured, and says what to do. */

import { readFileSync } from "node:fs";
import { App, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { beforeAll, expect, it } from "vitest";
import { metrics, metricsNamespace } from "#lib/ports/metrics.ts";
import { ResonateService } from "../../infra/service.ts";

let template: Template;
let plain: Template;

beforeAll(() => {
  const stack = new Stack(new App(), "Own");
  new ResonateService(stack, "Promises", { streaming: {}, alarmTopic: new Topic(stack, "Alarmed") });
  template = Template.fromStack(stack);
  const other = new Stack(new App(), "Plain");
  new ResonateService(other, "Promises", { streaming: {} });
  plain = Template.fromStack(other);
});

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly Namespace: string;
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: unknown }[];
  readonly AlarmActions?: readonly unknown[];
  readonly TreatMissingData: string;
}

const alarms = (of: Template): AlarmProperties[] =>
  Object.values(of.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => Properties);

const shapes = new Map<string, readonly string[]>(Object.values(metrics).map(({ name, labels }) => [name, labels]));

it("is what waits too long, what is given up, what fails, and what does not run", () => {
  const ids = alarms(template).map(({ AlarmDescription }) => AlarmDescription.split("#")[1]);
  expect(new Set(ids)).toEqual(
    new Set([
      "endpoint-paused",
      "oldest-due",
      "sweep-stopped",
      "parked",
      "throttled",
      "errors",
      "hooks-refused",
      "streams-full",
      "functions-failed",
      "functions-refused",
      "dead-letters",
    ]),
  );
  const queues = Object.keys(template.findResources("AWS::SQS::Queue")).filter((id) => id.includes("DeadLetters"));
  expect(ids.filter((id) => id === "dead-letters")).toHaveLength(queues.length);
});

it("asks for nothing of the service's own that is not measured, under the dimensions that it is measured by", () => {
  const own = alarms(template).filter(({ Namespace }) => Namespace === metricsNamespace);
  expect(own.length).toBeGreaterThan(3);
  for (const { MetricName, Dimensions } of own) {
    const names = Dimensions.map(({ Name }) => Name).sort();
    expect([MetricName, names]).toEqual([MetricName, ["service", ...(shapes.get(MetricName) ?? ["?"])].sort()]);
  }
});

it("has its section in the runbook, which has no others", () => {
  const runbook = readFileSync(new URL("../../docs/operations.md", import.meta.url), "utf8");
  const sections = [...runbook.matchAll(/^### (.+)$/gm)].map(([, title]) => title);
  const ids = alarms(template).map(({ AlarmDescription }) => AlarmDescription.split("docs/operations.md#")[1]);
  expect(new Set(sections)).toEqual(new Set(ids));
});

it("is sent to the topic, when it begins and when it ends; without one, it only shows", () => {
  expect(alarms(template).every(({ AlarmActions }) => AlarmActions?.length === 1)).toBe(true);
  expect(alarms(plain).every(({ AlarmActions }) => AlarmActions === undefined)).toBe(true);
  expect(alarms(plain)).toHaveLength(alarms(template).length);
});

it("is no silence, but for the sweep's", () => {
  const breaching = alarms(template).filter(({ TreatMissingData }) => TreatMissingData === "breaching");
  expect(breaching.map(({ MetricName }) => MetricName)).toEqual(["Invocations"]);
});

it("is shown on a dashboard that asks for nothing that is not measured", () => {
  const [dashboard] = Object.values(template.findResources("AWS::CloudWatch::Dashboard"));
  const body = JSON.stringify(dashboard?.["Properties"].DashboardBody);
  const asked = [...body.matchAll(/resonate_\w+/g)].map(([name]) => name);
  expect(new Set(asked)).toEqual(new Set(shapes.keys()));
});

it("is told apart from another service's of the same stack", () => {
  const stack = new Stack(new App(), "Own");
  for (const id of ["Orders", "Payments"]) {
    new ResonateService(stack, id);
  }
  const services = alarms(Template.fromStack(stack))
    .filter(({ Namespace }) => Namespace === metricsNamespace)
    .map(({ Dimensions }) => Dimensions.find(({ Name }) => Name === "service")?.Value);
  expect(new Set(services).size).toBe(2);
});
