/**
 * Goal: what a provider was told is taken outlives the local server, and completes its promise once.
 *
 * Method: events as GitHub signs them come in at once, some before their promise; the process is killed in the middle, and
 * started again on the same folder. What was answered is not sent again, what was not is, as a provider would.
 */

import { createHmac } from "node:crypto";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { freshFolder } from "../support/folder.ts";
import { request } from "../support/http.ts";
import { startProcess } from "../support/server-process.ts";

const secret = "a secret of sixteen and more";
const timeout = 4_102_444_800_000;

const hook = {
  definition: { provider: "github", promiseId: { path: "$.promise" }, otherwise: "resolve" },
  secrets: [secret],
};

async function deliver(url: string, promise: string): Promise<{ status: number; outcome?: string }> {
  const body = JSON.stringify({ promise });
  const response = await fetch(`${url}/hooks/github`, {
    method: "POST",
    headers: {
      "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`,
      "x-github-event": "push",
      "x-github-delivery": `delivery of ${promise}`,
    },
    body,
  });
  const { outcome } = (await response.json()) as { outcome?: string };
  return { status: response.status, ...(outcome !== undefined && { outcome }) };
}

it("a server that is killed in the middle of events loses none that it has taken, and completes no promise twice", async () => {
  const folder = freshFolder();
  const ids = Array.from({ length: 300 }, (_, at) => `order/${at}`);
  const isEarly = (id: string) => Number(id.slice(6)) % 2 === 0;
  const create = (url: string, id: string) => request(url, "POST", "/promises", { id, timeout });
  const answered = new Map<string, string>();

  const first = await startProcess("--data", folder);
  expect((await request(first.url, "PUT", "/hooks/github/config", hook)).status).toBe(201);
  const waiting = [...ids];
  const work = async () => {
    for (let id = waiting.shift(); id !== undefined; id = waiting.shift()) {
      if (!isEarly(id)) {
        await create(first.url, id);
      }
      const { status, outcome = "" } = await deliver(first.url, id);
      expect([status, outcome]).toEqual([200, isEarly(id) ? "kept" : "settled"]);
      answered.set(id, outcome);
    }
  };
  // Whatever a client is told once the server is gone, it is not an answer.
  const load = Array.from({ length: 12 }, () => work().catch((error) => expect(error).toBeInstanceOf(TypeError)));
  while (answered.size < 80) {
    await sleep(5);
  }
  await first.end("SIGKILL");
  await Promise.all(load);
  expect(answered.size).toBeLessThan(ids.length);

  const second = await startProcess("--data", folder);
  for (const id of ids.filter((id) => answered.get(id) === "settled")) {
    expect((await request(second.url, "GET", `/promises/${id}`)).body.state, id).toBe("RESOLVED");
  }
  const unanswered = ids.filter((id) => !answered.has(id));
  await Promise.all(ids.map((id) => create(second.url, id)));
  const times = await Promise.all(unanswered.flatMap((id) => [1, 2].map(() => deliver(second.url, id))));
  expect(times.every(({ status }) => status === 200)).toBe(true);
  const values = new Map<string, unknown>();
  while (values.size < ids.length) {
    await sleep(50);
    for (const id of ids.filter((id) => !values.has(id))) {
      const { body } = await request(second.url, "GET", `/promises/${id}`);
      if (body.state === "RESOLVED") {
        values.set(id, JSON.parse(body.value.data).promise);
      }
    }
  }
  expect([...values].filter(([id, promise]) => id !== promise)).toEqual([]);
  expect((await request(second.url, "GET", "/hooks/github/kept")).body.count).toBe(0);
  const secrets = join(folder, "hook-secrets");
  expect(
    [secrets, ...readdirSync(secrets).map((name) => join(secrets, name))].map((path) => statSync(path).mode & 0o777),
  ).toEqual([0o700, 0o600]);
  expect((await fetch(`${second.url}/hooks/github/config`, { method: "DELETE" })).status).toBe(204);
  expect(readdirSync(secrets)).toEqual([]);
  await second.end("SIGTERM");
});
