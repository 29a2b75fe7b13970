/**
 * Traces by OpenTelemetry, handed to a collector by OTLP over HTTP. Its own variables say where it is, how much is sampled
 * and what the service is called: `OTEL_EXPORTER_OTLP_ENDPOINT`, `OTEL_TRACES_SAMPLER`, `OTEL_SERVICE_NAME`, …
 *
 * @module
 */

import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace as traceApi,
} from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { Tracing } from "#lib/ports/tracing.ts";

const kinds = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER } as const;

/** How long a collector may take. Deployed, a client waits for it. */
const answerMsMax = 1_000;

/** @param serviceName What the service is called, unless its environment says so. */
export function otlpTracing(serviceName: string): Tracing {
  const provider = new BasicTracerProvider({
    // What is merged into the other goes first.
    resource: defaultResource().merge(
      resourceFromAttributes({ "service.name": process.env["OTEL_SERVICE_NAME"] ?? serviceName }),
    ),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ timeoutMillis: answerMsMax }))],
  });
  const tracer = provider.getTracer("resonate-on-aws");
  const propagator = new W3CTraceContextPropagator();
  return {
    begin(kind, parent, beganAt) {
      const within =
        parent === undefined ? ROOT_CONTEXT : propagator.extract(ROOT_CONTEXT, parent, defaultTextMapGetter);
      const span = tracer.startSpan(
        "request",
        { kind: kinds[kind], ...(beganAt && { startTime: new Date(beganAt) }) },
        within,
      );
      const carrier: { traceparent?: string; tracestate?: string } = {};
      propagator.inject(traceApi.setSpan(within, span), carrier, defaultTextMapSetter);
      const { traceparent = "", tracestate } = carrier;
      return {
        trace: { traceparent, ...(tracestate !== undefined && { tracestate }) },
        end(name, attributes, isFailed) {
          span.updateName(name).setAttributes(attributes);
          if (isFailed) {
            span.setStatus({ code: SpanStatusCode.ERROR });
          }
          span.end();
        },
      };
    },
    flush: () => provider.forceFlush().catch(() => {}),
  };
}
