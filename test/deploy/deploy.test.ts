/**
 * Goal: what is deployed works, from nothing to destroyed. Method: the CDK's own commands against an emulator of AWS;
 * then clients over HTTP, and the official SDKs with workers that ask their mailbox.
 */

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeTableCommand, DynamoDBClient, GetItemCommand } from "@aws-sdk/client-dynamodb";
import { CreateQueueCommand, GetQueueAttributesCommand, ReceiveMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { effectsIn } from "../sdk/effects.ts";
import { startWorker } from "../sdk/worker-process.ts";
import { request } from "../support/http.ts";
import { formTokenOf } from "../support/links.ts";
import { rpc } from "../support/rpc.ts";
import { announcedPatterns, asEvent, eventBridge, eventNames } from "./bus.ts";
import { expectGoldenLife, flawsOfTransitions } from "./conformance.ts";
import { type Emulator, startEmulator, whyNoEmulator } from "./emulator.ts";
import { poll } from "./poller.ts";
import { type Deployed, deploy } from "./stack.ts";

const excuse = await whyNoEmulator();
const far = 4_102_444_800_000;

/** What the stack is told when it is updated. */
const updated = ["-c", "retrySeconds=20"];

describe.skipIf(excuse !== undefined)(`The deployed service${excuse === undefined ? "" : `: ${excuse}`}`, () => {
  let emulator: Emulator;
  let deployed: Deployed;
  const say = (step: string) => process.stderr.write(`  ${step}\n`);

  beforeAll(async () => {
    emulator = await startEmulator();
    deployed = await deploy(emulator, say);
  }, 400_000);

  afterAll(async () => {
    deployed?.close();
    await emulator?.stop();
  });

  /** The emulator's own door to the tables. */
  const table = () =>
    new DynamoDBClient({
      endpoint: emulator.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
  const url = () => deployed.url;
  const bearer = () => `Bearer ${deployed.key}`;
  const ask = (method: string, path: string, body?: object, headers: Record<string, string> = {}) =>
    request(url(), method, path, body, { ...headers, authorization: bearer() });
  const call = (kind: string, data: object) => rpc(url(), kind, data, { auth: deployed.key });

  it("answers nobody whom it does not know, at any door, and whoever signs at the door for that", async () => {
    const strangers = [{}, { authorization: "Bearer guessed" }, { authorization: `Bearer ${deployed.key}x` }];
    for (const headers of strangers) {
      expect((await request(url(), "GET", "/promises/p", undefined, headers)).status).toBe(401);
      expect((await request(url(), "POST", "/promises", { id: "p", timeout: far }, headers)).status).toBe(401);
      expect((await fetch(`${url()}/poll/g/w`, { headers })).status).toBe(401);
    }
    expect(await rpc(url(), "promise.get", { id: "p" })).toEqual({ status: 401, data: "Unauthorized" });
    expect(await rpc(url(), "promise.get", { id: "p" }, { auth: "guessed" })).toMatchObject({ status: 401 });
    expect((await request(url(), "GET", "/health")).status).toBe(200);
    expect((await ask("GET", "/promises/p")).status).toBe(404);
    const unsigned = await fetch(`${deployed.signedUrl}/promises/p`);
    expect(unsigned.status).toBe(403);
    const signature = "AWS4-HMAC-SHA256 Credential=test/20261125/us-east-1/execute-api/aws4_request, Signature=any";
    const signed = await fetch(`${deployed.signedUrl}/promises/p`, { headers: { authorization: signature } });
    expect(signed.status).toBe(404);
  });

  it("serves promises over REST", async () => {
    const id = `purchase/${randomUUID()}`;
    const created = await ask("POST", "/promises", { id, timeout: far, param: { data: "é" } });
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe(`${url()}/promises/${id}`);
    expect((await ask("PATCH", `/promises/${id}`, { state: "RESOLVED" })).status).toBe(201);
    expect((await ask("PATCH", `/promises/${id}`, { state: "REJECTED" })).status).toBe(403);
    const { body } = await ask("GET", `/promises?id=${id}`);
    expect(body.promises).toMatchObject([{ id, state: "RESOLVED" }]);
  });

  it("answers every case of the REST protocol's table of transitions", async () => {
    const began = Date.now();
    expect(await flawsOfTransitions(ask, `table/${randomUUID()}`)).toEqual([]);
    say(`324 transitions: ${Date.now() - began} ms`);
  });

  it("answers a task's life as the RPC protocol says, each status and refusal", async () => {
    await expectGoldenLife(call, `golden-${randomUUID()}`);
  });

  it("names by a query what a path cannot carry", async () => {
    for (const name of ["a//b", "50%", "what?", "#1", "/a/", "日本 語", "a/../b"]) {
      const id = `${name}${randomUUID()}`;
      const { headers } = await ask("POST", "/promises", { id, timeout: far });
      const path = `/promise?id=${encodeURIComponent(id)}`;
      expect([id, (await ask("GET", path)).body.id]).toEqual([id, id]);
      expect((await ask("GET", (headers.get("location") ?? "").slice(url().length))).body.id).toBe(id);
      expect((await ask("PATCH", path, { state: "RESOLVED" })).status).toBe(201);
    }
  });

  it("keeps payloads that no item holds, and gives them back through both doors", async () => {
    const [id, data] = [`large/${randomUUID()}`, "€".repeat(700_000)];
    expect((await ask("POST", "/promises", { id, timeout: far, param: { data } })).status).toBe(201);
    const settled = await ask("PATCH", `/promises/${id}`, { state: "RESOLVED", value: { data } });
    expect(settled).toMatchObject({ status: 201, body: { param: { data }, value: { data } } });
    const { data: got } = await call("promise.get", { id });
    expect(got.promise).toMatchObject({ param: { data }, value: { data } });
    const Key = { pk: { S: `promise#${id}` }, sk: { S: id } };
    const { Item } = await table().send(new GetItemCommand({ TableName: deployed.outputs["TableName"], Key }));
    expect(Item?.["state"]).toEqual({ S: "resolved" });
    expect(JSON.stringify(Item).length).toBeLessThan(2_000);
  });

  it("lets whoever has a link decide, and shows what was decided", async () => {
    const id = `trip/${randomUUID()}`;
    await ask("POST", "/promises", { id, timeout: far });
    const terms = { outcomes: ["resolve", "reject"], question: "Approve 120 EUR?" };
    const made = await ask("POST", `/promises/${id}/links`, terms);
    expect(made.status).toBe(201);
    const link = url() + new URL(made.body.url).pathname;
    const page = await (await fetch(link)).text();
    expect(page).toContain(terms.question);
    const body = new URLSearchParams({ form: formTokenOf(page), decision: "reject", comment: "too dear" });
    const sent = await fetch(link, { method: "POST", body, redirect: "manual" });
    expect(sent.status).toBe(303);
    expect(await (await fetch(link)).text()).toMatch(/Rejected[\s\S]+too dear/);
    expect((await ask("GET", `/promises/${id}`)).body.state).toBe("REJECTED");
    const { body: listed } = await ask("GET", `/links?promiseId=${id}`);
    expect(listed.links).toMatchObject([{ decision: { outcome: "reject", comment: "too dear" } }]);
  });

  it("of fifty that complete one promise at once, lets one win", async () => {
    const id = randomUUID();
    await ask("POST", "/promises", { id, timeout: far });
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => ask("PATCH", `/promises/${id}`, { state: "RESOLVED" })),
    );
    expect(replies.map(({ status }) => status).toSorted()).toEqual([201, ...Array.from({ length: 49 }, () => 403)]);
  });

  it("carries a task from its offer to its end, over RPC and a worker's mailbox", async () => {
    const group = randomUUID();
    const [id, child] = [`${group}/parent`, `${group}/child`];
    await call("promise.create", { id, timeoutAt: far, tags: { "resonate:target": `poll://any@${group}` } });
    const worker = poll(url(), group, "w", bearer());
    expect((await worker.until(1, 30_000))[0]?.data.task).toEqual({ id, version: 0 });
    const lease = { pid: "w", ttl: 60_000 };
    expect(await call("task.acquire", { id, version: 0, ...lease })).toMatchObject({
      data: { task: { state: "acquired", version: 1 } },
    });
    const step = { kind: "promise.create", head: {}, data: { id: child, timeoutAt: far } };
    expect((await call("task.fence", { id, version: 1, action: step })).status).toBe(200);
    const wait = { kind: "promise.register_callback", head: {}, data: { awaited: child, awaiter: id } };
    expect((await call("task.suspend", { id, version: 1, actions: [wait] })).status).toBe(200);
    await call("promise.settle", { id: child, state: "resolved" });
    expect((await worker.until(2, 30_000))[1]?.data.task).toEqual({ id, version: 1 });
    worker.stop();
    expect((await call("task.acquire", { id, version: 1, ...lease })).data.task.version).toBe(2);
    const end = { kind: "promise.settle", head: {}, data: { id, state: "resolved", value: { data: "done" } } };
    expect((await call("task.fulfill", { id, version: 2, action: end })).data.promise).toMatchObject({
      state: "resolved",
      value: { data: "done" },
    });
  });

  it("pushes offers and news to a receiver, and repeats what failed", async () => {
    const bodies: { kind: string; data: { task?: { id: string }; promise?: { id: string; value: object } } }[] = [];
    // Larger than a queue's message may be.
    const value = { data: "€".repeat(500_000) };
    let refusals = 1;
    const receiver = createServer(async (incoming, outgoing) => {
      const text = Buffer.concat(await Array.fromAsync(incoming)).toString();
      const isRefused = JSON.parse(text).kind === "unblock" && refusals-- > 0;
      bodies.push(...(isRefused ? [] : [JSON.parse(text)]));
      outgoing.writeHead(isRefused ? 500 : 200).end();
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const id = randomUUID();
    await call("promise.create", { id, timeoutAt: far, tags: { "resonate:target": address } });
    await call("promise.register_listener", { awaited: id, address });
    await call("promise.settle", { id, state: "resolved", value });
    await expect
      .poll(() => bodies.map(({ kind }) => kind).toSorted(), { timeout: 20_000 })
      .toEqual(["execute", "unblock"]);
    expect(bodies.find(({ kind }) => kind === "unblock")?.data.promise).toMatchObject({ id, value });
    receiver.close();
  });

  const queues = () =>
    new SQSClient({
      endpoint: emulator.url,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "test" },
    });
  const receive = async (QueueUrl: string | undefined) => {
    const { Messages = [] } = await queues().send(new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 1 }));
    return Messages.map(({ Body = "" }) => JSON.parse(Body));
  };

  it("hands an offer to a queue of the account", async () => {
    const { QueueUrl } = await queues().send(new CreateQueueCommand({ QueueName: "jobs" }));
    const id = `job/${randomUUID()}`;
    await call("promise.create", { id, timeoutAt: far, tags: { "resonate:target": "sqs://jobs" } });
    await expect
      .poll(() => receive(QueueUrl), { timeout: 20_000 })
      .toMatchObject([{ kind: "execute", head: { serverUrl: url() }, data: { task: { id, version: 0 } } }]);
  });

  it("announces what happens to promises on a bus, whose rules pick by prefix, tag and state", async () => {
    const { QueueUrl } = await queues().send(new CreateQueueCommand({ QueueName: "announced" }));
    const asked = { QueueUrl, AttributeNames: ["QueueArn" as const] };
    const { Attributes } = await queues().send(new GetQueueAttributesCommand(asked));
    const bus = eventBridge(emulator);
    const front = `order/${randomUUID()}`;
    const pattern = {
      source: ["resonate"],
      "detail-type": [{ prefix: "promise." }],
      detail: { id: [{ prefix: `${front}/` }], tags: { team: ["music"] } },
    };
    await bus("PutRule", { Name: "told", EventPattern: JSON.stringify(pattern) });
    await bus("PutTargets", { Rule: "told", Targets: [{ Id: "queue", Arn: Attributes?.QueueArn }] });

    const make = (id: string, tags: object) => ask("POST", "/promises", { id, timeout: far, tags });
    await make(`${front}/1`, { team: "music" });
    await make(`${front}/2`, { team: "film" });
    await make(`${front}/3:0`, { team: "music", "resonate:scope": "local" });
    await make(`other/${front}`, { team: "music" });
    await ask("PATCH", `/promises/${front}/1`, { state: "RESOLVED", value: { data: "secret" } });
    const told: { "detail-type": string; source: string; detail: object }[] = [];
    await expect
      .poll(async () => told.push(...(await receive(QueueUrl))), { timeout: 20_000, interval: 10 })
      .toBeGreaterThanOrEqual(2);
    expect(told.map((event) => [event["detail-type"], event.detail])).toEqual([
      ["promise.created", expect.objectContaining({ id: `${front}/1`, state: "pending", tags: { team: "music" } })],
      ["promise.resolved", expect.objectContaining({ id: `${front}/1`, state: "resolved" })],
    ]);
    expect(JSON.stringify(told)).not.toContain("secret");
  });

  it.each(announcedPatterns())("knows the pattern of the page of events: %s", async (title, pattern, matched) => {
    const bus = eventBridge(emulator);
    const answers = await Promise.all(
      eventNames.map((name) =>
        bus("TestEventPattern", { EventPattern: pattern, Event: JSON.stringify(asEvent(name)) }),
      ),
    );
    expect([title, eventNames.filter((_, at) => answers[at]?.["Result"] === true)]).toEqual([title, matched]);
  });

  it.each([1_000, 10_000])("tells of a deadline %i ms away within seconds of it, nobody asking", async (ms) => {
    const group = randomUUID();
    const worker = poll(url(), group, "w", bearer());
    const id = `${group}/timer`;
    const timeoutAt = Date.now() + ms;
    await call("promise.create", { id, timeoutAt, tags: { "resonate:timer": "true" } });
    await call("promise.register_listener", { awaited: id, address: `poll://uni@${group}/w` });
    const [news] = await worker.until(1, ms + 15_000);
    expect(news?.data.promise).toMatchObject({ id, state: "resolved", settledAt: timeoutAt });
    worker.stop();
    const lateMs = (news?.at ?? 0) - timeoutAt;
    say(`a deadline ${ms} ms away: told ${lateMs} ms late`);
    expect(lateMs).toBeLessThan(5_000);
  });

  // A worker counts as ready when it is first answered, which may be when its request has been held to the end.
  it.concurrent.each(inject("sdkClients").map((client) => [client.name, client] as const))(
    "runs functions of the official client %s, unchanged",
    async (_, client) => {
      if (client.absent !== undefined) {
        return;
      }
      const folder = mkdtempSync(join(tmpdir(), "deployed-sdk-"));
      const effects = effectsIn(folder);
      const group = `group-${randomUUID().slice(0, 8)}`;
      const hire = (pid: string) =>
        startWorker(client, {
          url: url(),
          pid,
          group,
          effects: folder,
          ttlMs: 60_000,
          editions: [],
          token: deployed.key,
        });
      const [front, worker] = await Promise.all([hire(`front-${group}`), hire(`worker-${group}`)]);
      try {
        const id = `climb-${randomUUID().slice(0, 8)}`;
        const { result } = front.rpc({ id, name: "climb", args: [id, 3, 0], target: group });
        expect(await result).toEqual(["step 1", "step 2", "step 3"]);
        expect(effects.names(id, "done")).toEqual(["step 1", "step 2", "step 3"]);
      } finally {
        await Promise.all([front.kill(), worker.kill()]);
        rmSync(folder, { recursive: true, force: true });
      }
    },
  );

  it("keeps serving while it is updated: nothing that it acknowledged is missing, and what was there before still is", async () => {
    const before = `before/${randomUUID()}`;
    await ask("POST", "/promises", { id: before, timeout: far });
    const front = `during/${randomUUID()}`;
    const acknowledged: string[] = [];
    let isUpdated = false;
    let repeats = 0;
    /** As a client does it: what was not answered, or with a failure that may pass, is asked again. */
    const until = async (statuses: readonly number[], work: () => Promise<{ status: number }>) => {
      for (;;) {
        const status = await work().then(
          (reply) => reply.status,
          () => 0,
        );
        if (statuses.includes(status)) {
          return;
        }
        expect(status === 0 || status >= 500, `answered ${status}`).toBe(true);
        repeats += 1;
      }
    };
    const client = async (name: string) => {
      for (let number = 0; !isUpdated || number === 0; number++) {
        const id = `${front}/${name}/${number}`;
        const key = { "idempotency-key": id };
        await until([200, 201], () => ask("POST", "/promises", { id, timeout: far }, key));
        await until([200, 201], () => ask("PATCH", `/promises/${id}`, { state: "RESOLVED" }, key));
        acknowledged.push(id);
      }
    };
    const clients = ["a", "b", "c"].map(client);
    await deployed.cdk("deploy", "Resonate", "--require-approval", "never", ...updated);
    isUpdated = true;
    await Promise.all(clients);
    say(`an update under traffic: ${acknowledged.length} promises settled meanwhile, ${repeats} requests repeated`);
    for (const id of acknowledged) {
      expect((await ask("GET", `/promises/${id}`)).body).toMatchObject({ id, state: "RESOLVED" });
    }
    expect((await ask("PATCH", `/promises/${before}`, { state: "RESOLVED" })).status).toBe(201);
  });

  it("has nothing left to deploy, and leaves the promises where they are when it is destroyed", async () => {
    expect(await deployed.cdk("diff", "Resonate", ...updated)).toMatch(/no differences/i);
    await deployed.cdk("destroy", "Resonate", "--force");
    const { Table } = await table().send(new DescribeTableCommand({ TableName: deployed.outputs["TableName"] }));
    expect(Table?.TableStatus).toBe("ACTIVE");
  });
});
