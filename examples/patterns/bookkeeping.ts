import { once } from "node:events";
import { createServer } from "node:http";
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
const port = Number(process.argv[2] ?? 9100);
server.listen(port, "127.0.0.1");
await once(server, "listening");

interface Subscription {
  readonly version: number;
  readonly secret: string;
  readonly secrets: readonly { readonly id: string }[];
}

async function ask(method: string, path = "", body?: object): Promise<Subscription | undefined> {
  const sent = { method, ...(body && { body: JSON.stringify(body) }) };
  const answer = await fetch(`${service}/subscriptions/bookkeeping${path}`, sent);
  if (!answer.ok && answer.status !== 404) {
    throw new Error(await answer.text());
  }
  return answer.ok ? ((await answer.json()) as Subscription) : undefined;
}

const wish = {
  url: `http://127.0.0.1:${port}`,
  prefix: "order/",
  events: ["created", "resolved", "timedout"],
};
const before = await ask("GET");
if (before === undefined) {
  webhook = new Webhook((await ask("PUT", "", wish))?.secret ?? "");
} else {
  await ask("PUT", "", { ...wish, version: before.version });
  // Whoever starts anew knows no secret any more: one is added, and the older ones are ended.
  const [last, ...older] = before.secrets.toReversed();
  for (const { id } of older) {
    await ask("DELETE", `/secrets?id=${id}`);
  }
  webhook = new Webhook((await ask("POST", "/secrets"))?.secret ?? "");
  await ask("DELETE", `/secrets?id=${last?.id}`);
}
console.log("told of all orders");
