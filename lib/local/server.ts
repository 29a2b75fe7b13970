/**
 * The one-process server: the same doors, core and stores as on AWS, with a timer in place of its queues and rules.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { getRequestListener, RequestError } from "@hono/node-server";
import type { EpochMs } from "#lib/core/index.ts";
import { type Log, requestLog } from "#lib/log.ts";
import type { Store } from "#lib/ports/store.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { restApp } from "#lib/protocol/rest/app.ts";
import { tell, unexpected, unintelligible } from "#lib/protocol/rest/faults.ts";
import { promiseService } from "#lib/service/promises.ts";
import { sweep } from "#lib/service/sweep.ts";
import { type Alarm, alarm } from "./alarm.ts";
import { answerUnreadable } from "./unreadable.ts";

export interface LocalServerOptions {
  readonly store: Store;
  readonly host: string;
  /** Zero: a free one. */
  readonly port: number;
  /** URLs that clients reach the server at; none: localhost. */
  readonly urls: readonly string[];
  readonly log: Log;
  readonly now: () => EpochMs;
  /** How often to look for what other processes have armed; absent: there are none. */
  readonly sweepEveryMs?: number;
}

export interface LocalServer {
  /** The URL to give out. */
  readonly url: string;
  /** The URL of the address that it listens on. */
  readonly listening: string;
  /** Takes no new requests, and resolves when those under way are answered. */
  stop(): Promise<void>;
}

/** How long a stop waits for requests under way. */
const graceMs = 10_000;

/** How often a stop looks for connections that have become idle. */
const endIdleEveryMs = 20;

/** Addresses to listen on that this machine calls localhost. */
const reachedAsLocalhost = new Set(["localhost", "127.0.0.1", "::1", "0.0.0.0", "::"]);

/** How far ahead of now to look for what to be woken for. */
const lookAheadMs = 24 * 60 * 60 * 1_000;

/** @throws Error where the address cannot be listened on. */
export async function startServer(options: LocalServerOptions): Promise<LocalServer> {
  const { store, log, now, host } = options;
  const answer = getRequestListener((request, platform) => app.fetch(request, platform), {
    hostname: "localhost",
    errorHandler: (err) => {
      if (err instanceof RequestError) {
        return tell(unintelligible);
      }
      log.error({ err });
      return tell(unexpected);
    },
  });
  const server = createServer(answer).on("clientError", answerUnreadable);
  server.listen(options.port, host);
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;

  // Set only now: a server that cannot listen must leave nothing behind that keeps its process going.
  const timer: Alarm = alarm({
    now,
    ring: () => sweepAndReport({ ...options, timer }),
    onFailure: (err) => log.error({ verb: "sweep", err }),
    ...(options.sweepEveryMs !== undefined && { everyMs: options.sweepEveryMs }),
  });
  const listening = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const localhost = `http://localhost:${port}`;
  const urls = [...options.urls, ...(reachedAsLocalhost.has(host) ? [localhost, listening] : [listening, localhost])];
  const app = restApp({
    promises: promiseService({ store, timer }),
    addresses: addressesAt(urls),
    now,
    token: randomUUID,
    log: requestLog(log),
    rawPath,
  });
  return {
    url: urls[0] as string,
    listening,
    async stop() {
      const closed = once(server, "close");
      server.close();
      // Clients keep connections for their next request: each is ended once what is under way on it is answered.
      const ending = setInterval(() => server.closeIdleConnections(), endIdleEveryMs);
      setTimeout(() => server.closeAllConnections(), graceMs).unref();
      await closed;
      clearInterval(ending);
      await timer.stop();
    },
  };
}

async function sweepAndReport({ store, log, now, timer }: LocalServerOptions & { timer: Alarm }): Promise<void> {
  const cost = { roundTrips: 0 };
  const { looked, changed, failures } = await sweep({ store, timer, now, lookAheadMs, isTimeUp: () => false }, cost);
  if (looked > 0) {
    log.info({ verb: "sweep", looked, changed, failed: failures.length, ...cost });
  }
  if (failures.length > 0) {
    throw failures[0];
  }
}

/** The path of a request's own line, before anything has parsed it. */
function rawPath(platform: unknown): string | undefined {
  const target = (platform as { incoming?: IncomingMessage } | undefined)?.incoming?.url;
  return target?.startsWith("/") ? target.split("?", 1)[0] : undefined;
}
