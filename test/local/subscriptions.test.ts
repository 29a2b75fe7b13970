/**
 * Goal: a standing subscription of the local server loses nothing, however the server ends.
 *
 * Method: the process is killed while clients create and complete promises; another is started on the same folder. In the
 * end its receiver, which has failed at times, must have been told of everything that was acknowledged: verified by the
 * subscription's own secret, each event under one id, creation first.
 */

import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { until } from "../dispatch/serving.ts";
import { freshFolder } from "../support/folder.ts";
import { request } from "../support/http.ts";
import { serve } from "../support/listener.ts";
import { startProcess } from "../support/server-process.ts";

const timeout = 4_102_444_800_000;
const clients = 8;
const rounds = 3;

interface Told {
  readonly type: string;
  readonly timestamp: string;
  readonly data: { readonly subscription: string; readonly promise: { readonly id: string; readonly state: string } };
}

it("a server that is killed under load tells of every event that it had acknowledged", async () => {
  const folder = freshFolder();
  const received: { readonly id: string; readonly event: string; readonly isTaken: boolean }[] = [];
  let webhook: Webhook | undefined;
  let turn = 0;
  const listener: RequestListener = async (asked, response) => {
    const told = webhook?.verify(await text(asked), asked.headers as Record<string, string>) as Told;
    const isTaken = turn++ % 5 !== 0;
    const { id, state } = told.data.promise;
    expect(state).toBe(told.type === "promise.created" ? "pending" : "resolved");
    received.push({ id: String(asked.headers["webhook-id"]), event: `${told.type} ${id}`, isTaken });
    response.writeHead(isTaken ? 204 : 503).end();
  };
  const { url } = await serve(listener);
  const acknowledged = new Set<string>();
  for (let round = 0; round < rounds; round++) {
    const server = await startProcess("--data", folder);
    if (round === 0) {
      const wish = { url, prefix: "round/", events: ["created", "resolved"] };
      const made = await request(server.url, "PUT", "/subscriptions/books", wish);
      expect(made.status).toBe(201);
      webhook = new Webhook(made.body.secret);
    }
    const load = Array.from({ length: clients }, (_, client) =>
      work(server.url, `round/${round}/${client}`, acknowledged),
    );
    await sleep(300 + round * 150);
    await server.end("SIGKILL");
    await Promise.all(load);
  }
  const last = await startProcess("--data", folder);
  const taken = () => new Set(received.filter(({ isTaken }) => isTaken).map(({ event }) => event));
  await until(() => [...acknowledged].every((event) => taken().has(event)), 60_000);
  await last.end("SIGTERM");

  expect(acknowledged.size).toBeGreaterThan(50);
  for (const [event, each] of Map.groupBy(received, ({ event }) => event)) {
    expect(new Set(each.map(({ id }) => id)).size, event).toBe(1);
  }
  const firstTaken = (event: string) => received.findIndex((each) => each.event === event && each.isTaken);
  for (const event of taken()) {
    const id = event.split(" ")[1];
    if (event.startsWith("promise.resolved")) {
      const ended = received.findIndex((each) => each.event === event);
      expect(firstTaken(`promise.created ${id}`), id).toBeGreaterThanOrEqual(0);
      expect(firstTaken(`promise.created ${id}`), id).toBeLessThan(ended);
    }
  }
}, 120_000);

/** Creates and completes one promise after another, until the server is gone. */
async function work(url: string, prefix: string, acknowledged: Set<string>): Promise<void> {
  for (let number = 0; ; number++) {
    const id = `${prefix}/${number}`;
    try {
      expect((await request(url, "POST", "/promises", { id, timeout })).status).toBe(201);
      acknowledged.add(`promise.created ${id}`);
      expect((await request(url, "PATCH", `/promises/${id}`, { state: "RESOLVED" })).status).toBe(201);
      acknowledged.add(`promise.resolved ${id}`);
    } catch (error) {
      // Whatever the client is told once the server is gone, it is not an answer.
      if (error instanceof TypeError) {
        return;
      }
      throw error;
    }
  }
}
