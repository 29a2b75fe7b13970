import { sweep } from "#lib/service/sweep.ts";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { printTable, verdict } from "../table.ts";
import { fill } from "./crowd.ts";
import type { Meter } from "./meter.ts";
import { works } from "./scene.ts";

const due = 1_000;
const birth = 1_795_000_000_000;
const deadline = birth + 3_600_000;

/** The write that settles, and the row that leaves the due index. */
const writeUnitsMax = 2;

/** What it costs to settle what is due, each promise's share. */
export async function countSweep(meter: Meter): Promise<boolean> {
  const { client } = meter;
  const table = "due";
  await ensureTable(client, table);
  const store = dynamoStore({ client, table });
  const reports = Array.from({ length: due }, (_, month) => ({
    id: `staging/analytics/report/${month}`,
    timeoutAt: deadline,
    param: {},
    tags: {},
  }));
  await fill(store, reports, birth);

  const now = () => deadline;
  const { work, timer } = works(store, now, "sent");
  const spent = await meter.spentBy(async () => {
    const options = { store, advancer: work, timer, now, lookAheadMs: 0, isTimeUp: () => false };
    const { changed, failures } = await sweep(options, { roundTrips: 0 });
    if (changed !== due || failures.length > 0) {
      throw new Error(`the sweep settled ${changed} of ${due}, and failed ${failures.length} times`);
    }
  });
  const isKept = spent.writeUnits <= due * writeUnitsMax;
  printTable(
    `Units per promise of a sweep that settles ${due}`,
    ["round trips", "write units", "budget", "read units", ""],
    [[spent.roundTrips / due, spent.writeUnits / due, writeUnitsMax, spent.readUnits / due, verdict(isKept)]],
  );
  return isKept;
}
