import { once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";

export interface Halves {
  readonly url: string;
  /** How many requests each server was sent. */
  readonly sent: readonly number[];
  close(): void;
}

/** Sends each request to the next of the servers, as a load balancer in front of them does. */
export async function inHalves(urls: readonly string[]): Promise<Halves> {
  const sent = urls.map(() => 0);
  let turn = 0;
  const balancer = createServer((asked, answered) => {
    const at = turn++ % urls.length;
    sent[at] = (sent[at] ?? 0) + 1;
    const passed = request(new URL(asked.url ?? "/", urls[at]), { method: asked.method, headers: asked.headers });
    passed.on("response", (answer) => {
      answered.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders();
      answer.pipe(answered);
    });
    passed.on("error", () => answered.destroy());
    answered.on("close", () => passed.destroy());
    asked.pipe(passed);
  });
  balancer.listen(0, "127.0.0.1");
  await once(balancer, "listening");
  const { port } = balancer.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    sent,
    close() {
      balancer.close();
      balancer.closeAllConnections();
    },
  };
}
