/**
 * Goal: what the local server has acknowledged outlives it, however it ends.
 *
 * Method: the process is killed while many clients create and complete; another is started on the same folder, and
 * everything that was acknowledged is read back. Several rounds, on one folder.
 */

import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { freshFolder } from "../support/folder.ts";
import { request } from "../support/http.ts";
import { startProcess } from "../support/server-process.ts";

const clients = 24;
const rounds = 4;
/** Completions of each round, before the server is killed. */
const completedMin = 30;
const timeout = 4_102_444_800_000;

/** What the server has said is so, by id. */
type Acknowledged = Map<string, "created" | "completed">;

const completed = (acknowledged: Acknowledged): number =>
  [...acknowledged.values()].filter((state) => state === "completed").length;

it("a server that is killed under load has lost nothing that it had acknowledged", async () => {
  const folder = freshFolder();
  const acknowledged: Acknowledged = new Map();
  for (let round = 0; round < rounds; round++) {
    const server = await startProcess("--data", folder);
    const load = Array.from({ length: clients }, (_, client) =>
      work(server.url, `round/${round}/client/${client}`, acknowledged),
    );
    await sleep(250 + round * 130);
    // On a machine with other work, that is no time at all.
    await expect
      .poll(() => completed(acknowledged), { timeout: 15_000, interval: 20 })
      .toBeGreaterThan(completedMin * (round + 1));
    await server.end("SIGKILL");
    await Promise.all(load);
    const restarted = await startProcess("--data", folder);
    await expectAll(restarted.url, acknowledged);
    await restarted.end(round % 2 === 0 ? "SIGKILL" : "SIGTERM");
  }
  expect(integrityOf(join(folder, "promises.db"))).toBe("ok");
});

/** Creates and completes one promise after another, until the server is gone. */
async function work(url: string, prefix: string, acknowledged: Acknowledged): Promise<void> {
  for (let number = 0; ; number++) {
    const id = `${prefix}/${number}`;
    try {
      const created = await request(url, "POST", "/promises", { id, timeout, param: { data: `param of ${id}` } });
      expect(created.status).toBe(201);
      acknowledged.set(id, "created");
      const value = { data: `value of ${id}` };
      const completed = await request(url, "PATCH", `/promises/${id}`, { state: "RESOLVED", value });
      expect(completed.status).toBe(201);
      acknowledged.set(id, "completed");
    } catch (error) {
      // Whatever the client is told once the server is gone, it is not an answer.
      if (error instanceof TypeError) {
        return;
      }
      throw error;
    }
  }
}

async function expectAll(url: string, acknowledged: Acknowledged): Promise<void> {
  const waiting = [...acknowledged];
  const reader = async () => {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const [id, state] = next;
      const { status, body } = await request(url, "GET", `/promises/${id}`);
      expect([id, status, body.param]).toEqual([id, 200, { data: `param of ${id}` }]);
      // A completion that nobody was told of may have been written, and then it is whole.
      const isCompleted = state === "completed" || body.state !== "PENDING";
      expect([body.state, body.value]).toEqual(
        isCompleted ? ["RESOLVED", { data: `value of ${id}` }] : ["PENDING", {}],
      );
    }
  };
  await Promise.all(Array.from({ length: clients }, reader));
}

function integrityOf(path: string): unknown {
  const database = new DatabaseSync(path);
  try {
    return database.prepare("PRAGMA integrity_check").get()?.["integrity_check"];
  } finally {
    database.close();
  }
}
