/**
 * Goal: the functions work as they are deployed: bundled into one file, configured by their environment, and asked by
 * events. Method: each bundle runs in a process of its own, against the test engine's DynamoDB.
 */

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer as createHttpServer, type IncomingHttpHeaders } from "node:http";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { text as textOf } from "node:stream/consumers";
import { promisify } from "node:util";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { issuer } from "#lib/access/issue.ts";
import { withNewKey } from "#lib/access/key-ring.ts";
import { ownSecrets } from "#lib/access/signer.ts";
import { create, creation, execute, newborn, posting, unblock } from "#lib/core/index.ts";
import { metrics, metricsNamespace } from "#lib/ports/metrics.ts";
import type { Parcel } from "#lib/ports/outbox.ts";
import { document } from "#lib/protocol/rest/document.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { bundle } from "../../infra/bundle.ts";
import { settled } from "../dispatch/messages.ts";
import { freshFolder } from "../support/folder.ts";
import { serve } from "../support/listener.ts";
import { receiving } from "../support/receiver.ts";
import { freshTable, testClient } from "../support/stores.ts";

/** Hands each event to the handler in turn, and prints what it answers behind the log lines. */
const runner = `
  const { handler } = await import(process.argv[1]);
  const answers = [];
  for (const event of JSON.parse(process.argv[2])) {
    answers.push(await handler(event, { getRemainingTimeInMillis: () => 60_000 }));
  }
  process.stdout.write("\\nANSWERS" + JSON.stringify(answers));
`;

let table: string;
const client = testClient();

beforeAll(async () => {
  table = await freshTable(client);
});

afterAll(() => client.destroy());

async function invoke(name: string, events: readonly object[], surroundings: Record<string, string> = {}) {
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", runner, join(inject("bundles"), name, "index.mjs"), JSON.stringify(events)],
    {
      env: {
        PATH: process.env["PATH"],
        TABLE_NAME: table,
        PUBLIC_URLS: "https://promises.example,https://api.example",
        ACCOUNT_ID: "123456789012",
        PARTITION: "aws",
        RETRY_SECONDS: "30",
        DELIVERY_QUEUE_URL: "http://127.0.0.1:9/delivery",
        DELAY_QUEUE_URL: "http://127.0.0.1:9/delays",
        BODIES_BUCKET: "bodies",
        SERVICE_NAME: "service",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL_DYNAMODB: inject("dynamoEndpoint"),
        ...surroundings,
      },
    },
  );
  const [logs = "", answers = "[]"] = stdout.split("\nANSWERS");
  const lines = logs
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return {
    answers: JSON.parse(answers) as ({ statusCode: number; headers: Record<string, string>; body: string } | null)[],
    lines: lines.filter((line) => line["_aws"] === undefined),
    warnings: stderr,
    measured: lines.filter((line) => line["_aws"] !== undefined) as unknown as readonly Embedded[],
  };
}

/** A line that CloudWatch counts: its metrics, and the sets of dimensions that each is kept under. */
interface Embedded extends Record<string, unknown> {
  readonly _aws: {
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
}

/** A request as an HTTP API hands it over: its path decoded. */
const request = (method: string, rawPath: string, body?: object, headers: Record<string, string> = {}) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath,
  rawQueryString: "",
  headers: { host: "api.example", "content-type": "application/json", ...headers },
  // As the gateway tells of a caller whose signature IAM has verified.
  requestContext: {
    domainName: "api.example",
    http: { method, path: rawPath },
    authorizer: { iam: { userArn: "arn:aws:iam::000000000000:user/test" } },
  },
  isBase64Encoded: false,
  ...(body && { body: JSON.stringify(body) }),
});

/** What tells a function of an administrator's key, which nobody has. */
async function withAdminKey(): Promise<Record<string, string>> {
  const { url } = await serve((_, response) => response.end(JSON.stringify({ SecretString: randomUUID() })));
  return { ADMIN_KEY_SECRET_ARN: "arn:admin-key", AWS_ENDPOINT_URL: url };
}

