import { closeSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printTable } from "../table.ts";
import type { Job, Load } from "./load.ts";
import { loaded } from "./loaded.ts";
import { type Served, serve } from "./served.ts";
import { benchTasks } from "./tasks.ts";

const servers = {
  ours: new URL("../../lib/local/main.ts", import.meta.url),
  ceiling: new URL("./ceiling.ts", import.meta.url),
} as const;

const scripts = ["create", "rpc create", "get", "rpc get", "create+settle"] as const;
const concurrencies = [1, 16, 64] as const;
const times = { warmUpMs: 1_000, measuredMs: 3_000 } as const;

interface Target {
  readonly perSecondMin: number;
  readonly p99MsMax?: number;
}

const targets: Readonly<Record<string, Target>> = {
  "create 16": { perSecondMin: 10_000, p99MsMax: 10 },
  "get 16": { perSecondMin: 20_000 },
};

type Row = readonly (string | number)[];

/** Prints what the local server does; times keep no budget, so the answer is always that they did. */
export async function benchLocal(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "resonate-bench-"));
  try {
    const rows = [...(await rowsOfOurs(folder)), ...(await rowsOfLogs(folder)), ...(await rowsOfCeiling())];
    printTable(
      "Local server: SQLite on disk, synchronous=FULL; its log thrown away where nothing else is said",
      ["server", "requests", "connections", "requests/s", "p50 ms", "p99 ms", "server's CPU µs/request", "target"],
      rows,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
  await benchTasks();
  return true;
}

const rowsOfOurs = (folder: string): Promise<Row[]> =>
  during(serveOurs(join(folder, "thrown-away"), "ignore"), async (server) => {
    const rows: Row[] = [];
    for (const script of scripts) {
      for (const connections of concurrencies) {
        rows.push(await rowOf("ours", server, script, connections, targets[`${script} ${connections}`]));
      }
    }
    return rows;
  });

async function rowsOfLogs(folder: string): Promise<Row[]> {
  const log = openSync(join(folder, "log"), "w");
  try {
    return await during(serveOurs(join(folder, "kept"), log), async (server) => [
      await rowOf("ours, log kept in a file", server, "create", 16),
      await rowOf("ours, log kept in a file", server, "get", 16),
    ]);
  } finally {
    closeSync(log);
  }
}

const rowsOfCeiling = (): Promise<Row[]> =>
  during(serve(servers.ceiling, [], "ignore"), async (server) => [
    await rowOf("bare node:http", server, "create", 16),
    await rowOf("bare node:http", server, "get", 1),
    await rowOf("bare node:http", server, "get", 16),
    await rowOf("bare node:http", server, "get", 64),
  ]);

/** Stops the server whatever comes of the rows. */
async function during(starting: Promise<Served>, rowsOf: (server: Served) => Promise<Row[]>): Promise<Row[]> {
  const server = await starting;
  try {
    return await rowsOf(server);
  } finally {
    await server.stop();
  }
}

/** The server as `npm start` runs it. */
const serveOurs = (data: string, stdout: "ignore" | number): Promise<Served> =>
  serve(servers.ours, ["--port", "0", "--data", data], stdout);

async function rowOf(
  name: string,
  server: Served,
  script: Job["script"],
  connections: number,
  target?: Target,
): Promise<Row> {
  const before = server.cpuMs();
  const load = await loaded({ port: server.port, script, connections, ...times });
  const cpuUs = ((server.cpuMs() - before) * 1_000) / load.answered;
  return [
    name,
    script,
    connections,
    Math.round(load.perSecond),
    load.p50Ms,
    load.p99Ms,
    Math.round(cpuUs),
    target === undefined ? "" : told(target, load),
  ];
}

function told({ perSecondMin, p99MsMax }: Target, { perSecond, p99Ms }: Load): string {
  const isMet = perSecond >= perSecondMin && (p99MsMax === undefined || p99Ms < p99MsMax);
  const wanted = `>= ${perSecondMin.toLocaleString("en")}/s${p99MsMax === undefined ? "" : `, p99 < ${p99MsMax} ms`}`;
  return `${wanted}: ${isMet ? "met" : "MISSED"}`;
}
