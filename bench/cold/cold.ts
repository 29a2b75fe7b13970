import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { variables } from "../../functions/env.ts";
import { bundle } from "../../infra/bundle.ts";
import { median, printTable } from "../table.ts";

const processes = 21;
const bytesMax = 700 * 1_024;
const ratioMax = 1.3;

const entries = {
  ours: new URL("../../functions/api.ts", import.meta.url),
  bare: new URL("./bare-function.ts", import.meta.url),
} as const;

/** Prints sizes and import times; a time keeps no budget, so the answer is whether the size does. */
export async function benchCold(): Promise<boolean> {
  const folder = mkdtempSync(join(tmpdir(), "resonate-bench-"));
  try {
    const ours = join(folder, "api");
    const bare = join(folder, "bare");
    await Promise.all([bundle(fileURLToPath(entries.ours), ours), bundle(fileURLToPath(entries.bare), bare)]);
    const pairs = [];
    for (let pair = 0; pair < processes; pair++) {
      pairs.push({ ours: await importMs(fileIn(ours)), bare: await importMs(fileIn(bare)) });
    }
    const ratio = median(pairs.map((pair) => pair.ours / pair.bare));
    const { size } = statSync(fileIn(ours));
    printTable(
      `Cold start: a bundle's size, and the time to import it in a new process (median of ${processes})`,
      ["bundle", "KB", "target", "import ms", "over the bare one", "target"],
      [
        [
          "API function",
          size / 1_024,
          `<= ${bytesMax / 1_024}: ${size <= bytesMax ? "met" : "OVER"}`,
          median(pairs.map((pair) => pair.ours)),
          ratio,
          `<= ${ratioMax}: ${ratio <= ratioMax ? "met" : "MISSED"}`,
        ],
        ["bare Hono handler", statSync(fileIn(bare)).size / 1_024, "", median(pairs.map((pair) => pair.bare)), 1, ""],
      ],
    );
    return size <= bytesMax;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const fileIn = (folder: string): string => join(folder, "index.mjs");

const timing = `
  const started = performance.now();
  await import(process.argv[1]);
  console.log(performance.now() - started);
`;

/** What a Lambda function of ours finds around it. */
const surroundings = {
  AWS_REGION: "us-east-1",
  AWS_ACCESS_KEY_ID: "bench",
  AWS_SECRET_ACCESS_KEY: "bench",
  [variables.table]: "bench",
  [variables.publicUrls]: "https://promises.bench",
};

async function importMs(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", timing, pathToFileURL(file).href],
    { env: { ...process.env, ...surroundings } },
  );
  return Number(stdout);
}
