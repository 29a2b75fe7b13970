/**
 * What the service costs and how fast it is, as tables: `npm run bench`, or one part of it, `npm run bench -- units`.
 *
 * - `units` counts. Requests to DynamoDB and the capacity units that it says they took, for 1 KB promises in a table
 *   with all its indexes, against the budget of each verb. The same on every machine: a row over its budget makes the
 *   run fail.
 * - `local` times. Requests a second and how long each waits, of the local server with its file on disk, asked over
 *   loopback by a process that does nothing else. The rows of a bare `node:http` server are what the client itself can
 *   reach on this machine: a row near them measures the client. Rows with a target say whether they meet it. Then whole
 *   tasks through the RPC door, and messages to workers on streams: the best of several runs.
 * - `cpu` compares. Processor time of a request through our door, core and store over that of the shortest Hono
 *   handler which sends DynamoDB the same request; rounds of both take turns, and the ratio is the median of the pairs.
 * - `work` times. Processor time of what the service does on its own, for each timer, change and event: what
 *   `npm run capacity` computes with.
 * - `timers` compares. Twenty thousand timers that fall due, really and in the model that `npm run capacity` computes with.
 * - `cold` compares. Bytes of each function's bundle against its budget; its import, and the first thing that it does,
 *   over those of the same shortest handler.
 *
 * Times are of the machine they were taken on, and of what else it was doing; ratios and counts are not.
 *
 * @module
 */

/** Each prints its tables, and says whether every count kept its budget. Loaded only when it is asked for. */
const parts: Readonly<Record<string, () => Promise<boolean>>> = {
  units: async () => (await import("./units/units.ts")).benchUnits(),
  local: async () => (await import("./local/local.ts")).benchLocal(),
  cpu: async () => (await import("./cpu/cpu.ts")).benchCpu(),
  work: async () => (await import("./capacity/work.ts")).benchWork(),
  timers: async () => (await import("./capacity/real.ts")).benchReal(),
  cold: async () => (await import("./cold/cold.ts")).benchCold(),
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(parts, name));
if (unknown.length > 0) {
  console.error(`No such part: ${unknown.join(", ")}. There are ${Object.keys(parts).join(", ")}.`);
  process.exit(1);
}

for (const [name, bench] of Object.entries(parts)) {
  if ((asked.length === 0 || asked.includes(name)) && !(await bench())) {
    process.exitCode = 1;
  }
}
