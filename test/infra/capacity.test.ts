/** The page of capacity shows what the script computes, and the script's model does what the service does. */

import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { countScenarios, limitsTable, partsTable, streamTable, timersTable } from "../../bench/capacity/capacity.ts";
import { deployed } from "../../bench/capacity/limits.ts";
import { asModelled, reallyRun } from "../../bench/capacity/real.ts";
import { VirtualTime } from "../../bench/capacity/virtual-time.ts";

const page = readFileSync(new URL("../../docs/capacity.md", import.meta.url), "utf8");
const [, shown = ""] = /<!-- npm run capacity -->\n([\s\S]*?)\n<!-- end -->/.exec(page) ?? [];
const [parts, stream, timers = "", limits] = shown.split("\n\n");

it("is what the page says of each part, from what is measured and what is documented", async () => {
  expect(partsTable(await countScenarios())).toBe(parts);
  expect([streamTable(), limitsTable()]).toEqual([stream, limits]);
});

it("is what the page says of timers, as far as it is quickly played", async () => {
  const rows = 2;
  expect(await timersTable(rows)).toBe(
    timers
      .split("\n")
      .slice(0, 2 + rows)
      .join("\n"),
  );
});

it("takes the deployment's own limits as the stack has them", () => {
  const written = (file: string) => readFileSync(new URL(`../../infra/${file}.ts`, import.meta.url), "utf8");
  expect(written("minute-sweep")).toContain("memorySize: 1_769,");
  expect(written("advance")).toContain("memorySize: 512,");
  expect(written("advance")).toContain("runsOfAShard = 8;");
  expect(written("announcements")).toContain("memorySize: 256,");
  expect(written("promise-table")).toContain("parallelizationFactor: 10,");
  const { sweepMb, advanceMb, announceMb, runsOfADueShard } = deployed;
  expect([sweepMb, advanceMb, announceMb, runsOfADueShard]).toEqual([1_769, 512, 256, 8]);
});

it("models what really happens: each timer handed on once, settled once, at two write units", async () => {
  const [count, withinMs] = [400, 1_000];
  const [ran, model] = [await reallyRun(count, withinMs, 500, true), await asModelled(count, withinMs, 8)];
  expect(ran).toMatchObject({ handedOn: count, settled: count, writeUnits: 2 * count });
  // The first of the model's falls due at the very end of what an earlier sweep has looked ahead.
  expect(model.handedOn - count).toBeLessThanOrEqual(1);
  expect(model.refused).toBe(0);
  // 50 timers of a shard, in one second or in two.
  expect(ran.messages).toBeGreaterThanOrEqual(8 * 2);
  expect(ran.messages).toBeLessThanOrEqual(8 * 4);
  // Never before its time, and at most by the whole seconds of the queue's delays after it.
  expect(ran.medianMs).toBeGreaterThanOrEqual(0);
  expect(ran.lastMs).toBeLessThanOrEqual(1_000);
});

it("lets its time pass in order, whoever asks, and only when all that was woken has gone on", async () => {
  const time = new VirtualTime(0);
  const seen: [number, string][] = [];
  const walk = async (name: string, ...steps: readonly number[]) => {
    for (const ms of steps) {
      await time.sleep(ms);
      seen.push([time.now, name]);
    }
  };
  void walk("a", 5, 0, 5);
  void walk("b", 3, 7, 100);
  time.at(4, () => seen.push([time.now, "c"]));
  await time.run(50);
  expect(seen).toEqual([
    [3, "b"],
    [4, "c"],
    [5, "a"],
    [5, "a"],
    [10, "b"],
    [10, "a"],
  ]);
  expect(time.now).toBe(50);
});
