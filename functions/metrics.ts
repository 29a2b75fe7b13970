/** Measurements as CloudWatch's embedded metrics: lines of the log, which it counts by itself. */

import { Metrics as EmbeddedMetrics, MetricUnit } from "@aws-lambda-powertools/metrics";
import { type MetricShape, type Metrics, metricsNamespace, metrics as shapes } from "#lib/ports/metrics.ts";
import { read, variables } from "./env.ts";

const embedded = new EmbeddedMetrics({ namespace: metricsNamespace, serviceName: read(variables.serviceName) });

export const metrics: Metrics = {
  record(metric, value, ...given) {
    const { name, unit, labels }: MetricShape = shapes[metric];
    // Series with labels are written by themselves; all others of a run stand in one line.
    const line = labels.length > 0 ? embedded.singleMetric() : embedded;
    for (const [at, label] of labels.entries()) {
      line.addDimension(label, given[at] ?? "");
    }
    line.addMetric(name, MetricUnit[unit], value);
  },
};

/** Writes what a run has measured, whatever becomes of it: nothing is left for the next run to tell. */
export const withMetrics =
  <Arguments extends unknown[], Result>(handler: (...given: Arguments) => Promise<Result>) =>
  async (...given: Arguments): Promise<Result> => {
    try {
      return await handler(...given);
    } finally {
      // The library warns of a run that has measured nothing, a line for each.
      if (embedded.hasStoredMetrics()) {
        embedded.publishStoredMetrics();
      }
    }
  };
