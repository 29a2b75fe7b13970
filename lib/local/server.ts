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
import type { KeyRing } from "#lib/access/key-ring.ts";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { type SignInOptions, signInAt } from "#lib/access/sign-in.ts";
import { signer as signerOf } from "#lib/access/signer.ts";
import { calendar } from "#lib/cron.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { requestLog } from "#lib/log.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { serviceApp } from "#lib/protocol/app.ts";
import { hookReader } from "#lib/protocol/hooks/reader.ts";
import { tell, unexpected, unintelligible } from "#lib/protocol/rest/faults.ts";
import { hookService } from "#lib/service/hooks.ts";
import { linkService } from "#lib/service/links.ts";
import { measureRequest } from "#lib/service/measure.ts";
import { messageService } from "#lib/service/messages.ts";
import { promiseService } from "#lib/service/promises.ts";
import { receiver } from "#lib/service/receive.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { subscriptionService } from "#lib/service/subscriptions.ts";
import { taskService } from "#lib/service/tasks.ts";
import { visitService } from "#lib/service/visits.ts";
import { type HookSecrets, memoryHookSecrets } from "./hook-secrets.ts";
import { memoryKeys } from "./key-file.ts";
import { prometheus } from "./prometheus.ts";
import { answerUnreadable } from "./unreadable.ts";
import { startWorks, type WorksOptions } from "./works.ts";

export interface LocalServerOptions extends Omit<WorksOptions, "serverUrl" | "metrics" | "signer" | "hookSecrets"> {
  readonly host: string;
  /** Zero: a free one. */
  readonly port: number;
  /** URLs that clients reach the server at; none: localhost. */
  readonly urls: readonly string[];
  /** The keys that seal links; absent: some that end with the process. */
  readonly linkKeys?: () => Promise<KeyRing>;
  /** The keys that sign messages; absent: some that end with the process. */
  readonly signingKeys?: () => Promise<KeyRing>;
  /** Where people sign in before they decide by a link that asks for it; absent: nowhere. */
  readonly signIn?: SignInOptions;
  /** The secrets of hooks; absent: none are kept beyond the process. */
  readonly hookSecrets?: HookSecrets;
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

/** @throws Error where the address cannot be listened on. */
export async function startServer(options: LocalServerOptions): Promise<LocalServer> {
  const { store, log, retryMs, host } = options;
  const metrics = prometheus();
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

  const listening = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const localhost = `http://localhost:${port}`;
  const urls = [...options.urls, ...(reachedAsLocalhost.has(host) ? [localhost, listening] : [listening, localhost])];
  const signer = signerOf(options.signingKeys ?? memoryKeys());
  const secrets = options.hookSecrets ?? memoryHookSecrets();
  // Set only now: a server that cannot listen must leave nothing behind that keeps its process going.
  const works = startWorks({ ...options, hookSecrets: secrets, metrics, signer, serverUrl: urls[0] as string });
  const logRequest = requestLog(log);
  const conduct = { store, feed: works.feed, retryMs, known: works.known };
  const sealer = sealerOf(options.linkKeys ?? memoryKeys());
  const { retentionMs } = options;
  const ofLinks = { ...conduct, sealer, ...(retentionMs !== undefined && { retentionMs }) };
  const addresses = addressesAt(urls);
  const app = serviceApp({
    promises: promiseService(conduct),
    tasks: taskService(conduct),
    schedules: scheduleService(conduct, async () => calendar),
    messages: messageService(conduct),
    links: linkService({ ...ofLinks, canSignIn: options.signIn !== undefined }),
    visits: visitService(ofLinks),
    hooks: hookService({ store, secrets, secretProblem }),
    subscriptions: subscriptionService({ ...conduct, secrets: signer }),
    receiver: receiver({
      ...conduct,
      secrets,
      reader: hookReader,
      log: works.hookLog,
      canonical: (id) => addresses.canonical(id).id,
      find: (id, { cost }) => store.find({ of: "hook", id }, cost),
      onKept: works.feed.arm,
    }),
    sealer,
    probe: (cost) => store.get("ready", cost),
    addresses,
    listeners: works.hub,
    now: works.now,
    token: randomUUID,
    log(answered) {
      logRequest(answered);
      measureRequest(metrics, answered);
    },
    rawPath: (platform) => sentTarget(platform)?.split("?", 1)[0],
    rawSearch: (platform) => sentTarget(platform)?.replace(/^[^?]*/, ""),
    ...(options.tracing && { tracing: options.tracing }),
    ...(options.signIn && { signIn: signInAt(options.signIn) }),
    ...(works.debug && { debug: works.debug }),
  });
  app.get("/metrics", async () => {
    return new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
  });
  return {
    url: urls[0] as string,
    listening,
    async stop() {
      const closed = once(server, "close");
      server.close();
      works.closeStreams();
      // Clients keep connections for their next request: each is ended once what is under way on it is answered.
      const ending = setInterval(() => server.closeIdleConnections(), endIdleEveryMs);
      setTimeout(() => server.closeAllConnections(), graceMs).unref();
      await closed;
      clearInterval(ending);
      await works.stop();
      await options.tracing?.flush();
    },
  };
}

/** What a request's own line names, before anything has parsed it. */
function sentTarget(platform: unknown): string | undefined {
  const target = (platform as { incoming?: IncomingMessage } | undefined)?.incoming?.url;
  return target?.startsWith("/") ? target : undefined;
}
