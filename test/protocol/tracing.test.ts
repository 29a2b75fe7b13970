/**
 * Goal: a trace leads from whoever asks to whoever is told. Method: a local server, a receiver, and a collector that keeps
 * what it is handed, as OpenTelemetry's own exporter writes it.
 */

import { afterEach, beforeEach, expect, it } from "vitest";
import { tracingGiven } from "#lib/tracing/given.ts";
import { otlpTracing } from "#lib/tracing/otlp.ts";
import { later } from "../support/links.ts";
import { serving } from "../support/local-server.ts";
import { type Receiver, receiving } from "../support/receiver.ts";
import { openSqlite } from "../support/stores.ts";

interface SentSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status: { readonly code?: number };
  readonly attributes: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

const traceId = "0af7651916cd43dd8448eb211c80319c";
const traceparent = `00-${traceId}-b7ad6b7169203331-01`;

let collector: Receiver;
beforeEach(async () => {
  collector = await receiving();
  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.url;
});
afterEach(() => {
  delete process.env["OTEL_EXPORTER_OTLP_ENDPOINT"];
});

const spans = (): SentSpan[] =>
  collector.requests.flatMap(({ body }) =>
    JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: SentSpan[] }[] }) =>
      resource.scopeSpans.flatMap((scope) => scope.spans),
    ),
  );

it("leads from a request by the attempts to send what follows from it to their receiver", async () => {
  const receiver = await receiving();
  const { store, close } = await openSqlite();
  const tracing = otlpTracing("promises");
  const server = await serving(store, { tracing });
  const ask = (path: string, body: object, headers: Record<string, string> = {}, method = "POST") =>
    fetch(server.url + path, { method, body: JSON.stringify(body), headers });
  await ask(
    "/promises",
    {
      id: "secret/id",
      timeout: later,
      param: { data: "a payload" },
      tags: { "resonate:target": `${receiver.url}/told` },
    },
    { traceparent, tracestate: "vendor=1", "request-id": "order-7", authorization: "Bearer a-token" },
  );
  await receiver.until(1);
  await server.stop();
  close();

  const [request, send] = [spans().find(({ kind }) => kind === 2), spans().find(({ kind }) => kind === 4)];
  expect([request?.traceId, request?.parentSpanId, request?.name]).toEqual([traceId, "b7ad6b7169203331", "create"]);
  expect([send?.traceId, send?.parentSpanId, send?.name]).toEqual([traceId, request?.spanId, "send execute"]);
  expect(receiver.requests[0]?.headers).toMatchObject({
    traceparent: `00-${traceId}-${send?.spanId}-01`,
    tracestate: "vendor=1",
    "request-id": "order-7",
  });
  expect(Object.fromEntries(request?.attributes.map(({ key, value }) => [key, Object.values(value)[0]]) ?? [])).toEqual(
    {
      "http.request.method": "POST",
      "http.response.status_code": 201,
      "resonate.verb": "create",
      "resonate.round_trips": expect.any(Number),
      "resonate.request_id": "order-7",
    },
  );
  expect(collector.requests.map(({ body }) => body).join()).not.toMatch(/secret|payload|a-token|Bearer/);
});

it("leaves out what its caller does not sample, and hands that word on", async () => {
  const tracing = otlpTracing("promises");
  const span = tracing.begin("server", { traceparent: traceparent.replace(/01$/, "00") });
  expect(span.trace.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
  span.end("create", {}, false);
  await tracing.flush();
  expect(collector.requests).toEqual([]);
});

it("says what has failed, and is no trouble where the collector cannot be reached", async () => {
  const tracing = otlpTracing("promises");
  tracing.begin("server", undefined).end("get", {}, true);
  await tracing.flush();
  expect(spans()).toMatchObject([{ name: "get", status: { code: 2 } }]);
  const [{ resource }] = JSON.parse(collector.requests[0]?.body ?? "").resourceSpans;
  const named = resource.attributes.find(({ key }: { key: string }) => key === "service.name");
  expect(named.value).toEqual({ stringValue: "promises" });

  process.env["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9";
  const nowhere = otlpTracing("promises");
  nowhere.begin("server", undefined).end("get", {}, false);
  await nowhere.flush();
});

it.each([
  [{}, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "" }, false],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_SDK_DISABLED: "true" }, false],
  [{ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: "http://127.0.0.1:9/v1/traces" }, true],
])("is kept where the environment says so: %j, %s", async (environment, expected) => {
  expect((await tracingGiven(environment, "promises")) !== undefined).toBe(expected);
});
