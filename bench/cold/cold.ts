import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { creation, newborn, posting, unblock } from "#lib/core/index.ts";
import { dynamoClient } from "#lib/store/dynamodb/client.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { variables } from "../../functions/env.ts";
import { bundle } from "../../infra/bundle.ts";
import { startEngine } from "../../test/support/engine.ts";
import { median, printTable, verdict } from "../table.ts";
import { asked, askedOfBare } from "./asked.ts";
import { bundleBytesMax, type FunctionName } from "./budgets.ts";

const processes = 21;
const ratioMax = 1.3;
const table = "bench";

const bareFile = fileURLToPath(new URL("./bare-function.ts", import.meta.url));
const fileOf = (name: FunctionName) => fileURLToPath(new URL(`../../functions/${name}.ts`, import.meta.url));

/** A bundle, what it is first asked for, and what it may weigh. */
interface Measured {
  readonly name: string;
  readonly make: (folder: string) => Promise<unknown>;
  readonly event: object;
  readonly bytesMax?: number;
}

/** The bare handler first: the others are compared with it. It is bundled as esbuild makes it, and as ours are. */
const measured: readonly Measured[] = [
  { name: "bare Hono handler", make: (folder) => bundle(bareFile, folder, []), event: askedOfBare },
  { name: "bare Hono handler, bundled as ours", make: (folder) => bundle(bareFile, folder), event: askedOfBare },
  ...(Object.keys(bundleBytesMax) as FunctionName[]).map((name) => ({
    name,
    make: (folder: string) => bundle(fileOf(name), folder),
    event: asked[name],
    bytesMax: bundleBytesMax[name],
  })),
];

interface Times {
  readonly importMs: number;
  readonly firstMs: number;
}

/** Prints sizes, import times and those of a first request; a time keeps no budget, so the answer is whether sizes do. */
export async function benchCold(): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "resonate-bench-"));
  const engine = await startEngine();
  const surroundings = surroundingsAt(engine.endpoint);
  const stock = await stockTable(engine.endpoint);
  try {
    const folders = measured.map((_, number) => join(root, String(number)));
    await Promise.all(measured.map(({ make }, number) => make(folders[number] as string)));
    const rounds: Times[][] = [];
    for (let round = 0; round < processes; round++) {
      const times = [];
      for (const [at, { event }] of measured.entries()) {
        await stock.post();
        times.push(await coldTimes(fileIn(folders[at] as string), event, surroundings));
      }
      rounds.push(times);
    }
    const sizes = folders.map((folder) => statSync(fileIn(folder)).size);
    print(sizes, rounds);
    return measured.every(({ bytesMax }, at) => bytesMax === undefined || (sizes[at] as number) <= bytesMax);
  } finally {
    stock.close();
    await engine.stop();
    rmSync(root, { recursive: true });
  }
}

function print(sizes: readonly number[], rounds: readonly (readonly Times[])[]): void {
  printTable(
    `Cold start: a bundle's size, and the times to import it in a new process and to do what it is first asked for (median of ${processes})`,
    ["function", "KB", "budget", "import ms", "over bare", "first ms", "both over bare", "target of the import"],
    measured.map(({ name, bytesMax }, at) => {
      const over = (msOf: (times: Times) => number) =>
        median(rounds.map((round) => msOf(round[at] as Times) / msOf(round[0] as Times)));
      const ratio = over(({ importMs }) => importMs);
      const size = sizes[at] as number;
      return [
        name,
        size / 1_000,
        bytesMax === undefined ? "" : `<= ${bytesMax / 1_000}: ${verdict(size <= bytesMax)}`,
        median(rounds.map((round) => (round[at] as Times).importMs)),
        ratio,
        median(rounds.map((round) => (round[at] as Times).firstMs)),
        over(({ importMs, firstMs }) => importMs + firstMs),
        bytesMax === undefined ? "" : `<= ${ratioMax}: ${ratio <= ratioMax ? "met" : "MISSED"}`,
      ];
    }),
  );
}

const fileIn = (folder: string): string => join(folder, "index.mjs");

/** Imports a function, and has it do something real; it must succeed, or its time would say nothing. */
const timing = `
  const { Writable } = await import("node:stream");
  globalThis.awslambda = {
    streamifyResponse: (handler) => Object.assign(handler, { isStreaming: true }),
    HttpResponseStream: { from: (stream) => stream },
  };
  const started = performance.now();
  const { handler } = await import(process.argv[1]);
  const imported = performance.now();
  const context = { getRemainingTimeInMillis: () => 60_000 };
  const stream = new Writable({ write: (chunk, encoding, done) => done() });
  const event = JSON.parse(process.argv[2]);
  const answer = await (handler.isStreaming ? handler(event, stream, context) : handler(event, context));
  const done = performance.now();
  if (answer?.statusCode >= 500 || answer?.batchItemFailures?.length > 0) {
    throw new Error(JSON.stringify(answer));
  }
  process.stdout.write("\\nTIMES" + JSON.stringify({ importMs: imported - started, firstMs: done - imported }));
  process.exit();
`;

/** What a Lambda function of ours finds around it. */
const surroundingsAt = (endpoint: string) => ({
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  [variables.table]: table,
  [variables.bodies]: "bench",
  [variables.serviceName]: "bench",
  [variables.publicUrls]: "https://promises.bench",
  [variables.retrySeconds]: "30",
  [variables.openSeconds]: "60",
  [variables.deliveryQueue]: "http://127.0.0.1:9/delivery",
  [variables.delayQueue]: "http://127.0.0.1:9/delays",
  [variables.account]: "123456789012",
  [variables.partition]: "aws",
  [variables.eventBus]: "bench",
});

const cost = { roundTrips: 0 };

/** A table with a settled promise, and a way to have news of it wait for the worker that asks. */
async function stockTable(endpoint: string) {
  const credentials = { accessKeyId: "bench", secretAccessKey: "bench" };
  const client = dynamoClient({ endpoint, region: "us-east-1", credentials });
  await ensureTable(client, table);
  const store = dynamoStore({ client, table });
  const promise = { id: "there", timeoutAt: 1, param: { data: "x" }, tags: { kind: "bench" } };
  await store.attempt(creation(newborn(promise, { now: 1, token: "t", retryMs: 1, subscriptions: [] })), cost);
  // It is not due for the sweep.
  const later = Date.now() + 1e9;
  return {
    post: () => store.attempt(posting(unblock("there", "poll://uni@g/w", later)), cost),
    close: () => client.destroy(),
  };
}

async function coldTimes(file: string, event: object, surroundings: Record<string, string>): Promise<Times> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", timing, pathToFileURL(file).href, JSON.stringify(event)],
    { env: { ...process.env, ...surroundings } },
  );
  return JSON.parse(stdout.split("TIMES").at(-1) ?? "") as Times;
}
