import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const service = process.env["RESONATE_URL"] ?? "http://localhost:8001";
let webhook: Webhook | undefined;
const seen = new Set<unknown>();

interface Event {
  readonly type: string;
  readonly data: { readonly promise: { readonly id: string } };
}

const server = createServer(async (request, answer) => {
  try {
    const event = webhook?.verify(await text(request), request.headers as Record<string, string>) as Event;
    // At least once: the same message may come again.
    if (!seen.has(request.headers["webhook-id"])) {
      console.log(`${event.type} ${event.data.promise.id}`);
    }
    seen.add(request.headers["webhook-id"]);
    answer.writeHead(204).end();
  } catch {
    answer.writeHead(401).end();
  }
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const wish = { url, prefix: "order/", events: ["created", "resolved", "timedout"] };
const made = await fetch(`${service}/subscriptions/bookkeeping`, { method: "PUT", body: JSON.stringify(wish) });
const { secret } = (await made.json()) as { secret: string };
webhook = new Webhook(secret);
console.log("told of all orders");
