import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

/** Serves on a free port until the test is over. */
export async function serve(listener: RequestListener): Promise<{ url: string; server: Server }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Waits until it is so, for a while. */
export async function until(isSo: () => boolean, msMax = 5_000): Promise<void> {
  for (const tooLate = Date.now() + msMax; !isSo(); ) {
    if (Date.now() > tooLate) {
      throw new Error(`not so within ${msMax} ms: ${isSo}`);
    }
    await sleep(2);
  }
}
