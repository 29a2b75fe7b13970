import { randomUUID } from "node:crypto";
import { withNewKey } from "#lib/access/key-ring.ts";
import { sealer as sealerOf } from "#lib/access/sealer.ts";
import { signer as signerOf } from "#lib/access/signer.ts";
import { calendar } from "#lib/cron.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { logger, requestLog } from "#lib/log.ts";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { serviceApp } from "#lib/protocol/app.ts";
import { hookService } from "#lib/service/hooks.ts";
import { linkService } from "#lib/service/links.ts";
import { messageService } from "#lib/service/messages.ts";
import { promiseService } from "#lib/service/promises.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { subscriptionService } from "#lib/service/subscriptions.ts";
import { taskService } from "#lib/service/tasks.ts";
import { visitService } from "#lib/service/visits.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { noSubscriptions } from "../../test/support/subscriptions.ts";
import { median, printTable } from "../table.ts";
import { bareApp } from "./bare.ts";
import { type Canned, cannedDynamo } from "./canned.ts";

type Fetch = (request: Request) => Response | Promise<Response>;

interface Variants {
  readonly ours: Fetch;
  readonly bare: Fetch;
}

const url = "http://promises.bench";
const ratioMax = 1.15;
const rounds = { warmUp: 10, measured: 60, requests: 400, concurrency: 2 } as const;

const created = JSON.stringify({
  id: "purchase",
  timeout: 4_102_444_800_000,
  param: { data: "aGVsbG8=" },
  tags: { team: "music" },
});
const completed = JSON.stringify({ state: "RESOLVED", value: { data: "ZG9uZQ==" } });

const envelope = (kind: string, data: object) =>
  JSON.stringify({ kind, head: { corrId: "1", version: "2026-04-01" }, data });
const rpcCreated = envelope("promise.create", {
  id: "purchase",
  timeoutAt: 4_102_444_800_000,
  param: { data: "aGVsbG8=" },
  tags: { team: "music" },
});
const rpcAcquired = envelope("task.acquire", { id: "purchase", version: 0, pid: "bench", ttl: 60_000 });
const rpcFulfilled = envelope("task.fulfill", {
  id: "purchase",
  version: 1,
  action: {
    kind: "promise.settle",
    head: {},
    data: { id: "purchase", state: "resolved", value: { data: "ZG9uZQ==" } },
  },
});

/** The headers that come with a body through API Gateway too; without its length ours would count what it reads. */
const headersOf = (body: string) => ({
  "content-type": "application/json",
  "content-length": String(body.length),
  "idempotency-key": "bench",
});

const called = (body: string) => new Request(`${url}/`, { method: "POST", headers: headersOf(body), body });

const requests: Readonly<Record<string, () => Request>> = {
  create: () => new Request(`${url}/promises`, { method: "POST", headers: headersOf(created), body: created }),
  get: () => new Request(`${url}/promises/purchase`),
  settle: () =>
    new Request(`${url}/promises/purchase`, { method: "PATCH", headers: headersOf(completed), body: completed }),
  "promise.create": () => called(rpcCreated),
  "task.acquire": () => called(rpcAcquired),
  "task.fulfill": () => called(rpcFulfilled),
};

/** Prints the ratios; they are of processor time, so the answer is always that no count is over its budget. */
export async function benchCpu(): Promise<boolean> {
  const canned = await cannedDynamo();
  const variants: Variants = { ours: ourApp(canned).fetch, bare: bareApp(canned.client, "bench").fetch };
  const rows = [];
  for (const [verb, request] of Object.entries(requests)) {
    await checkSame(variants, request, canned);
    const { oursUs, bareUs, ratio } = await compare(variants, request);
    rows.push([verb, oursUs, bareUs, ratio, `<= ${ratioMax}: ${ratio <= ratioMax ? "met" : "MISSED"}`]);
  }
  printTable(
    "CPU of a request: our door, core and store over a bare Hono handler that sends the same to DynamoDB",
    ["request", "ours µs", "bare µs", "ratio", "target"],
    rows,
  );
  await canned.stop();
  return true;
}

/** As the API function builds it; its log is written in full, and thrown away. */
function ourApp({ client }: Canned) {
  const feed = { written: () => {}, arm: () => {}, taken: () => {}, heardFrom: () => {} };
  const store = dynamoStore({ client, table: "bench" });
  // The query of subscriptions is of no request: it is answered once in a while.
  const conduct = { store, feed, retryMs: 30_000, known: noSubscriptions };
  const sealer = sealerOf(async () => withNewKey({}));
  return serviceApp({
    promises: promiseService(conduct),
    tasks: taskService(conduct),
    schedules: scheduleService(conduct, async () => calendar),
    messages: messageService(conduct),
    links: linkService({ ...conduct, sealer }),
    visits: visitService({ ...conduct, sealer }),
    hooks: hookService({
      store: conduct.store,
      secrets: { put: async () => {}, delete: async () => {} },
      secretProblem,
    }),
    subscriptions: subscriptionService({ ...conduct, secrets: signerOf(async () => withNewKey({})) }),
    sealer,
    probe: async () => {},
    addresses: addressesAt([url]),
    now: Date.now,
    token: randomUUID,
    log: requestLog(logger({ write: () => {} })),
  });
}

/** @throws Error unless both variants succeed and send DynamoDB requests that are alike but for tokens and moments. */
async function checkSame({ ours, bare }: Variants, request: () => Request, canned: Canned): Promise<void> {
  const sent = [];
  for (const fetch of [ours, bare]) {
    const answer = await fetch(request());
    if (!answer.ok) {
      throw new Error(`${answer.status}: ${await answer.text()}`);
    }
    sent.push(shapeOf(JSON.parse(canned.lastBody())));
  }
  if (sent[0] !== sent[1]) {
    throw new Error(`the variants differ:\n${sent.join("\n")}`);
  }
}

/** A request with all its names in order, and the length in place of each text. */
function shapeOf(given: unknown): string {
  if (typeof given !== "object" || given === null) {
    return String(given).length.toString();
  }
  const entries = Object.entries(given).map(([name, part]) => `${name}: ${shapeOf(part)}`);
  return `{${entries.sort().join(", ")}}`;
}

async function compare(variants: Variants, request: () => Request) {
  const pairs: { ours: number; bare: number }[] = [];
  for (let round = 0; round < rounds.warmUp + rounds.measured; round++) {
    const isOursFirst = round % 2 === 0;
    const first = await roundUs(isOursFirst ? variants.ours : variants.bare, request);
    const second = await roundUs(isOursFirst ? variants.bare : variants.ours, request);
    pairs.push(isOursFirst ? { ours: first, bare: second } : { ours: second, bare: first });
  }
  const measured = pairs.slice(rounds.warmUp);
  return {
    oursUs: median(measured.map(({ ours }) => ours)),
    bareUs: median(measured.map(({ bare }) => bare)),
    ratio: median(measured.map(({ ours, bare }) => ours / bare)),
  };
}

/** Processor time of one request, from a round of them. */
async function roundUs(fetch: Fetch, request: () => Request): Promise<number> {
  const before = process.cpuUsage();
  await Promise.all(
    Array.from({ length: rounds.concurrency }, async () => {
      for (let count = 0; count < rounds.requests / rounds.concurrency; count++) {
        await (await fetch(request())).text();
      }
    }),
  );
  const { user, system } = process.cpuUsage(before);
  return (user + system) / rounds.requests;
}
