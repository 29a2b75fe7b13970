import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { far, type Scenarios } from "./stand.ts";

/** Every process knows of a subscription by then. */
const inForceMs = 5_500;

/** Standing subscriptions: who is told of all promises that match. */
export const subscriptions: Scenarios = (stand) => {
  it("tells a subscription of births and ends, in order, signed by secrets of its own, which rotate", async () => {
    const { ask } = stand();
    const prefix = `${randomUUID()}/`;
    const name = `books-${prefix.slice(0, 8)}`;
    const secrets: string[] = [];
    const told: { event: string; by: number[]; id: string }[] = [];
    let refusals = 1;
    const receiver = createServer(async (incoming, outgoing) => {
      const text = Buffer.concat(await Array.fromAsync(incoming)).toString();
      const headers = incoming.headers as Record<string, string>;
      const by = secrets.flatMap((secret, number) => {
        try {
          new Webhook(secret).verify(text, headers);
          return [number];
        } catch {
          return [];
        }
      });
      const { type, data } = JSON.parse(text);
      const isRefused = type === "promise.created" && refusals-- > 0;
      if (!isRefused) {
        told.push({ event: `${data.promise.id.slice(prefix.length)} ${type}`, by, id: String(headers["webhook-id"]) });
      }
      outgoing.writeHead(isRefused ? 500 : 204).end();
    }).listen(0, "127.0.0.1");
    await once(receiver, "listening");
    const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
    const events = ["created", "resolved", "timedout"];
    const made = await ask("PUT", `/subscriptions/${name}`, { url, prefix, events });
    expect(made.status).toBe(201);
    secrets.push(made.body.secret);
    await sleep(inForceMs);

    await ask("POST", "/promises", { id: `${prefix}1`, timeout: far });
    await ask("PATCH", `/promises/${prefix}1`, { state: "RESOLVED" });
    await ask("POST", "/promises", { id: `${prefix}2`, timeout: Date.now() + 2_000 });
    const eventsOf = (promise: string) => told.map(({ event }) => event).filter((event) => event.startsWith(promise));
    const timeout = 90_000;
    await expect.poll(() => eventsOf("1"), { timeout }).toEqual(["1 promise.created", "1 promise.resolved"]);
    await expect.poll(() => eventsOf("2"), { timeout }).toEqual(["2 promise.created", "2 promise.timedout"]);
    expect(told.every(({ by }) => by.join() === "0")).toBe(true);
    expect(new Set(told.map(({ id }) => id)).size).toBe(4);

    const added = await ask("POST", `/subscriptions/${name}/secrets`);
    secrets.push(added.body.secret);
    await ask("DELETE", `/subscriptions/${name}/secrets?id=${made.body.secrets[0].id}`);
    await ask("POST", "/promises", { id: `${prefix}3`, timeout: far });
    await expect.poll(() => told.at(-1), { timeout }).toMatchObject({ event: "3 promise.created", by: [1] });

    const { body } = await ask("GET", `/deliveries?promiseId=${prefix}1`);
    expect(body.deliveries).toMatchObject([
      { subscription: name, state: "delivered", attempts: 2 },
      { subscription: name, state: "delivered", attempts: 1 },
    ]);
    expect((await ask("DELETE", `/subscriptions/${name}`)).status).toBe(204);
    receiver.close();
  }, 240_000);
};
