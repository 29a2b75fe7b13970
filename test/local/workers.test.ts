/**
 * Workers over the network: what is offered to whom, and what waits for them.
 *
 * Method: real servers, real streams; each test has a group of its own.
 */

import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { LocalServer } from "#lib/local/server.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { serve as serveHere } from "../support/listener.ts";
import { serving } from "../support/local-server.ts";
import { listen, rpc } from "../support/rpc.ts";
import { everyStore, freshTable, type Opened, testClient } from "../support/stores.ts";

const timeoutAt = 4_102_444_800_000;
const retryMs = 1_000;
const leaseMs = 60_000;

async function serve({ store, close }: Opened, isShared: boolean): Promise<LocalServer> {
  onTestFinished(close);
  return serving(store, { retryMs, ...(isShared && { shared: { sweepEveryMs: 200, mailboxEveryMs: 100 } }) });
}

const target = (group: string) => ({ "resonate:target": `poll://any@${group}` });

const create = (url: string, id: string, tags: object) => rpc(url, "promise.create", { id, timeoutAt, tags });

const offered = (messages: readonly { data: { task?: { id: string } } }[]) => messages.map(({ data }) => data.task?.id);

describe.each(everyStore)("Over %s", (name, open) => {
  const setUp = async () => ({ server: await serve(await open(), name !== "SQLite"), group: randomUUID() });

  it("a task is offered as soon as it is made, with the server's URL and its version", async () => {
    const { server, group } = await setUp();
    const worker = await listen(server.url, group, "w");
    await create(server.url, `${group}/1`, target(group));
    const [message] = await worker.until(1);
    expect(message).toMatchObject({
      kind: "execute",
      head: { serverUrl: server.url },
      data: { task: { id: `${group}/1`, version: 0 } },
    });
  });

  it("an offer that nobody was there for waits for the first worker of its group", async () => {
    const { server, group } = await setUp();
    await create(server.url, `${group}/1`, target(group));
    await create(server.url, `${group}/2`, target(group));
    await listen(server.url, "others", "w");
    const worker = await listen(server.url, group, "w");
    const began = Date.now();
    expect(offered(await worker.until(2)).toSorted()).toEqual([`${group}/1`, `${group}/2`]);
    expect(Date.now() - began).toBeLessThan(retryMs);
  });

  it("an offer that has waited is not made of a task that somebody has taken meanwhile", async () => {
    const { server, group } = await setUp();
    const id = `${group}/1`;
    await create(server.url, id, target(group));
    await rpc(server.url, "task.acquire", { id, version: 0, pid: "p", ttl: leaseMs });
    const worker = await listen(server.url, group, "w");
    await sleep(300);
    expect(worker.messages).toEqual([]);
  });

  it("a task that nobody takes is offered again to another, and no more once it is taken", async () => {
    const { server, group } = await setUp();
    const workers = [await listen(server.url, group, "w1"), await listen(server.url, group, "w2")];
    const id = `${group}/1`;
    await create(server.url, id, target(group));
    const [first, second] = workers.map((worker) => worker.until(1, 5 * retryMs));
    const times = (await Promise.all([first, second])).map((messages) => messages?.[0]?.at ?? 0);
    expect(Math.abs((times[0] ?? 0) - (times[1] ?? 0))).toBeGreaterThan(retryMs / 2);
    await rpc(server.url, "task.acquire", { id, version: 0, pid: "w2", ttl: leaseMs });
    const offers = workers.reduce((sum, { messages }) => sum + messages.length, 0);
    await sleep(2 * retryMs);
    expect(workers.reduce((sum, { messages }) => sum + messages.length, 0)).toBe(offers);
  });

  it("a delayed task is offered when its time comes, and a timer's never is", async () => {
    const { server, group } = await setUp();
    const worker = await listen(server.url, group, "w");
    const delay = Date.now() + 700;
    await create(server.url, `${group}/timer`, { ...target(group), "resonate:timer": "true" });
    await create(server.url, `${group}/later`, { ...target(group), "resonate:delay": String(delay) });
    const [message] = await worker.until(1);
    expect(message?.data.task.id).toBe(`${group}/later`);
    expect(message?.at).toBeGreaterThanOrEqual(delay);
    await sleep(retryMs + 300);
    expect(offered(worker.messages)).not.toContain(`${group}/timer`);
  });

  it("a task that is released in a loop is offered less and less often", async () => {
    const { server, group } = await setUp();
    const id = `${group}/1`;
    const worker = await listen(server.url, group, "w");
    await create(server.url, id, target(group));
    const until = Date.now() + 4_000;
    let version = 0;
    for (let seen = 0; Date.now() < until; ) {
      if (worker.messages.length > seen) {
        seen = worker.messages.length;
        const { status } = await rpc(server.url, "task.acquire", { id, version, pid: "w", ttl: leaseMs });
        expect(status).toBe(200);
        version += 1;
        await rpc(server.url, "task.release", { id, version });
      }
      await sleep(5);
    }
    // Two give-ups are free; then it waits as long as a retry, which is short here.
    expect(version).toBeGreaterThan(3);
    expect(version).toBeLessThan(9);
    const { data } = await rpc(server.url, "task.get", { id });
    expect(data.task).toMatchObject({ state: "pending", giveUps: version });
  });

  it("a listener is told of the end, whether it is connected then or comes later", async () => {
    const { server, group } = await setUp();
    const id = `${group}/1`;
    await create(server.url, id, {});
    for (const each of ["here", "later"]) {
      const address = `poll://uni@${group}/${each}`;
      expect((await rpc(server.url, "promise.register_listener", { awaited: id, address })).status).toBe(200);
    }
    const here = await listen(server.url, group, "here");
    await rpc(server.url, "promise.settle", { id, state: "resolved", value: { data: "é" } });
    expect(await here.until(1)).toMatchObject([
      { kind: "unblock", head: {}, data: { promise: { id, state: "resolved", value: { data: "é" } } } },
    ]);
    const later = await listen(server.url, group, "later");
    expect(await later.until(1)).toMatchObject([{ kind: "unblock", data: { promise: { id } } }]);
    await sleep(300);
    expect([here.messages.length, later.messages.length]).toEqual([1, 1]);
  });

  it("all that has waited for a worker is sent as soon as it comes, however much it is", async () => {
    const { server, group } = await setUp();
    const address = `poll://uni@${group}/late`;
    const ids = Array.from({ length: 230 }, (_, number) => `${group}/${number}`);
    await Promise.all(
      ids.map(async (id) => {
        await create(server.url, id, {});
        await rpc(server.url, "promise.register_listener", { awaited: id, address });
        await rpc(server.url, "promise.settle", { id, state: "resolved" });
      }),
    );
    // By now each has been tried in vain, and waits longer than this test does.
    await sleep(4_000);
    const worker = await listen(server.url, group, "late");
    await worker.until(ids.length, 1_500);
    expect(new Set(worker.messages.map(({ data }) => data.promise.id)).size).toBe(ids.length);
  });

  it("a receiver with a URL that fails is told again until it has taken the news", async () => {
    const { server, group } = await setUp();
    const bodies: string[] = [];
    const url = await receive(async (request, attempt) => {
      bodies.push(await textOf(request));
      return attempt < 3 ? 500 : 204;
    });
    const id = `${group}/1`;
    await create(server.url, id, {});
    await rpc(server.url, "promise.register_listener", { awaited: id, address: url });
    await rpc(server.url, "promise.settle", { id, state: "rejected" });
    await expect.poll(() => bodies.length, { timeout: 20_000 }).toBe(3);
    await sleep(500);
    expect(bodies).toHaveLength(3);
    expect(JSON.parse(bodies[2] ?? "")).toMatchObject({
      kind: "unblock",
      data: { promise: { id, state: "rejected" } },
    });
  });

  it("a stop ends the streams of workers, and takes less than a second", async () => {
    const { server } = await setUp();
    await Promise.all(["1", "2", "3"].map((id) => listen(server.url, "g", id)));
    const began = Date.now();
    await server.stop();
    expect(Date.now() - began).toBeLessThan(1_000);
  });
});

