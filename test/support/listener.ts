/**
 * Servers in the test's own process, that play whoever is asked or told.
 *
 * @module
 */

import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, onTestFinished } from "vitest";

export interface Listening {
  readonly url: string;
  readonly server: Server;
  /** Ends connections that are open, too. */
  close(): void;
}

/** Serves on a free port, until it is closed. */
export async function listening(listener: RequestListener): Promise<Listening> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    server,
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Serves until the test is over. */
export async function serve(listener: RequestListener): Promise<Listening> {
  const served = await listening(listener);
  onTestFinished(() => served.close());
  return served;
}

/** Serves for all tests of a file; where, is known when they run. */
export function serveAll(listener: RequestListener): () => string {
  let served: Listening;
  beforeAll(async () => {
    served = await listening(listener);
  });
  afterAll(() => served.close());
  return () => served.url;
}
