import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { type Metric, type MetricShape, type Metrics, metrics } from "#lib/ports/metrics.ts";

/** Upper bounds of buckets, in seconds: requests take milliseconds, and what is late may be so by minutes. */
const buckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300];

export interface Prometheus extends Metrics {
  readonly contentType: string;
  /** All series in Prometheus's text. */
  text(): Promise<string>;
}

export function prometheus(): Prometheus {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const recorders = new Map(
    Object.entries(metrics).map(([metric, shape]) => [metric as Metric, recorderOf(shape, registry)]),
  );
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    record: (metric, value, ...labels) => recorders.get(metric)?.(value, labels),
  };
}

function recorderOf(
  { name, help, kind, labels }: MetricShape,
  registry: Registry,
): (value: number, labels: readonly string[]) => void {
  const options = { name, help, labelNames: [...labels], registers: [registry] };
  switch (kind) {
    case "counter": {
      const counter = new Counter(options);
      return (value, given) => counter.labels(...given).inc(value);
    }
    case "gauge": {
      const gauge = new Gauge(options);
      return (value, given) => gauge.labels(...given).set(value);
    }
    case "histogram": {
      const histogram = new Histogram({ ...options, buckets });
      return (value, given) => histogram.labels(...given).observe(value);
    }
  }
}
