/**
 * Everything that is measured, named once for who measures, who shows it and who is alarmed by it. Constants only.
 *
 * @module
 */

/** Where CloudWatch keeps them. */
export const metricsNamespace = "Resonate";

export interface MetricShape {
  /** The same in CloudWatch and in Prometheus. */
  readonly name: string;
  readonly help: string;
  readonly kind: "counter" | "gauge" | "histogram";
  readonly unit: "Count" | "Seconds";
  /** What tells series apart. In CloudWatch each costs money, so that none has more than a few values. */
  readonly labels: readonly string[];
}

export const metrics = {
  requests: {
    name: "resonate_requests_total",
    help: "Requests answered, by class of status: 2xx, 3xx, 4xx, 5xx.",
    kind: "counter",
    unit: "Count",
    labels: ["status"],
  },
  requestSeconds: {
    name: "resonate_request_duration_seconds",
    help: "From a request to its answer, in the service.",
    kind: "histogram",
    unit: "Seconds",
    labels: [],
  },
  throttled: {
    name: "resonate_throttled_total",
    help: "Requests answered 503: the store was busy or out of reach, after the service's own repetitions.",
    kind: "counter",
    unit: "Count",
    labels: [],
  },
  deliveries: {
    name: "resonate_deliveries_total",
    help: "Attempts to send a message: sent, waiting (nobody is there), failed.",
    kind: "counter",
    unit: "Count",
    labels: ["outcome"],
  },
  parked: {
    name: "resonate_messages_parked_total",
    help: "Messages that were given up after their last attempt, until an operator replays them.",
    kind: "counter",
    unit: "Count",
    labels: [],
  },
  paused: {
    name: "resonate_endpoints_paused_total",
    help: "Receivers that were paused: nothing that is sent to them has arrived for long.",
    kind: "counter",
    unit: "Count",
    labels: [],
  },
  hookEvents: {
    name: "resonate_hook_events_total",
    help: "Requests to hooks, by what has become of them: settled, duplicate, late, kept, expired, ignored, unusable, deferred, refused.",
    kind: "counter",
    unit: "Count",
    labels: ["outcome"],
  },
  lateSeconds: {
    name: "resonate_late_seconds",
    help: "How late something was done that was due.",
    kind: "histogram",
    unit: "Seconds",
    labels: [],
  },
  oldestDueSeconds: {
    name: "resonate_oldest_due_seconds",
    help: "For how long the oldest thing had been due that a sweep found; 0: nothing was.",
    kind: "gauge",
    unit: "Seconds",
    labels: [],
  },
} as const satisfies Record<string, MetricShape>;

export type Metric = keyof typeof metrics;

/** Where measurements go. */
export interface Metrics {
  /** @param labels One for each of the metric's, in their order. */
  record(metric: Metric, value: number, ...labels: readonly string[]): void;
}
