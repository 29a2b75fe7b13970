/**
 * What the deployed service costs, from units that are measured and prices that are given:
 * `npm run cost -- --prices FILE`. Prints what `docs/cost.md` shows.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { metrics } from "#lib/ports/metrics.ts";
import { defaultShards } from "#lib/store/dynamodb/layout.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { startEngine } from "../../test/support/engine.ts";
import { type Meter, meter, type Spent } from "../units/meter.ts";
import { scene } from "../units/scene.ts";
import { type Prices, readPrices } from "./prices.ts";
import { type Scenario, scenarios } from "./scenarios.ts";

/** What is not counted but taken for granted: seconds that runs of functions last, of which AWS tells its own. */
const assumed = {
  api: { seconds: 0.015, gb: 1 },
  advance: { seconds: 0.02, gb: 0.5 },
  deliver: { seconds: 0.05, gb: 0.5 },
  announce: { seconds: 0.05, gb: 0.25 },
  poll: { seconds: 25, gb: 0.125 },
  stream: { seconds: 60, gb: 0.25 },
  sweep: { seconds: 0.15, gb: 1.728 },
  /** Bytes of a log line, the platform's own two and a metric's beside it. */
  logBytes: 1_200,
} as const;

const month = { minutes: 43_200, seconds: 2_592_000 } as const;

/** Bytes of a payload in what is played. */
const padding = "x".repeat(300);

const million = 1_000_000;

/** The page's tables, in Markdown. */
export async function costTables(prices: Prices): Promise<string> {
  const engine = await startEngine();
  const counting = meter(engine.endpoint);
  try {
    const table = "cost";
    await ensureTable(counting.client, table);
    const counted = [];
    for (const scenario of scenarios) {
      counted.push({ scenario, spent: await spentOn(counting, table, scenario) });
    }
    const sweep = await sweepUnits(counting, table);
    return [
      idleTable(prices, sweep),
      millionTable(prices, counted),
      eventsTable(prices),
      workerTable(prices),
      othersTable(prices),
    ].join("\n\n");
  } finally {
    counting.client.destroy();
    await engine.stop();
  }
}

/** What the table and its indexes take of a scenario, played. */
export const spentOn = (counting: Meter, table: string, { played }: Scenario): Promise<Spent> =>
  counting.spentBy(() => played(scene(dynamoStore({ client: counting.client, table }), padding, "sent")));

/** Read units of one sweep that finds nothing: a query of each shard of the due index. */
async function sweepUnits(counting: Meter, table: string): Promise<number> {
  const store = dynamoStore({ client: counting.client, table });
  const { readUnits } = await counting.spentBy(async () => {
    for (let shard = 0; shard < store.dueShards; shard++) {
      await Array.fromAsync(store.due(shard, 0, { roundTrips: 0 }));
    }
  });
  return readUnits;
}

type Run = Exclude<keyof typeof assumed, "logBytes">;

/** One run of a function, its log line included. */
const run = (prices: Prices, name: Run): number =>
  prices.lambdaRequest + assumed[name].seconds * assumed[name].gb * prices.lambdaGbSecond + logged(prices);

const logged = (prices: Prices): number => (assumed.logBytes / 1e9) * prices.logGb;

/** Metrics with a label count once for each of its values. */
const labelled: Readonly<Record<string, number>> = { requests: 4, deliveries: 3, hookEvents: 9 };

function idleTable(prices: Prices, sweepReads: number): string {
  const series = Object.keys(metrics).reduce((sum, name) => sum + (labelled[name] ?? 1), 0);
  const rows: [string, number][] = [
    [`${month.minutes.toLocaleString("en")} sweeps: runs and log`, month.minutes * run(prices, "sweep")],
    [
      `their ${sweepReads} read units each, of ${defaultShards.due} shards`,
      month.minutes * sweepReads * prices.readUnit,
    ],
    ["secrets: the administrator's key, the keys of links and of signatures", 3 * prices.secretMonth],
    [`metrics: at most ${series}, by the hour in which they are written`, 2 * prices.metricMonth],
    ["alarms: 17", 17 * prices.alarmMonth],
    ["dashboard (the first three of an account are free)", prices.dashboardMonth],
  ];
  const total = rows.reduce((sum, [, dollars]) => sum + dollars, 0);
  return table(
    ["an idle month", "$"],
    [...rows.map(([what, dollars]) => [what, money(dollars)]), ["**together**", `**${money(total)}**`]],
  );
}

