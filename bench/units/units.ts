import { ensureTable } from "#lib/store/dynamodb/table.ts";
import { startEngine } from "../../test/support/engine.ts";
import { meter } from "./meter.ts";
import { countSearches } from "./searches.ts";
import { countSweep } from "./sweeps.ts";
import { countVerbs } from "./verbs.ts";

/** @returns Whether everything counted kept its budget. */
export async function benchUnits(): Promise<boolean> {
  const engine = await startEngine();
  const counting = meter(engine.endpoint);
  try {
    const table = "verbs";
    await ensureTable(counting.client, table);
    const isKept = [await countVerbs(counting, table), await countSearches(counting), await countSweep(counting)];
    return isKept.every((kept) => kept);
  } finally {
    counting.client.destroy();
    await engine.stop();
  }
}
