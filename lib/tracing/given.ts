import type { Tracing } from "#lib/ports/tracing.ts";

const endpoints = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] as const;

/** Tracing, where the environment names a collector; the library is loaded there alone. */
export async function tracingGiven(
  environment: Readonly<Record<string, string | undefined>>,
  serviceName: string,
): Promise<Tracing | undefined> {
  const isAsked = endpoints.some((name) => environment[name]) && environment["OTEL_SDK_DISABLED"] !== "true";
  return isAsked ? (await import("./otlp.ts")).otlpTracing(serviceName) : undefined;
}
