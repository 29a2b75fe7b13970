import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface Unblock {
  readonly kind: "unblock";
  readonly data: { readonly promise: { readonly id: string; readonly state: string } };
}

const server = createServer(async (request, answer) => {
  const { kind, data } = (await json(request)) as Unblock;
  console.log(`${kind}: ${data.promise.id} is ${data.promise.state}`);
  answer.writeHead(204).end();
});
server.listen(Number(process.argv[2] ?? 0), "127.0.0.1");
await once(server, "listening");
console.log(`receiving on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