describe("the API function", () => {
  it("creates, reads and completes a promise, whatever its id", async () => {
    const id = `a b/ü/${randomUUID()}`;
    const { answers, lines } = await invoke("api", [
      request("POST", "/promises", { id, timeout: 4_102_444_800_000 }),
      request("GET", `/promises/${id}`),
      request("PATCH", `/promises/https://api.example/promises/${id}`, { state: "RESOLVED" }),
      request("GET", "/nowhere"),
    ]);
    expect(answers.map((answer) => answer?.statusCode)).toEqual([201, 200, 201, 404]);
    expect(JSON.parse(answers[1]?.body ?? "")).toMatchObject({ id, state: "PENDING" });
    expect(answers[0]?.headers["location"]).toMatch(/^https:\/\/promises\.example\/promises\/a%20b\/%C3%BC\//);
    expect(lines.map(({ verb, status, roundTrips }) => [verb, status, roundTrips])).toEqual([
      ["create", 201, 1],
      ["get", 200, 1],
      ["settle", 201, 1],
      [undefined, 404, 0],
    ]);
    expect(JSON.stringify(lines)).not.toContain("a b");
  });

  it("shows strangers its description, unless the deployment closes it", async () => {
    const stranger = (path: string) => {
      const { authorizer: _, ...requestContext } = request("GET", path).requestContext;
      return { ...request("GET", path), requestContext };
    };
    const asked = [stranger("/docs"), stranger("/openapi.json"), stranger("/health"), request("GET", "/docs")];
    const statuses = async (surroundings: Record<string, string>) =>
      (await invoke("api", asked, surroundings)).answers.map((answer) => answer?.statusCode);
    expect(await statuses({})).toEqual([200, 200, 200, 200]);
    expect(await statuses({ ...(await withAdminKey()), DESCRIPTION_CLOSED: "true" })).toEqual([401, 401, 200, 200]);
  });

  it("hands its spans to the collector that the deployment names, before it may be frozen", async () => {
    const collector = await receiving();
    const traceId = "0af7651916cd43dd8448eb211c80319c";
    const headers = { traceparent: `00-${traceId}-b7ad6b7169203331-01` };
    const asked = request("POST", "/promises", { id: randomUUID(), timeout: 4_102_444_800_000 }, headers);
    await invoke("api", [asked], { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url });
    const [{ resource, scopeSpans }] = JSON.parse(collector.requests[0]?.body ?? "").resourceSpans;
    expect(scopeSpans[0].spans).toMatchObject([{ traceId, parentSpanId: "b7ad6b7169203331", name: "create" }]);
    expect(resource.attributes).toContainEqual({ key: "service.name", value: { stringValue: "service" } });
  });

  it("finds by a query what the gateway may have altered in a path, where it says so", async () => {
    const id = `50%?/${randomUUID()}`;
    const { answers } = await invoke("api", [
      request("POST", "/promises", { id, timeout: 4_102_444_800_000 }),
      request("PATCH", `/promises/${id}`, { state: "RESOLVED" }),
      { ...request("PATCH", "/promise", { state: "RESOLVED" }), rawQueryString: `id=${encodeURIComponent(id)}` },
    ]);
    expect(answers.map((answer) => answer?.statusCode)).toEqual([201, 400, 201]);
    expect(answers[0]?.headers["location"]).toBe(`https://promises.example/promise?id=${encodeURIComponent(id)}`);
    expect(answers[1]?.body).toContain("name the id in a query, as in /promise?id=a%3Fb");
    expect(JSON.parse(answers[2]?.body ?? "")).toMatchObject({ id, state: "RESOLVED" });
  });

  it("takes a body that the gateway could not pass as text, as it does with curl's", async () => {
    const id = `ü/${randomUUID()}`;
    const { answers } = await invoke("api", [
      {
        ...request("POST", "/promises", undefined, { "content-type": "application/x-www-form-urlencoded" }),
        body: Buffer.from(JSON.stringify({ id, timeout: 4_102_444_800_000 })).toString("base64"),
        isBase64Encoded: true,
      },
    ]);
    expect(answers.map((answer) => answer?.statusCode)).toEqual([201]);
    expect(JSON.parse(answers[0]?.body ?? "")).toMatchObject({ id });
  });

  it("describes itself as the local server does, with its own URL", async () => {
    const { answers } = await invoke("api", [request("GET", "/openapi.json"), request("GET", "/docs")]);
    expect(answers.map((answer) => answer?.statusCode)).toEqual([200, 200]);
    const servers = [{ url: "https://promises.example" }];
    expect(JSON.parse(answers[0]?.body ?? "")).toEqual({ ...document, servers });
    expect(answers[1]?.body).toContain("https://promises.example/promises");
  });

  it("carries nothing that is for the local server, for other databases, for other languages or for its description", async () => {
    const unwanted =
      /node_modules\/@hono\/zod-openapi\/|^lib\/(local|store\/sqlite)\/|node_modules\/(commander|@hono\/node-server)\/|zod\/v4\/locales\/(?!en\.js|index\.js)/;
    const apiFiles = await bundle("functions/api.ts", freshFolder());
    expect(apiFiles).toContain("lib/protocol/rest/app.ts");
    expect(apiFiles.filter((file) => unwanted.test(file))).toEqual([]);
  });
});

describe("the poll function", () => {
  const iam = { userArn: "arn:aws:iam::123456789012:role/worker" };
  const asking = (headers: object, pathParameters: object, authorizer?: object) => ({
    headers,
    pathParameters,
    requestContext: { requestId: "r-1", ...(authorizer && { authorizer }) },
  });
  const worker = { group: "g", id: "w" };

  it("asks its worker to come again while the table is out of reach, and says so in its log", async () => {
    const event = asking({}, worker, { iam });
    const { answers, lines } = await invoke("poll", [event], { AWS_ENDPOINT_URL_DYNAMODB: "http://127.0.0.1:9" });
    expect(answers).toEqual([{ statusCode: 503, headers: { "request-id": "r-1" }, body: "Unavailable" }]);
    expect(lines).toMatchObject([{ level: "error", verb: "poll", status: 503, requestId: "r-1" }]);
  });

  it("calls each request by the worker's own name for it, in its answer and its log, or by the gateway's", async () => {
    const group = randomUUID();
    const store = dynamoStore({ client, table });
    const { key } = await issuer(store).create({ name: "reader", prefix: "", verbs: ["read"] }, Date.now());
    const offer = execute("offered", 0, `poll://any@${group}`, Date.now());
    const tags = { "resonate:target": offer.address };
    const asked = { id: offer.promiseId, timeoutAt: 4_102_444_800_000, param: {}, tags };
    // Offered again when other tests are long over: a sweep of theirs would look for its queue.
    const born = newborn(asked, { now: Date.now(), token: "t", retryMs: 86_400_000, subscriptions: [] });
    await store.attempt(creation(born), { roundTrips: 0 });
    await store.attempt(posting(offer), { roundTrips: 0 });
    const { answers, lines } = await invoke(
      "poll",
      [
        asking({ "request-id": "w-1" }, { group, id: "w" }, { iam }),
        asking({ "request-id": "w-2" }, worker),
        asking({ "request-id": "w-3", authorization: `Bearer ${key}` }, worker),
        asking({ "request-id": "no name" }, worker),
      ],
      await withAdminKey(),
    );
    const named = answers.map((answer) => [answer?.statusCode, answer?.headers["request-id"]]);
    expect(named).toEqual([
      [200, "w-1"],
      [401, "w-2"],
      [403, "w-3"],
      [401, "r-1"],
    ]);
    expect(lines.map(({ status, requestId }) => [status, requestId])).toEqual(named);
    expect(answers[0]?.headers["content-type"]).toBe("text/event-stream");
    expect(answers[0]?.body).toContain("offered");
    expect(answers[1]?.headers["www-authenticate"]).toBe("Bearer");
  });
});

describe("what the functions measure", () => {
  /** Each measurement with the dimensions that it is kept under. */
  const seriesOf = (measured: readonly Embedded[]) =>
    measured.flatMap((line) =>
      line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Metrics.map(({ Name, Unit }) => ({
          Namespace,
          Name,
          Unit,
          dimensions: Object.fromEntries((Dimensions[0] ?? []).map((name) => [name, line[name]])),
          value: line[Name],
        })),
      ),
    );

  it("is written under the names, units and dimensions that alarms and the dashboard ask for", async () => {
    const unpostable = { kind: "execute", address: "poll://any@g", id: "p", version: 0 };
    const runs = await Promise.all([
      invoke("api", [request("GET", "/health"), request("GET", "/promises/none")]),
      invoke("sweep", [{}]),
      invoke("deliver", [{ Records: [{ messageId: "1", body: JSON.stringify(unpostable) }] }]),
    ]);
    const series = seriesOf(runs.flatMap(({ measured }) => measured));
    for (const shape of [metrics.requests, metrics.requestSeconds, metrics.oldestDueSeconds, metrics.deliveries]) {
      const found = series.filter(({ Name }) => Name === shape.name);
      expect(found.length, shape.name).toBeGreaterThan(0);
      for (const { Namespace, Unit, dimensions } of found) {
        expect([Namespace, Unit]).toEqual([metricsNamespace, shape.unit]);
        expect(Object.keys(dimensions).sort()).toEqual(["service", ...shape.labels].sort());
        expect(dimensions["service"]).toBe("service");
      }
    }
    const statuses = series
      .filter(({ Name }) => Name === metrics.requests.name)
      .map(({ dimensions }) => dimensions["status"]);
    expect(statuses.sort()).toEqual(["2xx", "4xx"]);
    const outcomes = series.filter(({ Name }) => Name === metrics.deliveries.name);
    expect(outcomes.map(({ dimensions }) => dimensions["outcome"])).toEqual(["waiting"]);
  });

  it("leaves no word behind where there was nothing to measure", async () => {
    expect(await invoke("deliver", [{ Records: [] }])).toMatchObject({ measured: [], warnings: "" });
  });
});

