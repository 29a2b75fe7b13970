/**
 * Goal: the functions work as they are deployed: bundled into one file, configured by their environment, and asked by
 * events. Method: each bundle runs in a process of its own, against the test engine's DynamoDB.
 */

import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { bundle } from "../../infra/bundle.ts";
import { freshTable, testClient } from "../support/stores.ts";

const bundleBytesMax = 700_000;

/** Hands each event to the handler in turn, and prints what it answers behind the log lines. */
const runner = `
  const { handler } = await import(process.argv[1]);
  const answers = [];
  for (const event of JSON.parse(process.argv[2])) {
    answers.push(await handler(event, { getRemainingTimeInMillis: () => 60_000 }));
  }
  process.stdout.write("\\nANSWERS" + JSON.stringify(answers));
`;

let folder: string;
let table: string;
const client = testClient();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "functions-"));
  table = await freshTable(client);
  await Promise.all(["api", "sweep"].map((name) => bundle(`functions/${name}.ts`, join(folder, name))));
});

afterAll(async () => {
  client.destroy();
  await rm(folder, { recursive: true });
});

async function invoke(name: string, events: readonly object[]) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", runner, join(folder, name, "index.mjs"), JSON.stringify(events)],
    {
      env: {
        PATH: process.env["PATH"],
        TABLE_NAME: table,
        PUBLIC_URLS: "https://promises.example,https://api.example",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL_DYNAMODB: inject("dynamoEndpoint"),
      },
    },
  );
  const [logs = "", answers = "[]"] = stdout.split("\nANSWERS");
  return {
    answers: JSON.parse(answers) as ({ statusCode: number; headers: Record<string, string>; body: string } | null)[],
    lines: logs
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

/** A request as an HTTP API hands it over: its path decoded. */
const request = (method: string, rawPath: string, body?: object, headers: Record<string, string> = {}) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath,
  rawQueryString: "",
  headers: { host: "api.example", "content-type": "application/json", ...headers },
  requestContext: { domainName: "api.example", http: { method, path: rawPath } },
  isBase64Encoded: false,
  ...(body && { body: JSON.stringify(body) }),
});

describe("the API function", () => {
  it("creates, reads and completes a promise, whatever its id", async () => {
    const id = `a b/50%/ü/${randomUUID()}`;
    const { answers, lines } = await invoke("api", [
      request("POST", "/promises", { id, timeout: 4_102_444_800_000 }),
      request("GET", `/promises/${id}`),
      request("PATCH", `/promises/https://api.example/promises/${id}`, { state: "RESOLVED" }),
      request("GET", "/nowhere"),
    ]);
    expect(answers.map((answer) => answer?.statusCode)).toEqual([201, 200, 201, 404]);
    expect(JSON.parse(answers[1]?.body ?? "")).toMatchObject({ id, state: "PENDING" });
    expect(answers[0]?.headers["location"]).toMatch(/^https:\/\/promises\.example\/promises\/a%20b\/50%25\//);
    expect(lines.map(({ verb, status, roundTrips }) => [verb, status, roundTrips])).toEqual([
      ["create", 201, 1],
      ["get", 200, 1],
      ["settle", 201, 1],
      [undefined, 404, 0],
    ]);
    expect(JSON.stringify(lines)).not.toContain("50%");
  });

  it(`is one file of at most ${bundleBytesMax} bytes`, async () => {
    expect((await stat(join(folder, "api/index.mjs"))).size).toBeLessThanOrEqual(bundleBytesMax);
  });
});

describe("the sweep function", () => {
  it("settles what is due, once, however many run", async () => {
    const soon = Date.now() + 500;
    const ids = Array.from({ length: 150 }, (_, number) => `due/${number}`);
    await invoke(
      "api",
      ids.map((id) => request("POST", "/promises", { id, timeout: soon })),
    );
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, soon - Date.now())));

    const runs = await Promise.all([invoke("sweep", [{}]), invoke("sweep", [{}])]);
    const changed = runs.flatMap(({ lines }) => lines).reduce((sum, line) => sum + (line["changed"] as number), 0);

    const images = await dynamoStore({ client, table }).read(ids, { roundTrips: 0 });
    expect(images.map(({ state, settledAt }) => [state, settledAt])).toEqual(
      ids.map(() => ["rejected_timedout", soon]),
    );
    expect(changed).toBe(ids.length);
  });
});
