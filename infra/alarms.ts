import { Duration } from "aws-cdk-lib";
import { Alarm, ComparisonOperator, type IMetric, Metric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { type Metric as Measured, metrics, metricsNamespace } from "#lib/ports/metrics.ts";

export interface AlarmsProps {
  /** What tells the service's metrics from another's. */
  readonly serviceName: string;
  /** The functions that answer requests. */
  readonly answering: readonly LambdaFunction[];
  readonly sweep: LambdaFunction;
  readonly deadLetters: readonly IQueue[];
  /** What keeps the streams of workers; undefined: nothing does. */
  readonly stream: LambdaFunction | undefined;
  /** Who is told; absent: alarms only show. */
  readonly topic?: ITopic;
}

interface Watch {
  readonly id: string;
  readonly says: string;
  readonly metric: IMetric;
  readonly threshold: number;
  readonly periods?: number;
  /** Too little is what is wrong, and nothing at all. */
  readonly isTooLittle?: true;
}

const runbook = "docs/operations.md#";

/** What an operator has to know of. What to do stands in the runbook, under each alarm's name. */
export class Alarms extends Construct {
  constructor(
    scope: Construct,
    id: string,
    { serviceName, answering, sweep, deadLetters, stream, topic }: AlarmsProps,
  ) {
    super(scope, id);
    const measured = (metric: Measured, statistic: string, dimensions: Record<string, string> = {}) =>
      measuredBy(serviceName, metric, statistic, dimensions);
    const watched: readonly Watch[] = [
      {
        id: "oldest-due",
        says: "What was due has waited for more than five minutes",
        metric: measured("oldestDueSeconds", "Maximum"),
        threshold: 300,
        periods: 3,
      },
      {
        id: "sweep-stopped",
        says: "The sweep has not run for ten minutes",
        metric: sweep.metricInvocations({ period: minutes(5), statistic: "Sum" }),
        threshold: 1,
        periods: 2,
        isTooLittle: true,
      },
      {
        id: "parked",
        says: "A message was given up: its receiver has not taken it for a day",
        metric: measured("parked", "Sum"),
        threshold: 0,
      },
      {
        id: "endpoint-paused",
        says: "A receiver is paused: nothing that is sent to it arrives",
        metric: measured("paused", "Sum"),
        threshold: 0,
      },
      {
        id: "throttled",
        says: "Requests are answered 503: the table is busy or out of reach",
        metric: measured("throttled", "Sum"),
        threshold: 10,
        periods: 2,
      },
      {
        id: "hooks-refused",
        says: "Requests to hooks cannot be verified: a provider's secret has changed, or somebody else sends them",
        metric: measured("hookEvents", "Sum", { outcome: "refused" }),
        threshold: 20,
        periods: 3,
      },
      {
        id: "errors",
        says: "Requests fail",
        metric: measured("requests", "Sum", { status: "5xx" }),
        threshold: 10,
        periods: 2,
      },
      ...answering.map((each, at) => ({
        id: `functions-failed-${at}`,
        says: "Requests end without an answer: a function crashes, runs out of time or cannot start",
        metric: each.metricErrors({ period: minutes(5), statistic: "Sum" }),
        threshold: 5,
        periods: 2,
      })),
      ...answering
        .filter((each) => each !== stream)
        .map((each, at) => ({
          id: `functions-refused-${at}`,
          says: "Requests are refused: the account's limit, or all of workersMax, is in use",
          metric: each.metricThrottles({ period: minutes(5), statistic: "Sum" }),
          threshold: 5,
          periods: 2,
        })),
      ...(stream
        ? [
            {
              id: "streams-full",
              says: "Requests to the URL for streams are refused: all runs of its function are taken",
              metric: stream.metricThrottles({ period: minutes(5), statistic: "Sum" }),
              threshold: 0,
              periods: 2,
            },
          ]
        : []),
      ...deadLetters.map((queue, at) => ({
        id: `dead-letters-${at}`,
        says: "Work has failed to the end and waits in a dead-letter queue",
        metric: queue.metricApproximateNumberOfMessagesVisible({ period: minutes(5), statistic: "Maximum" }),
        threshold: 0,
      })),
    ];
    for (const watch of watched) {
      const alarm = this.#alarm(watch);
      if (topic !== undefined) {
        alarm.addAlarmAction(new SnsAction(topic));
        alarm.addOkAction(new SnsAction(topic));
      }
    }
  }

  #alarm({ id, says, metric, threshold, periods = 1, isTooLittle }: Watch): Alarm {
    return new Alarm(this, id, {
      alarmDescription: `${says}. ${runbook}${id.replace(/-\d+$/, "")}`,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: isTooLittle
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_THRESHOLD,
      treatMissingData: isTooLittle ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
  }
}

const minutes = (count: number) => Duration.minutes(count);

/** A metric as the functions write it. */
export const measuredBy = (
  service: string,
  metric: Measured,
  statistic: string,
  dimensions: Record<string, string> = {},
): Metric =>
  new Metric({
    namespace: metricsNamespace,
    metricName: metrics[metric].name,
    dimensionsMap: { service, ...dimensions },
    statistic,
    period: minutes(5),
  });