describe("the sweep function", () => {
  it("settles what is due, once, however many run", async () => {
    const store = dynamoStore({ client, table });
    const timeoutAt = Date.now() - 1_000;
    const ids = Array.from({ length: 150 }, (_, number) => `due/${number}`);
    for (const id of ids) {
      const { write } = create(
        { id, timeoutAt, param: {}, tags: {} },
        { now: timeoutAt - 1_000, token: id, retryMs: 30_000, subscriptions: [] },
      );
      await store.attempt(write, { roundTrips: 0 });
    }

    const runs = await Promise.all([invoke("sweep", [{}]), invoke("sweep", [{}])]);
    const changed = runs.flatMap(({ lines }) => lines).reduce((sum, line) => sum + (line["changed"] as number), 0);

    const images = await store.read(ids, { roundTrips: 0 });
    expect(images.map(({ state, settledAt }) => [state, settledAt])).toEqual(
      ids.map(() => ["rejected_timedout", timeoutAt]),
    );
    expect(changed).toBe(ids.length);
  });

  it("fails where it could not do what is due, after saying so, so that it is run again", async () => {
    const failing = invoke("sweep", [{}], { AWS_ENDPOINT_URL_DYNAMODB: await closedEndpoint() });
    const { stdout, stderr } = await failing.then(
      () => ({ stdout: "", stderr: "" }),
      (error: { stdout: string; stderr: string }) => error,
    );
    expect(stderr).toContain("Error: 8 changes failed");
    expect(
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line))
        .filter((line) => line._aws === undefined),
    ).toEqual([
      expect.objectContaining({ level: "info", verb: "sweep", changed: 0, failed: 8, isDone: false }),
      expect.objectContaining({ level: "error", err: expect.objectContaining({ code: "storeUnavailable" }) }),
    ]);
  });
});

