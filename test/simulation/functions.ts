/**
 * The functions of a deployment in this process, as AWS runs them: each is called with events, at a moment of the
 * simulation's clock. Beside them are the table's own stream, queues that are lists, and a DynamoDB that may fail.
 *
 * @module
 */

import { AsyncLocalStorage } from "node:async_hooks";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { Context, DynamoDBRecord, SQSBatchResponse } from "aws-lambda";
import { inject, vi } from "vitest";
import type { Store } from "#lib/ports/store.ts";
import { dynamoDebug } from "#lib/store/dynamodb/debug.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { variables } from "../../functions/env.ts";
import { type Faults, faultyClient, newFaults } from "../support/faulty-dynamo.ts";
import { freshTable, testClient } from "../support/stores.ts";
import { openStream } from "../support/stream.ts";
import type { Ask } from "./asking.ts";
import type { Damage } from "./damages.ts";
import { fromRpc, toRpc } from "./over-rpc.ts";
import { taskRetryMs } from "./task-model.ts";

/** A message in a queue. */
export interface Queued {
  readonly messageId: string;
  readonly body: string;
}

export type Brought = DynamoDBRecord | Queued;

export interface Functions {
  readonly faults: Faults;
  /** The table, without what troubles the functions. */
  readonly store: Store;
  readonly queues: { readonly delays: Queued[]; readonly messages: Queued[] };
  /** What has been written since it was last asked. */
  changes(): Promise<readonly DynamoDBRecord[]>;
  readonly ask: Ask;
  advance(records: readonly Brought[], now: number): Promise<SQSBatchResponse>;
  deliver(records: readonly Brought[], now: number): Promise<SQSBatchResponse>;
  sweep(now: number): Promise<void>;
  /** Forgets all that is stored, queued, and on its way. */
  clear(): Promise<void>;
  close(): void;
}

/** When the function that is running was called. */
const moment = new AsyncLocalStorage<number>();

/** The whole deployment over a table of its own. */
export async function openFunctions(damage: Damage = (store) => store): Promise<Functions> {
  const calm = testClient();
  const table = await freshTable(calm);
  const stream = await openStream(inject("dynamoEndpoint"), table);
  const faults = newFaults();
  const client = faultyClient(faults);
  const queues = { delays: [] as Queued[], messages: [] as Queued[] };
  setEnvironment(table);
  const restoreClock = setClock();
  const { api, advance, deliver, sweep } = await load(client, queues, damage);
  const at = <Result>(now: number, run: () => Promise<Result>): Promise<Result> => moment.run(now, run);
  let requests = 0;
  return {
    faults,
    store: dynamoStore({ client: calm, table }),
    queues,
    changes: () => stream.next(),
    async ask(asked, now) {
      const { kind, data } = toRpc(asked);
      const corrId = `c${requests++}`;
      const body = JSON.stringify({ kind, head: { corrId, version: "2026-04-01" }, data });
      const { statusCode, body: answer } = await at(now, () => api(toEvent(body, corrId)));
      return statusCode === 503 ? undefined : fromRpc(asked, statusCode, JSON.parse(answer).data);
    },
    advance: (Records, now) => at(now, () => advance({ Records })),
    deliver: (Records, now) => at(now, () => deliver({ Records })),
    sweep: (now) => at(now, () => sweep({}, { getRemainingTimeInMillis: () => 60_000 } as Context)),
    async clear() {
      faults.next = [];
      queues.delays.length = 0;
      queues.messages.length = 0;
      await dynamoDebug(calm, table).clear();
      await stream.next();
    },
    close() {
      client.destroy();
      calm.destroy();
      restoreClock();
      vi.unstubAllEnvs();
    },
  };
}

