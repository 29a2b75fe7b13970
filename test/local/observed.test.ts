/** What can be seen of a server from outside: what it measures, and the trace that goes from a request to its messages. */

import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { metrics } from "#lib/ports/metrics.ts";
import { request } from "../support/http.ts";
import { serving } from "../support/local-server.ts";
import { listen, rpc } from "../support/rpc.ts";
import { openSqlite } from "../support/stores.ts";

const far = 4_102_444_800_000;
const trace = {
  traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
  tracestate: "vendor=value",
};

async function serve() {
  const { store, close } = await openSqlite();
  onTestFinished(close);
  return serving(store);
}

it("measures in Prometheus's text, under the names that CloudWatch has too", async () => {
  const { url } = await serve();
  await request(url, "GET", "/promises/none");
  await request(url, "POST", "/promises", { id: "timely", timeout: Date.now() + 50 });
  const read = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(read, { timeout: 10_000 }).toContain(`${metrics.lateSeconds.name}_count 1`);
  const text = await read();
  for (const { name, kind } of Object.values(metrics)) {
    expect(text).toContain(`# TYPE ${name} ${kind}`);
  }
  expect(text).toContain(`${metrics.requests.name}{status="4xx"} 1`);
  expect(text).toContain(`${metrics.requests.name}{status="2xx"}`);
  expect(text).not.toContain("timely");
});

it("hands a request's trace on with the offer and the news that result, to workers and to receivers", async () => {
  const { url } = await serve();
  const posted: { headers: Record<string, unknown>; body: { head: object } }[] = [];
  const receiver = createServer(async (incoming, answer) => {
    posted.push({ headers: incoming.headers, body: (await json(incoming)) as { head: object } });
    answer.end();
  }).listen(0, "127.0.0.1");
  onTestFinished(() => void receiver.close());
  const worker = await listen(url, "g", "w");

  const tags = { "resonate:target": "poll://any@g" };
  const named = { ...trace, "request-id": "order-7" };
  await request(url, "POST", "/promises", { id: "traced", timeout: far, tags }, named);
  const told = { ...trace, requestId: "order-7" };
  expect(await worker.until(1)).toMatchObject([{ kind: "execute", head: told }]);
  const { port } = receiver.address() as { port: number };
  await rpc(url, "promise.register_listener", { awaited: "traced", address: `http://127.0.0.1:${port}/hook` });
  await rpc(url, "promise.settle", { id: "traced", state: "resolved" });
  await expect.poll(() => posted.length, { timeout: 10_000 }).toBe(1);
  expect(posted[0]?.headers).toMatchObject(named);
  expect(posted[0]?.body.head).toEqual(told);
});
