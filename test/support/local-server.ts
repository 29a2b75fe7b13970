import { onTestFinished } from "vitest";
import { type LocalServer, type LocalServerOptions, startServer } from "#lib/local/server.ts";
import { logger } from "#lib/log.ts";
import type { Store } from "#lib/ports/store.ts";

/** A local server in this process, on a free port, that says nothing. */
export const quietServer = (
  store: Store,
  options: Partial<Pick<LocalServerOptions, "port" | "retryMs" | "shared" | "signIn" | "tracing">> = {},
): Promise<LocalServer> =>
  startServer({
    store,
    host: "127.0.0.1",
    port: 0,
    urls: [],
    log: logger({ write: () => {} }),
    now: Date.now,
    retryMs: 30_000,
    ...options,
  });

/** The same, until the test ends or stops it. */
export async function serving(...given: Parameters<typeof quietServer>): Promise<LocalServer> {
  const server = await quietServer(...given);
  let stopping: Promise<void> | undefined;
  const stop = () => {
    stopping ??= server.stop();
    return stopping;
  };
  onTestFinished(stop);
  return { ...server, stop };
}
