/** Messages of the local server, verified by the secret that its operator is shown. */

import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import type { RequestListener } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { expect, it } from "vitest";
import { until } from "../dispatch/serving.ts";
import { freshFolder } from "../support/folder.ts";
import { later } from "../support/links.ts";
import { serve } from "../support/listener.ts";
import { startProcess } from "../support/server-process.ts";

const script = new URL("../../scripts/signing-keys.ts", import.meta.url).pathname;

const keys = (input: string, ...args: string[]): string =>
  execFileSync(process.execPath, [script, ...args], { input, encoding: "utf8", stdio: "pipe" });

it("a message whose server is killed before its receiver takes it comes again, with the same id, by the keys in the file", async () => {
  const data = freshFolder();
  const file = join(data, "signing-keys.json");
  const received: { id: string; body: string; headers: Record<string, string> }[] = [];
  let status = 503;
  const listener: RequestListener = async (request, response) => {
    const body = await text(request);
    received.push({ id: String(request.headers["webhook-id"]), body, headers: request.headers as never });
    response.writeHead(status).end();
  };
  const { url } = await serve(listener);
  const first = await startProcess("--data", data);
  const post = (path: string, body: object, method = "POST") =>
    fetch(first.url + path, { method, body: JSON.stringify(body) });
  await post("/promises", { id: "p", timeout: later });
  await post("/promises/subscribe/p", { id: "s", timeout: later, recv: url });
  await post("/promises/p", { state: "RESOLVED" }, "PATCH");
  await until(() => received.length > 0);
  await first.end("SIGKILL");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const [old] = keys(readFileSync(file, "utf8"), "show").split("\n");
  writeFileSync(file, keys(readFileSync(file, "utf8"), "rotate"));
  const [young] = keys(readFileSync(file, "utf8"), "show").split("\n");
  expect(young).not.toBe(old);
  status = 204;
  const second = await startProcess("--data", data);
  const before = received.length;
  await until(() => received.length > before, 20_000);
  const { stdout } = await second.end("SIGTERM");
  const [{ id }, last] = [received[0], received.at(-1)] as [(typeof received)[0], (typeof received)[0]];
  expect(last.id).toBe(id);
  for (const secret of [old, young]) {
    const told = new Webhook(secret ?? "").verify(last.body, last.headers);
    expect(told).toMatchObject({ kind: "unblock", data: { promise: { id: "p", state: "resolved" } } });
    expect(stdout).not.toContain(secret);
  }
});