function setEnvironment(table: string): void {
  const settings = {
    [variables.table]: table,
    [variables.bodies]: "none",
    [variables.publicUrls]: "https://promises.test",
    [variables.retrySeconds]: String(taskRetryMs / 1_000),
    [variables.deliveryQueue]: "messages",
    [variables.delayQueue]: "delays",
    [variables.account]: "000000000000",
    [variables.partition]: "aws",
    [variables.adminKeySecret]: "none",
    [variables.linkKeysSecret]: "none",
    [variables.serviceName]: "simulation",
    POWERTOOLS_METRICS_DISABLED: "true",
  };
  for (const [name, value] of Object.entries(settings)) {
    vi.stubEnv(name, value);
  }
}

/** A function's clock stands at the moment that it was called at; every other clock goes on. */
function setClock(): () => void {
  const now = Date.now;
  Date.now = () => moment.getStore() ?? now();
  return () => {
    Date.now = now;
  };
}

type Batch = { readonly Records: readonly Brought[] };

interface Handlers {
  api(event: object): Promise<{ readonly statusCode: number; readonly body: string }>;
  advance(event: Batch): Promise<SQSBatchResponse>;
  deliver(event: Batch): Promise<SQSBatchResponse>;
  sweep(event: object, context: Context): Promise<void>;
}

/** The functions' own files, with nothing of theirs replaced but what leads outside. */
async function load(client: DynamoDBDocumentClient, queues: Functions["queues"], damage: Damage): Promise<Handlers> {
  vi.resetModules();
  vi.doMock("#lib/store/dynamodb/client.ts", () => ({ dynamoClient: () => client }));
  vi.doMock("#lib/store/dynamodb/store.ts", async (original) => {
    const store = await original<typeof import("#lib/store/dynamodb/store.ts")>();
    const cut = { list: 1, due: 2 };
    return {
      dynamoStore: (options: object) => damage(store.dynamoStore({ ...options, client, shards: cut } as Options)),
    };
  });
  vi.doMock("#lib/log.ts", async (original) => {
    const log = await original<typeof import("#lib/log.ts")>();
    return { ...log, logger: () => log.logger({ write: () => {} }) };
  });
  vi.doMock("@aws-sdk/client-sqs", async (original) => ({ ...(await original<object>()), SQSClient: listing(queues) }));
  const [api, advance, deliver, sweep] = await Promise.all([
    import("../../functions/api.ts"),
    import("../../functions/advance.ts"),
    import("../../functions/deliver.ts"),
    import("../../functions/sweep.ts"),
  ]);
  return {
    api: api.handler as unknown as Handlers["api"],
    advance: advance.handler as unknown as Handlers["advance"],
    deliver: deliver.handler as unknown as Handlers["deliver"],
    sweep: sweep.handler,
  };
}

type Options = Parameters<typeof dynamoStore>[0];

/** What is sent to a queue: one message, or several. */
interface Sent {
  readonly QueueUrl: keyof Functions["queues"];
  readonly MessageBody?: string;
  readonly Entries?: readonly { readonly MessageBody: string }[];
}

let messages = 0;

/** A client of queues that are lists. */
const listing = (queues: Functions["queues"]) =>
  class {
    async send({ input }: { input: Sent }): Promise<object> {
      const bodies = input.Entries?.map(({ MessageBody }) => MessageBody) ?? [input.MessageBody ?? ""];
      queues[input.QueueUrl].push(...bodies.map((body) => ({ messageId: `m${messages++}`, body })));
      return {};
    }
  };

/** A request as an HTTP API hands it over, of a caller whom IAM has let in. */
const toEvent = (body: string, requestId: string): object => ({
  version: "2.0",
  routeKey: "$default",
  rawPath: "/",
  rawQueryString: "",
  headers: { host: "promises.test", "content-type": "application/json" },
  requestContext: {
    domainName: "promises.test",
    requestId,
    http: { method: "POST", path: "/", protocol: "HTTP/1.1", sourceIp: "127.0.0.1", userAgent: "simulation" },
    authorizer: { iam: { userArn: "arn:aws:iam::000000000000:user/simulation" } },
  },
  body,
  isBase64Encoded: false,
});
