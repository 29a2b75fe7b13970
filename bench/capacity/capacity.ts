/**
 * How much the deployed service carries, from units that are measured and limits that are documented; and how late a
 * million timers are: `npm run capacity`. Prints what `docs/capacity.md` shows.
 *
 * @module
 */

import { defaultShards, indexes } from "#lib/store/dynamodb/layout.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { startEngine } from "../../test/support/engine.ts";
import { spentOn, table } from "../cost/cost.ts";
import { type Scenario, scenarios } from "../cost/scenarios.ts";
import { meter, type Spent } from "../units/meter.ts";
import { cpuMs, deployed, documented, latencyMs } from "./limits.ts";
import { type Lateness, type Turned, timersInAMinute } from "./timers.ts";

export interface Counted {
  readonly scenario: Scenario;
  readonly spent: Spent;
}

/** What one of each takes of the table and its indexes, played against a DynamoDB engine. */
export async function countScenarios(): Promise<readonly Counted[]> {
  const engine = await startEngine();
  const counting = meter(engine.endpoint);
  try {
    await ensureTable(counting.client, "capacity");
    const counted: Counted[] = [];
    for (const scenario of scenarios) {
      counted.push({ scenario, spent: await spentOn(counting, "capacity", scenario) });
    }
    return counted;
  } finally {
    counting.client.destroy();
    await engine.stop();
  }
}

interface Part {
  readonly name: string;
  /** How many of what is counted it carries in a second. */
  readonly carries: (counted: Counted) => number;
  readonly turn: string;
}

const unitsOf = ({ indexWrites }: Spent, index: keyof typeof indexes): number => indexWrites[indexes[index].name] ?? 0;

/** Of the table alone. */
const tableUnits = ({ writeUnits, indexWrites }: Spent): number =>
  writeUnits - Object.values(indexWrites).reduce((sum, each) => sum + each, 0);

const shardsCarry = (shards: number): number =>
  Math.min(shards * documented.partitionWrites.value, documented.tableWrites.value);

const runsCarry = (ms: number): number => (documented.runs.value * 1_000) / ms;

const parts: readonly Part[] = [
  {
    name: "the gateway's requests",
    carries: ({ scenario }) => documented.requests.value / scenario.requests,
    turn: "AWS's quota",
  },
  {
    name: "runs of the API function",
    carries: ({ scenario }) => runsCarry(latencyMs.request) / scenario.requests,
    turn: "AWS's quota",
  },
  {
    name: "the table",
    carries: ({ spent }) => documented.tableWrites.value / tableUnits(spent),
    turn: "AWS's quota",
  },
  {
    name: `the lists, ${defaultShards.list} shards`,
    carries: ({ spent }) =>
      shardsCarry(defaultShards.list) / Math.max(unitsOf(spent, "byCreation"), unitsOf(spent, "byId")),
    turn: "`shards.list`",
  },
  {
    name: `the due index, ${defaultShards.due} shards`,
    carries: ({ spent }) => shardsCarry(defaultShards.due) / unitsOf(spent, "due"),
    turn: "`shards.due`",
  },
  {
    name: "runs of the deliver function",
    carries: ({ scenario }) => (deployed.queueBatch * runsCarry(latencyMs.deliver)) / scenario.messages,
    turn: "AWS's quota",
  },
];

/** Each part by itself; the least binds. */
export function partsTable(counted: readonly Counted[]): string {
  const carried = parts.map(({ carries }) => counted.map(carries));
  const least = counted.map((_, at) => Math.min(...carried.map((row) => row[at] as number)));
  const lineage = counted.map(({ spent }) => documented.partitionWrites.value / tableUnits(spent));
  const fresh = counted.map(
    ({ spent }) => documented.newTableWrites.value / Math.max(tableUnits(spent), ...Object.values(spent.indexWrites)),
  );
  return table(
    ["a second, of each", ...counted.map(({ scenario }) => scenario.name), "what to turn"],
    [
      ...parts.map(({ name, turn }, row) => [
        name,
        ...counted.map((_, at) => shown(carried[row]?.[at] as number, carried[row]?.[at] === least[at])),
        turn,
      ]),
      ["a table that has never been busier", ...fresh.map((each) => shown(each, false)), "warm throughput"],
      ["in one lineage, or under ids like `order:17`", ...lineage.map((each) => shown(each, false)), "ids: `order/17`"],
    ],
  );
}

const shown = (count: number, isLeast: boolean): string => {
  const text = Number.isFinite(count) ? Math.floor(count).toLocaleString("en") : "–";
  return isLeast ? `**${text}**` : text;
};

/** What follows one partition of the table, beside what that partition can be written. */
export function streamTable(): string {
  const share = (mb: number) => Math.min(1, mb / documented.mbOfAProcessor.value);
  const carries = (mb: number, ms: number) => documented.runsOfAStreamShard.value * share(mb) * (1_000 / ms);
  return table(
    ["a second, of each partition", ""],
    [
      ["write units that it takes", shown(documented.partitionWrites.value, true)],
      [
        "its changes from which messages follow, read by advance",
        shown(carries(deployed.advanceMb, cpuMs.followed), false),
      ],
      ["its events, read by announce", shown(carries(deployed.announceMb, cpuMs.announced), false)],
    ],
  );
}

const million = 1_000_000;
const minuteMs = 60_000;

const asDeployed = (due: number): Turned => ({
  timers: million,
  withinMs: minuteMs,
  dueShards: due,
  sweepMb: deployed.sweepMb,
  advanceMb: deployed.advanceMb,
  warmWrites: documented.tableWrites.value,
  runsMax: Math.min(deployed.runsOfADueShard * due, documented.runs.value),
});

const few = defaultShards.due;
const many = 32;

const turnings: readonly (readonly [string, Turned])[] = [
  [`100,000 timers, ${few} shards`, { ...asDeployed(few), timers: 100_000 }],
  [`a million, ${few} shards`, asDeployed(few)],
  [`a million, ${few} shards, a new table`, { ...asDeployed(few), warmWrites: documented.newTableWrites.value }],
  [`a million, ${many} shards`, asDeployed(many)],
  [`a million, ${many} shards, all at one moment`, { ...asDeployed(many), withinMs: 1 }],
];

/** @param first So many rows; absent: all, which take some ten seconds. */
export async function timersTable(first: number = turnings.length): Promise<string> {
  const rows: string[][] = [];
  for (const [what, turned] of turnings.slice(0, first)) {
    rows.push([what, ...latenessCells(await timersInAMinute(turned))]);
  }
  return table(
    [
      "timers due in one minute",
      "median late",
      "p99",
      "last",
      "of the mean: handed on late",
      "waiting",
      "worked",
      "runs at once",
    ],
    rows,
  );
}

function latenessCells({ medianMs, p99Ms, lastMs, parts: { handed, queued, worked }, runsAtOnce }: Lateness): string[] {
  return [
    ...[medianMs, p99Ms, lastMs, handed, queued, worked].map((ms) => `${(ms / 1_000).toFixed(1)} s`),
    String(runsAtOnce),
  ];
}

/** The limits, with their sources. */
export function limitsTable(): string {
  return table(
    ["AWS's limit", "", "source"],
    Object.values(documented).map(({ says, value, source }) => [
      says,
      value.toLocaleString("en"),
      `[${new URL(source).pathname.split("/").at(-1)}](${source})`,
    ]),
  );
}

/** The page's tables, in Markdown. */
export async function capacityTables(): Promise<string> {
  return [partsTable(await countScenarios()), streamTable(), await timersTable(), limitsTable()].join("\n\n");
}

if (import.meta.main) {
  console.log(await capacityTables());
}
