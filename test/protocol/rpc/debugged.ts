/** A whole server whose clock is in the test's hand, asked over the network. */

import { type LocalServer, startServer } from "#lib/local/server.ts";
import { logger } from "#lib/log.ts";
import type { DebugStore } from "#lib/ports/debug.ts";
import type { Store } from "#lib/ports/store.ts";
import { dynamoDebug } from "#lib/store/dynamodb/debug.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { sqliteStore } from "#lib/store/sqlite/store.ts";
import type { Door } from "../../support/door.ts";
import { request } from "../../support/http.ts";
import { freshTable, testClient } from "../../support/stores.ts";
import { type Rpc, type RpcReply, rpcOf } from "./asking.ts";

interface Opened {
  readonly store: Store;
  readonly debugStore: DebugStore;
  readonly close: () => void;
}

type Open = () => Promise<Opened>;

const openSqlite: Open = async () => {
  const store = sqliteStore(":memory:");
  return { store, debugStore: store, close: () => store.close() };
};

const openDynamo: Open = async () => {
  const client = testClient();
  const table = await freshTable(client);
  return {
    store: dynamoStore({ client, table }),
    debugStore: dynamoDebug(client, table),
    close: () => client.destroy(),
  };
};

export const everyDebuggable: readonly (readonly [name: string, open: Open])[] = [
  ["SQLite", openSqlite],
  ["DynamoDB", openDynamo],
];

/** After how long a task is offered again: the reference's own (`protocol/rpc.md` 15). */
export const retryMs = 30_000;

export interface Debugged {
  readonly server: LocalServer;
  readonly rpc: Rpc;
  readonly ask: Door["ask"];
  /** Asks at a moment of the test's choice. */
  readonly at: (moment: number, kind: string, data?: unknown) => Promise<RpcReply>;
  /** Lines of the log that tell of failures. */
  readonly failures: readonly string[];
  readonly close: () => Promise<void>;
}

export async function openDebugged(open: Open, debug = true): Promise<Debugged> {
  const { store, debugStore, close } = await open();
  const failures: string[] = [];
  const write = (line: string) => line.includes('"level":"error"') && failures.push(line);
  const server = await startServer({
    store,
    host: "127.0.0.1",
    port: 0,
    urls: [],
    log: logger({ write }),
    now: Date.now,
    retryMs,
    ...(debug && { debugStore }),
  });
  const ask: Door["ask"] = (...asked) => request(server.url, ...asked);
  const rpc = rpcOf({ ask });
  return {
    server,
    rpc,
    ask,
    failures,
    at: (moment, kind, data) => rpc(kind, data, { "resonate:debug_time": moment }),
    async close() {
      await server.stop();
      close();
    },
  };
}
