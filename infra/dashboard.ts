import { Dashboard as CloudWatchDashboard, GraphWidget, type IMetric, TextWidget } from "aws-cdk-lib/aws-cloudwatch";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { measuredBy } from "./alarms.ts";

export interface DashboardProps {
  readonly serviceName: string;
  readonly functions: readonly LambdaFunction[];
  readonly deadLetters: readonly IQueue[];
}

const hookOutcomes = ["settled", "duplicate", "late", "kept", "expired", "ignored", "unusable", "deferred", "refused"];

/** The service at a glance: is it asked, does it answer, is it in time, does what it says arrive. */
export class Dashboard extends Construct {
  constructor(scope: Construct, id: string, { serviceName, functions, deadLetters }: DashboardProps) {
    super(scope, id);
    const measured = (...given: Parameters<typeof measuredBy> extends [string, ...infer Rest] ? Rest : never) =>
      measuredBy(serviceName, ...given);
    const graph = (title: string, ...left: IMetric[]) => new GraphWidget({ title, left, width: 8, height: 6 });
    new CloudWatchDashboard(this, "Dashboard", {
      widgets: [
        [
          new TextWidget({
            markdown: `# ${serviceName}\nWhat each alarm means, and what to do: docs/operations.md`,
            width: 24,
            height: 2,
          }),
        ],
        [
          graph(
            "Requests by status",
            ...["2xx", "3xx", "4xx", "5xx"].map((status) => measured("requests", "Sum", { status })),
          ),
          graph("Time to answer (s)", measured("requestSeconds", "p50"), measured("requestSeconds", "p99")),
          graph("Store busy or out of reach", measured("throttled", "Sum")),
        ],
        [
          graph("Done late by (s)", measured("lateSeconds", "p50"), measured("lateSeconds", "p99")),
          graph("Oldest that was due (s)", measured("oldestDueSeconds", "Maximum")),
          graph(
            "Messages",
            ...["sent", "waiting", "failed"].map((outcome) => measured("deliveries", "Sum", { outcome })),
          ),
        ],
        [
          graph("Messages given up, receivers paused", measured("parked", "Sum"), measured("paused", "Sum")),
          graph("Failures of functions", ...functions.map((each) => each.metricErrors())),
          graph("Dead letters", ...deadLetters.map((queue) => queue.metricApproximateNumberOfMessagesVisible())),
        ],
        [
          graph("Runs refused", ...functions.map((each) => each.metricThrottles())),
          graph("Requests to hooks", ...hookOutcomes.map((outcome) => measured("hookEvents", "Sum", { outcome }))),
        ],
      ],
    });
  }
}
