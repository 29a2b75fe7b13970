/**
 * Goal: hooks work as they are deployed. Method: the bundles of the functions that have to do with them run in processes of
 * their own, over the test engine's DynamoDB and a Secrets Manager that keeps what it is given.
 */

import { execFile } from "node:child_process";
import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { json } from "node:stream/consumers";
import { promisify } from "node:util";
import { GetCommand } from "@aws-sdk/lib-dynamodb";
import { marshall } from "@aws-sdk/util-dynamodb";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { freshTable, testClient } from "../support/stores.ts";

const runner = `
  const { handler } = await import(process.argv[1]);
  const answers = [];
  for (const event of JSON.parse(process.argv[2])) {
    answers.push(await handler(event, {}));
  }
  process.stdout.write("\\nANSWERS" + JSON.stringify(answers));
`;

const client = testClient();
const secrets = new Map([["admin", "the administrator's key"]]);
const ofHooks = () => [...secrets].flatMap(([name, secret]) => (name.startsWith("service/") ? [secret] : [])).sort();
const asked: string[] = [];
let table: string;

interface Asked {
  readonly Name?: string;
  readonly SecretId?: string;
  readonly SecretString?: string;
}

/** Keeps secrets as the real one does, as far as it is asked here. */
const manager = createServer(async (request, response) => {
  const target = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
  const { Name, SecretId = Name ?? "", SecretString = "" } = (await json(request)) as Asked;
  asked.push(target);
  const isThere = secrets.has(SecretId);
  const refusal =
    target === "CreateSecret"
      ? isThere && "ResourceExistsException"
      : !isThere && "com.amazonaws#ResourceNotFoundException";
  if (target === "CreateSecret" && !isThere) {
    secrets.set(SecretId, SecretString);
  }
  const answer = { SecretString: secrets.get(SecretId) };
  if (target === "DeleteSecret") {
    secrets.delete(SecretId);
  }
  response.statusCode = refusal ? 400 : 200;
  response.end(JSON.stringify(refusal ? { __type: refusal } : answer));
});

beforeAll(async () => {
  table = await freshTable(client);
  await once(manager.listen(0, "127.0.0.1"), "listening");
});

afterAll(() => {
  client.destroy();
  manager.close();
});

async function invoke(name: string, ...events: object[]) {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", runner, join(inject("bundles"), name, "index.mjs"), JSON.stringify(events)],
    {
      env: {
        PATH: process.env["PATH"],
        TABLE_NAME: table,
        PUBLIC_URLS: "https://promises.example",
        RETRY_SECONDS: "30",
        DELIVERY_QUEUE_URL: "http://127.0.0.1:9/delivery",
        DELAY_QUEUE_URL: "http://127.0.0.1:9/delays",
        BODIES_BUCKET: "bodies",
        SERVICE_NAME: "service",
        HOOK_SECRETS_PREFIX: "service/",
        ADMIN_KEY_SECRET_ARN: "admin",
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "test",
        AWS_ENDPOINT_URL: `http://127.0.0.1:${(manager.address() as AddressInfo).port}`,
        AWS_ENDPOINT_URL_DYNAMODB: inject("dynamoEndpoint"),
      },
    },
  );
  const [logs = "", answers = "[]"] = stdout.split("\nANSWERS");
  return { logs, answers: JSON.parse(answers) as { statusCode: number; body: string }[] };
}

const event = (method: string, path: string, body: string | undefined, headers: object, iam?: object) => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: path,
  rawQueryString: "",
  headers: { host: "promises.example", "content-type": "application/json", ...headers },
  requestContext: { domainName: "promises.example", http: { method, path }, ...(iam && { authorizer: { iam } }) },
  isBase64Encoded: body !== undefined,
  ...(body !== undefined && { body: Buffer.from(body).toString("base64") }),
});

const known = (method: string, path: string, body?: object) =>
  event(method, path, body && JSON.stringify(body), {}, { userArn: "arn:aws:iam::000000000000:user/test" });

it("an event of Stripe's completes a promise, and one of GitHub's that comes first does when the stream tells of its creation", async () => {
  const [stripe, github] = ["what Stripe signs with", "what GitHub signs with"];
  const definition = { promiseId: { path: "$.promise" }, otherwise: "resolve" };
  const timeout = 4_102_444_800_000;
  const { answers: made } = await invoke(
    "api",
    known("PUT", "/hooks/stripe/config", { definition: { provider: "stripe", ...definition }, secrets: [stripe] }),
    known("PUT", "/hooks/github/config", { definition: { provider: "github", ...definition }, secrets: [github] }),
    known("POST", "/promises", { id: "paid", timeout }),
  );
  expect(made.map(({ statusCode }) => statusCode)).toEqual([201, 201, 201]);
  expect(ofHooks()).toEqual([stripe, github].sort());
  expect(asked).not.toContain("GetSecretValue");

  const paid = JSON.stringify({ id: "evt_1", type: "paid", promise: "paid" });
  const at = Math.floor(Date.now() / 1_000);
  const stripeSignature = `t=${at},v1=${createHmac("sha256", stripe).update(`${at}.${paid}`).digest("hex")}`;
  const pushed = JSON.stringify({ promise: "pushed", text: "ü" });
  const headers = {
    "x-hub-signature-256": `sha256=${createHmac("sha256", github).update(pushed).digest("hex")}`,
    "x-github-event": "push",
    "x-github-delivery": "1",
  };
  const { answers, logs } = await invoke(
    "hooks",
    event("POST", "/hooks/stripe", paid, { "stripe-signature": stripeSignature }),
    event("POST", "/hooks/stripe", paid, { "stripe-signature": stripeSignature }),
    event("POST", "/hooks/github", pushed, headers),
    event("POST", "/hooks/github", `${pushed} `, headers),
    event("POST", "/hooks/nobody", pushed, headers),
    event("GET", "/hooks/github", undefined, {}),
    event("POST", "/hooks/github/dry-run", JSON.stringify({ headers, body: pushed }), {}),
    known("POST", "/hooks/github/dry-run", { headers, body: pushed }),
  );
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([200, 200, 200, 401, 401, 401, 401, 200]);
  expect(answers.slice(0, 3).map(({ body }) => JSON.parse(body).outcome)).toEqual(["settled", "duplicate", "kept"]);
  expect(JSON.parse(answers.at(-1)?.body ?? "")).toMatchObject({ verified: true, outcome: "kept" });
  expect(logs).not.toContain(github);

  await invoke("api", known("POST", "/promises", { id: "pushed", timeout }));
  const { Item = {} } = await client.send(
    new GetCommand({ TableName: table, Key: { pk: "promise#pushed", sk: "pushed" } }),
  );
  const [Keys, NewImage] = [marshall({ pk: Item["pk"], sk: Item["sk"] }), marshall(Item)];
  await invoke("advance", { Records: [{ dynamodb: { Keys, NewImage, SequenceNumber: "1" } }] });
  const { answers: ended } = await invoke(
    "api",
    known("GET", "/promises/paid"),
    known("GET", "/promises/pushed"),
    known("GET", "/hooks/github/kept"),
    known("DELETE", "/hooks/github/config"),
  );
  const [first, second, kept] = ended.slice(0, 3).map(({ body }) => JSON.parse(body));
  expect([first.state, second.state, second.value.data, kept.count]).toEqual(["RESOLVED", "RESOLVED", pushed, 0]);
  expect([ended.at(-1)?.statusCode, ofHooks()]).toEqual([204, [stripe]]);
});