describe("the announce function", () => {
  /** A record of the stream: a promise that is resolved. */
  const resolved = (id: string, format = 1) => {
    const pending = {
      pk: { S: `promise#${id}` },
      sk: { S: id },
      format: { N: String(format) },
      state: { S: "pending" },
      tags: { S: '{"team":"music"}' },
      param: { S: '{"data":"secret"}' },
      createdAt: { N: "1000" },
      timeoutAt: { N: "2000" },
      createToken: { S: "secret" },
    };
    const { pk, sk } = pending;
    const NewImage = { ...pending, state: { S: "resolved" }, settledAt: { N: "1500" } };
    return { eventName: "MODIFY", dynamodb: { SequenceNumber: id, Keys: { pk, sk }, OldImage: pending, NewImage } };
  };

  it("puts what has happened on the bus, and has the stream bring again what it could not", async () => {
    const put: { DetailType: string; EventBusName: string; Detail: string }[] = [];
    const bus = createHttpServer(async (incoming, outgoing) => {
      const { Entries } = JSON.parse(await textOf(incoming));
      put.push(...Entries);
      const answered = Entries.map(({ Detail }: { Detail: string }) =>
        JSON.parse(Detail).id === "refused" ? { ErrorCode: "InternalFailure" } : { EventId: "e" },
      );
      outgoing.end(JSON.stringify({ Entries: answered }));
    }).listen(0, "127.0.0.1");
    await once(bus, "listening");
    const Records = [resolved("taken"), resolved("refused"), resolved("unreadable", 9)];
    const { answers, lines } = await invoke("announce", [{ Records }], {
      EVENT_BUS: "told",
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(bus.address() as AddressInfo).port}`,
    });
    bus.close();
    bus.closeAllConnections();
    expect(answers).toEqual([{ batchItemFailures: [{ itemIdentifier: "refused" }, { itemIdentifier: "unreadable" }] }]);
    expect(put.map(({ Detail }) => JSON.parse(Detail).id)).toEqual(["taken", "refused", "refused", "refused"]);
    expect(put[0]).toMatchObject({ EventBusName: "told", DetailType: "promise.resolved" });
    expect(JSON.parse(put[0]?.Detail ?? "")).toMatchObject({ service: "service", tags: { team: "music" } });
    expect(JSON.stringify([put, lines])).not.toContain("secret");
    expect(lines.at(-1)).toMatchObject({ verb: "announce", looked: 3, events: 2, failed: 2 });
  });
});

/** Where nobody listens. */
async function closedEndpoint(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return `http://127.0.0.1:${port}`;
}

describe("the deliver function", () => {
  it("signs what it posts by the keys in the secret, notes it down, and writes neither key nor secret into its log", async () => {
    const ring = withNewKey({});
    const [secret = ""] = ownSecrets(ring);
    const received: { body: string; headers: IncomingHttpHeaders }[] = [];
    const server = createHttpServer(async (incoming, outgoing) => {
      const body = await textOf(incoming);
      if (incoming.headers["x-amz-target"] === "secretsmanager.GetSecretValue") {
        expect(JSON.parse(body)).toEqual({ SecretId: "arn:signing-keys" });
        outgoing.end(JSON.stringify({ SecretString: JSON.stringify(ring) }));
      } else {
        received.push({ body, headers: incoming.headers });
        outgoing.writeHead(202).end();
      }
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const promise = { ...settled, id: `told/${randomUUID()}` };
    const parcel: Parcel = { kind: "unblock", message: unblock(promise.id, url, 2_000), promise };
    const { lines, warnings } = await invoke(
      "deliver",
      [{ Records: [{ messageId: "1", body: JSON.stringify(parcel) }] }],
      {
        AWS_ENDPOINT_URL: url,
        SIGNING_KEYS_SECRET_ARN: "arn:signing-keys",
        ANY_RECEIVER: "true",
      },
    ).finally(() => server.close());
    const [{ body, headers }] = received as [(typeof received)[0]];
    const told = new Webhook(secret).verify(body, headers as Record<string, string>);
    expect(told).toMatchObject({ kind: "unblock", data: { promise: { id: promise.id } } });
    const log = await dynamoStore({ client, table }).members("delivery", promise.id, 10, { roundTrips: 0 });
    expect(log).toMatchObject([{ id: headers["webhook-id"], state: "delivered", latest: [{ status: 202 }] }]);
    for (const kept of [secret, ring["k1"] ?? ""]) {
      expect(JSON.stringify(lines) + warnings).not.toContain(kept);
    }
  });
});
