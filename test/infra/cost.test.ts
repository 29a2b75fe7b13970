/** The page of costs shows what the script computes, from what is measured. */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { costTables } from "../../bench/cost/cost.ts";
import { readPrices } from "../../bench/cost/prices.ts";
import { freshFolder } from "../support/folder.ts";

const list = new URL("../../bench/cost/us-east-1.json", import.meta.url);

it("is what the page says", async () => {
  const page = readFileSync(new URL("../../docs/cost.md", import.meta.url), "utf8");
  const [, shown] = /<!-- npm run cost -->\n([\s\S]*?)\n<!-- end -->/.exec(page) ?? [];
  expect(await costTables(readPrices(list))).toBe(shown);
});

it("follows the price list, which must be whole", async () => {
  const prices = readPrices(list);
  const dearer = await costTables({ ...prices, writeUnit: 2 * prices.writeUnit });
  expect(dearer).not.toBe(await costTables(prices));
  const file = join(freshFolder(), "prices.json");
  writeFileSync(file, JSON.stringify({ ...prices, readUnit: undefined }));
  expect(() => readPrices(file)).toThrow("readUnit");
});