function millionTable(prices: Prices, counted: readonly { scenario: Scenario; spent: Spent }[]): string {
  const rows = counted.map(({ scenario: { name, requests, streamed, messages }, spent }) => {
    const tableCost = spent.writeUnits * prices.writeUnit + spent.readUnits * prices.readUnit;
    const gateway = requests * prices.httpApiRequest;
    const functions =
      requests * run(prices, "api") + streamed * run(prices, "advance") + messages * run(prices, "deliver");
    // What is streamed of something due soon goes through a queue as well; a message is put, taken and deleted.
    const queues = messages * 3 * prices.queueRequest;
    const total = tableCost + gateway + functions + queues;
    return [
      name,
      String(spent.writeUnits),
      String(spent.readUnits),
      String(requests),
      ...[tableCost, gateway, functions + queues, total].map((dollars) => money(dollars * million)),
    ];
  });
  return table(
    [
      "a million of each",
      "write units",
      "read units",
      "requests",
      "table $",
      "gateway $",
      "functions and queues $",
      "together $",
    ],
    rows,
  );
}

/** Both events of a promise, as an option; a run of the function for each, as where they come one by one. */
function eventsTable(prices: Prices): string {
  const rows: [string, number][] = [
    ["2 events put on a bus", 2 * prices.busEvent],
    ["2 runs of the function that announces them", 2 * run(prices, "announce")],
  ];
  const total = rows.reduce((sum, [, dollars]) => sum + dollars, 0);
  return table(
    ["lifecycle events, a million promises", "$"],
    [
      ...rows.map(([what, dollars]) => [what, money(dollars * million)]),
      ["**together**", `**${money(total * million)}**`],
    ],
  );
}

function workerTable(prices: Prices): string {
  const looks = (month.seconds / 0.5) * 2 * 0.5 * prices.readUnit;
  const runsOf = (name: "poll" | "stream") => month.seconds / assumed[name].seconds;
  const held = runsOf("poll") * (run(prices, "poll") + prices.httpApiRequest);
  const streamed = runsOf("stream") * run(prices, "stream");
  return table(
    ["a worker that listens, a month", "runs $", "looks into two mailboxes, twice a second $", "together $"],
    [
      [`by requests that are held, ${count(runsOf("poll"))} of them`, ...[held, looks, held + looks].map(money)],
      [`on streams, ${count(runsOf("stream"))} of a minute each`, ...[streamed, looks, streamed + looks].map(money)],
    ],
  );
}

function othersTable(prices: Prices): string {
  return table(
    ["beside others", "$"],
    [
      [
        "Step Functions, standard: a million workflows of three steps, five transitions each",
        money(5 * million * prices.stepFunctionsTransition),
      ],
      [
        "a server (Fargate, half a CPU, 1 GB) beside a database (db.t4g.small, 20 GB), one of each, a month",
        money(prices.serverMonth + prices.databaseMonth),
      ],
    ],
  );
}

const count = (runs: number): string => Math.round(runs).toLocaleString("en");

const money = (dollars: number): string => dollars.toFixed(2);

/** In Markdown, numbers to the right. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map((_, at) => (at === 0 ? "---" : "---:")), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");

if (import.meta.main) {
  const { values } = parseArgs({ options: { prices: { type: "string" } } });
  const prices = readPrices(values.prices ?? new URL("./us-east-1.json", import.meta.url));
  console.log(await costTables(prices));
}
