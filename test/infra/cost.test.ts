/** The page of costs shows what the script computes, from what is measured. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { costTables } from "../../bench/cost/cost.ts";
import { readPrices } from "../../bench/cost/prices.ts";
import { freshFolder } from "../support/folder.ts";

const list = new URL("../../bench/cost/us-east-1.json", import.meta.url);

const read = (page: string) => readFileSync(new URL(`../../${page}`, import.meta.url), "utf8");

it("is what the page says", async () => {
  const [, shown] = /<!-- npm run cost -->\n([\s\S]*?)\n<!-- end -->/.exec(read("docs/cost.md")) ?? [];
  expect(await costTables(readPrices(list))).toBe(shown);
});

it("is what other pages say in whole dollars", async () => {
  const prices = readPrices(list);
  const tables = await costTables(prices);
  /** The last figure of a row. */
  const dollars = (row: string) =>
    Number(new RegExp(`^\\| (?:\\*\\*)?${row}.* \\|\\s*(?:\\*\\*)?([\\d.]+)(?:\\*\\*)? \\|$`, "m").exec(tables)?.[1]);
  const whole = (cost: number) => `${Math.round(cost)} $`;
  expect(read("README.md")).toContain(
    `some ${whole(dollars("together"))} for an idle month, ${whole(dollars("a promise"))} for a million promises, ` +
      `${whole(dollars("a workflow of three steps"))} for a million workflows of three steps`,
  );
  const others = dollars("alarms") + dollars("dashboard");
  const series = Number(/metrics: at most (\d+)/.exec(tables)?.[1]);
  const [least, most] = [dollars("metrics"), series * prices.metricMonth].map((cost) => whole(cost + others));
  expect(read("docs/operations.md")).toContain(`Metrics, alarms and the dashboard cost ${least} to ${most} a month`);
});

it("follows the price list, which must be whole", async () => {
  const prices = readPrices(list);
  const dearer = await costTables({ ...prices, writeUnit: 2 * prices.writeUnit });
  expect(dearer).not.toBe(await costTables(prices));
  const file = join(freshFolder(), "prices.json");
  writeFileSync(file, JSON.stringify({ ...prices, readUnit: undefined }));
  expect(() => readPrices(file)).toThrow("readUnit");
});
