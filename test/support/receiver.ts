/** Takes whatever is posted to it, until the test ends. */

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, vi } from "vitest";

export interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Resolves when there have been so many. */
  until(count: number): Promise<void>;
}

export async function receiving(): Promise<Receiver> {
  const requests: Received[] = [];
  const server = createServer(async (request, response) => {
    requests.push({ headers: request.headers, body: (await request.toArray()).join("") });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async until(count) {
      await vi.waitFor(() => expect(requests.length).toBeGreaterThanOrEqual(count), 10_000);
    },
  };
}
