/**
 * What a scenario plays on: a server over one of the stores, workers of one client, and what their steps have done.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, inject } from "vitest";
import { type ServerProcess, startProcess } from "../support/server-process.ts";
import type { Client } from "./clients.ts";
import { type Effects, effectsIn } from "./effects.ts";
import { startWorker, type WorkerOptions, type WorkerProcess } from "./worker-process.ts";

/** Where promises are kept, whatever becomes of a server. */
export interface Keep {
  readonly name: "SQLite" | "DynamoDB";
  /** Two servers may have it at the same time. */
  readonly isShared: boolean;
  /** Options of a server over a store of its own, in this folder or table. */
  readonly options: (folder: string) => readonly string[];
}

export const keeps: readonly Keep[] = [
  { name: "SQLite", isShared: false, options: (folder) => ["--data", folder] },
  {
    name: "DynamoDB",
    isShared: true,
    options: () => ["--store", "dynamodb", "--endpoint", inject("dynamoEndpoint"), "--table", `sdk-${randomUUID()}`],
  },
];

/** How often a task that nobody took is offered again. */
export const retryMs = 1_000;

export interface Stage {
  readonly client: Client;
  readonly server: ServerProcess;
  readonly effects: Effects;
  /** Starts a server over the same store. */
  serve(...options: string[]): Promise<ServerProcess>;
  hire(options?: Partial<Pick<WorkerOptions, "url" | "group" | "ttlMs" | "editions">>): Promise<WorkerProcess>;
  close(): Promise<void>;
}

const ttlMsOfCalm = 60_000;

/** An id that both generations of clients take: neither a dot nor a colon. */
export const freshId = (name: string): string => `${name}-${randomUUID().slice(0, 8)}`;

export async function openStage(client: Client, keep: Keep): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "resonate-sdk-"));
  const effects = effectsIn(mkdtempSync(join(folder, "effects-")));
  const kept = keep.options(join(folder, "kept"));
  const servers: ServerProcess[] = [];
  const workers: WorkerProcess[] = [];
  const serve = async (...options: string[]): Promise<ServerProcess> => {
    const server = await startProcess("--retry", String(retryMs / 1_000), ...kept, ...options);
    servers.push(server);
    return server;
  };
  const server = await serve();
  return {
    client,
    server,
    effects,
    serve,
    async hire(options) {
      const worker = await startWorker(client, {
        url: server.url,
        pid: freshId("worker"),
        group: "default",
        effects: effects.folder,
        ttlMs: ttlMsOfCalm,
        editions: [],
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    async close() {
      await Promise.all(workers.map((worker) => worker.kill()));
      await Promise.all(servers.map((each) => each.end("SIGKILL")));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Every client over every store, all at the same time: what is said of one holds of all. */
export function everywhere(say: (where: { client: Client; keep: Keep }) => void): void {
  for (const client of inject("sdkClients")) {
    describe.skipIf(client.absent !== undefined).concurrent(nameOf(client), () => {
      describe.concurrent.each(keeps)("over $name", (keep) => say({ client, keep }));
    });
  }
}

/** A skipped client says why. */
export const nameOf = ({ name, absent }: Client): string => (absent === undefined ? name : `${name}: ${absent}`);

/** A stage that the scenarios of a suite share. */
export function sharedStage(client: Client, keep: Keep): () => Stage {
  let stage: Stage | undefined;
  beforeAll(async () => {
    stage = await openStage(client, keep);
  });
  afterAll(() => stage?.close());
  return () => {
    if (stage === undefined) {
      throw new Error("the stage is not open yet");
    }
    return stage;
  };
}

/** A scenario with a stage of its own, since it breaks what is on it. */
export const alone =
  (client: Client, keep: Keep, play: (stage: Stage) => Promise<void>): (() => Promise<void>) =>
  async () => {
    const stage = await openStage(client, keep);
    try {
      await play(stage);
    } finally {
      await stage.close();
    }
  };
