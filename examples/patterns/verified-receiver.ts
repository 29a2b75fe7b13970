import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";

const [secret = "", port = "0"] = process.argv.slice(2);
const webhook = new Webhook(secret);
const seen = new Set<string>();

const server = createServer(async (request, answer) => {
  // Over the body as it came: parsed and written again, it is another one.
  const body = await text(request);
  try {
    const message = webhook.verify(body, request.headers as Record<string, string>);
    const id = String(request.headers["webhook-id"]);
    console.log(seen.has(id) ? `${id} once more` : `${id}: ${JSON.stringify(message)}`);
    seen.add(id);
    answer.writeHead(204).end();
  } catch {
    answer.writeHead(401).end();
  }
});
server.listen(Number(port), "127.0.0.1");
await once(server, "listening");
console.log(`receiving on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
