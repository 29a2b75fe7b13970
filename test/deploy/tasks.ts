import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { toKeyRing } from "#lib/access/key-ring.ts";
import { ownSecrets } from "#lib/access/signer.ts";
import { far, type Scenarios } from "./stand.ts";

/** Tasks, and messages on their way. */
export const tasks: Scenarios = (stand) => {
  it("carries a task from its offer to its end, over RPC and a worker's mailbox", async () => {
    const group = randomUUID();
    const [id, child] = [`${group}/parent`, `${group}/child`];
    await stand().call("promise.create", { id, timeoutAt: far, tags: { "resonate:target": `poll://any@${group}` } });
    const worker = stand().listen(group, "w");
    expect((await worker.until(1, 30_000))[0]?.data.task).toEqual({ id, version: 0 });
    const lease = { pid: "w", ttl: 60_000 };
    expect(await stand().call("task.acquire", { id, version: 0, ...lease })).toMatchObject({
      data: { task: { state: "acquired", version: 1 } },
    });
    const step = { kind: "promise.create", head: {}, data: { id: child, timeoutAt: far } };
    expect((await stand().call("task.fence", { id, version: 1, action: step })).status).toBe(200);
    const wait = { kind: "promise.register_callback", head: {}, data: { awaited: child, awaiter: id } };
    expect((await stand().call("task.suspend", { id, version: 1, actions: [wait] })).status).toBe(200);
    await stand().call("promise.settle", { id: child, state: "resolved" });
    expect((await worker.until(2, 30_000))[1]?.data.task).toEqual({ id, version: 1 });
    worker.stop();
    expect((await stand().call("task.acquire", { id, version: 1, ...lease })).data.task.version).toBe(2);
    const end = { kind: "promise.settle", head: {}, data: { id, state: "resolved", value: { data: "done" } } };
    expect((await stand().call("task.fulfill", { id, version: 2, action: end })).data.promise).toMatchObject({
      state: "resolved",
      value: { data: "done" },
    });
  });

  it("pushes offers and news to a receiver, and repeats what failed", async () => {
    const signatures: string[] = [];
    const secrets = ownSecrets(toKeyRing(await stand().deployed.secret(/signed by/)));
    const bodies: { kind: string; data: { task?: { id: string }; promise?: { id: string; value: object } } }[] = [];
    // Larger than a queue's message may be.
    const value = { data: "€".repeat(500_000) };
    let refusals = 1;
    const receiver = createServer(async (incoming, outgoing) => {
      const text = Buffer.concat(await Array.fromAsync(incoming)).toString();
      // It throws where the signature is none of the secret's.
      new Webhook(secrets[0] ?? "").verify(text, incoming.headers as Record<string, string>);
      signatures.push(String(incoming.headers["webhook-id"]));
      const isRefused = JSON.parse(text).kind === "unblock" && refusals-- > 0;
      bodies.push(...(isRefused ? [] : [JSON.parse(text)]));
      outgoing.writeHead(isRefused ? 500 : 200).end();
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const id = randomUUID();
    await stand().call("promise.create", { id, timeoutAt: far, tags: { "resonate:target": address } });
    await stand().call("promise.register_listener", { awaited: id, address });
    await stand().call("promise.settle", { id, state: "resolved", value });
    await expect
      .poll(() => bodies.map(({ kind }) => kind).toSorted(), { timeout: 40_000 })
      .toEqual(["execute", "unblock"]);
    expect(bodies.find(({ kind }) => kind === "unblock")?.data.promise).toMatchObject({ id, value });
    const log = async () => (await stand().ask("GET", `/deliveries?promiseId=${id}`)).body.deliveries;
    await expect
      .poll(log, { timeout: 10_000 })
      .toMatchObject([{ address, state: "delivered", attempts: 2, latest: [{ status: 500 }, { status: 200 }] }]);
    const [{ webhookId }] = await log();
    // Twice the same message, and one offer.
    expect(signatures.filter((each) => each === webhookId)).toHaveLength(2);
    expect(signatures).toHaveLength(3);
    receiver.close();
  });

  it.each([1_000, 10_000])("tells of a deadline %i ms away soon after it, nobody asking", async (ms) => {
    const group = randomUUID();
    const worker = stand().listen(group, "w");
    const id = `${group}/timer`;
    const timeoutAt = Date.now() + ms;
    await stand().call("promise.create", { id, timeoutAt, tags: { "resonate:timer": "true" } });
    await stand().call("promise.register_listener", { awaited: id, address: `poll://uni@${group}/w` });
    const [news] = await worker.until(1, ms + 30_000);
    expect(news?.data.promise).toMatchObject({ id, state: "resolved", settledAt: timeoutAt });
    worker.stop();
    const lateMs = (news?.at ?? 0) - timeoutAt;
    stand().say(`a deadline ${ms} ms away: told ${lateMs} ms late`);
    // By the rule alone it could be a minute.
    expect(lateMs).toBeLessThan(20_000);
  });
};
