/**
 * Goal: every route is served behind a function URL, and workers listen there on streams. Method: the bundle as it is
 * deployed, in a process that plays Lambda, asked over HTTP; the tests write into the mailboxes what deliver would.
 */

import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { issuer } from "#lib/access/issue.ts";
import { execute, posting, type Scope } from "#lib/core/index.ts";
import { metrics } from "#lib/ports/metrics.ts";
import type { Store } from "#lib/ports/store.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { until } from "../dispatch/serving.ts";
import { listen } from "../dispatch/streams.ts";
import { adminKey, type FunctionUrl, startFunctionUrl } from "../support/function-url.ts";
import { freshTable, testClient } from "../support/stores.ts";

const cost = { roundTrips: 0 };
const client = testClient();
const openSeconds = 2;
const timeout = 4_102_444_800_000;

let store: Store;
let served: FunctionUrl;
let bearer: Record<string, string>;

const keyFor = async (prefix: string, verbs: readonly Scope[] = ["read", "write", "task", "schedule"]) => {
  const { key } = await issuer(store).create({ name: "", prefix, verbs }, Date.now());
  return { authorization: `Bearer ${key}` };
};

beforeAll(async () => {
  const table = await freshTable(client);
  store = dynamoStore({ client, table });
  served = await startFunctionUrl(join(inject("bundles"), "stream/index.mjs"), {
    TABLE_NAME: table,
    OPEN_SECONDS: String(openSeconds),
  });
  bearer = await keyFor("");
});

afterAll(async () => {
  await served.stop();
  client.destroy();
});

const ask = async (method: string, path: string, body?: object, headers = bearer) => {
  const response = await fetch(served.url + path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
};

/** A task of a group, and its offer in the mailbox. */
const offer = async (group: string, id = randomUUID() as string) => {
  const tags = { "resonate:target": `poll://any@${group}` };
  expect((await ask("POST", "/promises", { id, timeout, tags })).status).toBe(201);
  await store.attempt(posting(execute(id, 0, `poll://any@${group}`, Date.now())), cost);
  return id;
};

describe("Behind its function URL", () => {
  it.each(["50%?/#", "a//b", "a/", "grün & gut", "%25", "a%2Fb"])(
    "a promise is created, found and settled by its path, whatever its id: %s",
    async (id) => {
      const path = `/promises/${encodeURIComponent(`${id}${randomUUID()}`)}`;
      const named = decodeURIComponent(path.slice("/promises/".length));
      expect((await ask("POST", "/promises", { id: named, timeout })).status).toBe(201);
      const settled = await ask("PATCH", path, { state: "RESOLVED" });
      expect([settled.status, JSON.parse(settled.text)]).toMatchObject([201, { id: named, state: "RESOLVED" }]);
      expect((await ask("GET", path)).status).toBe(200);
    },
  );

  it("ids with the function's own URL in front name the same promises", async () => {
    const id = randomUUID();
    const own = `https://own.lambda-url.example/promises/${id}`;
    expect((await ask("POST", "/promises", { id: own, timeout })).status).toBe(201);
    expect(JSON.parse((await ask("GET", `/promises/${id}`)).text)).toMatchObject({ id });
  });

  it("RPC, the pages of links, the description and the health check are served like REST", async () => {
    const envelope = { kind: "promise.get", head: { corrId: "c", version: "2026-04-01" }, data: { id: "none" } };
    const asked = await Promise.all([
      ask("POST", "/", envelope),
      ask("GET", "/links/nonsense", undefined, {}),
      ask("GET", "/openapi.json", undefined, {}),
      ask("GET", "/health", undefined, {}),
      ask("HEAD", "/health", undefined, {}),
      ask("GET", "/nowhere"),
      ask("DELETE", "/health"),
    ]);
    expect(asked.map(({ status }) => status)).toEqual([404, 404, 200, 200, 200, 404, 405]);
    expect(asked[1]?.headers.get("content-type")).toContain("text/html");
  });

  it("whoever has no key, or a key that may not listen, hears nothing", async () => {
    for (const [path, headers, status] of [
      ["/promises?id=*", { authorization: `Bearer ${adminKey}` }, 200],
      ["/promises?id=*", {}, 401],
      ["/poll/g/w", {}, 401],
      ["/poll/g/w", await keyFor("mine/", ["read"]), 403],
    ] as const) {
      expect((await ask("GET", path, undefined, headers)).status).toBe(status);
    }
  });

  it("a worker hears on its stream what waits and what comes, until the stream ends by itself", async () => {
    const began = Date.now();
    const waited = await offer("g");
    const worker = await listen(served.url, "/poll/g/w", bearer);
    expect(worker.answer.headers.get("content-type")).toBe("text/event-stream");
    await until(() => worker.text().startsWith(":\n\n") && worker.heard().length === 1);
    const came = await offer("g");
    await until(() => worker.heard().length === 2);
    await worker.ended;
    expect(worker.heard()).toEqual([waited, came]);
    expect(Date.now() - began).toBeGreaterThanOrEqual((openSeconds - 0.5) * 1_000);
    await until(() => served.lines().some(({ verb, messages }) => verb === "listen" && messages === 2));
    expect(served.troubles()).toEqual([]);
  });

  it("a worker hears of nothing outside its key's prefix", async () => {
    const headers = await keyFor("mine/");
    const worker = await listen(served.url, "/poll/apart/w", headers);
    await offer("apart", "theirs/1");
    const mine = await offer("apart", `mine/${randomUUID()}`);
    await worker.ended;
    expect(worker.heard()).toEqual([mine]);
    expect(await store.members("message", "poll://any@apart", 10, cost)).toHaveLength(1);
  });

  it("what is taken for a worker that has gone is lost, as no function sees it go: the task is offered again", async () => {
    const carried = () => served.lines().filter(({ verb, messages }) => verb === "listen" && messages === 1).length;
    const before = carried();
    const worker = await listen(served.url, "/poll/gone/w", bearer);
    worker.drop();
    const id = await offer("gone");
    await until(() => carried() > before);
    expect(await store.members("message", "poll://any@gone", 10, cost)).toEqual([]);
    expect(await store.get(id, cost)).toMatchObject({ taskState: "pending", retryAt: expect.any(Number) });
    expect(served.troubles()).toEqual([]);
  });

  it("requests are logged and measured as behind the other endpoints", () => {
    const logged = served.lines().filter(({ verb, status }) => verb === "create" && status === 201);
    expect(logged[0]).toMatchObject({ method: "POST", principal: expect.stringContaining("key:") });
    const names = new Set(served.measured().flatMap((line) => Object.keys(line)));
    expect([...names]).toEqual(expect.arrayContaining([metrics.requests.name, metrics.requestSeconds.name]));
  });
});