it("what one server of a shared table is told reaches the workers of the other", async () => {
  const client = testClient();
  const table = await freshTable(client);
  const opened = () => ({ store: dynamoStore({ client, table }), close: () => {} });
  const [one, two] = [await serve(opened(), true), await serve(opened(), true)];
  onTestFinished(() => client.destroy());
  const group = randomUUID();
  const worker = await listen(two.url, group, "w");
  const ids = Array.from({ length: 20 }, (_, number) => `${group}/${number}`);
  await Promise.all(ids.map((id) => create(one.url, id, target(group))));
  await rpc(one.url, "promise.register_listener", { awaited: `${group}/0`, address: `poll://uni@${group}/w` });
  expect(new Set(offered(await worker.until(20)))).toEqual(new Set(ids));
  await rpc(one.url, "promise.settle", { id: `${group}/0`, state: "resolved" });
  await expect.poll(() => worker.messages.filter(({ kind }) => kind === "unblock").length, { timeout: 5_000 }).toBe(1);
});

/** A receiver that answers each attempt with a status. */
async function receive(answer: (request: IncomingMessage, attempt: number) => Promise<number>): Promise<string> {
  let attempts = 0;
  const { url } = await serveHere(async (request, response) => {
    attempts += 1;
    response.writeHead(await answer(request, attempts)).end();
  });
  return `${url}/`;
}

const textOf = async (request: IncomingMessage): Promise<string> =>
  Buffer.concat(await Array.fromAsync(request)).toString();
