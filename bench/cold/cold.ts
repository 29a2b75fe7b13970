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

const ours = fileURLToPath(new URL("../../functions/api.ts", import.meta.url));
const bare = fileURLToPath(new URL("./bare-function.ts", import.meta.url));

/** What is compared, the first with the others: the same function, its bundle made as ours is and as esbuild makes it. */
const bundles: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  "API function": (folder) => bundle(ours, folder),
  "bare Hono handler": (folder) => bundle(bare, folder, []),
  "bare Hono handler, bundled as ours": (folder) => bundle(bare, folder),
};

/** Prints sizes and import times; a time keeps no budget, so the answer is whether the size does. */
export async function benchCold(): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "resonate-bench-"));
  try {
    const names = Object.keys(bundles);
    const folders = names.map((_, number) => join(root, String(number)));
    await Promise.all(Object.values(bundles).map((make, number) => make(folders[number] as string)));
    const rounds: number[][] = [];
    for (let round = 0; round < processes; round++) {
      const times = [];
      for (const folder of folders) {
        times.push(await importMs(fileIn(folder)));
      }
      rounds.push(times);
    }
    const sizes = folders.map((folder) => statSync(fileIn(folder)).size);
    printTable(
      `Cold start: a bundle's size, and the time to import it in a new process (median of ${processes})`,
      ["bundle", "KB", "import ms", "API function over it", "target"],
      names.map((name, number) => {
        const ratio = median(rounds.map((times) => (times[0] as number) / (times[number] as number)));
        const target = number === 1 ? `<= ${ratioMax}: ${ratio <= ratioMax ? "met" : "MISSED"}` : "";
        return [
          name,
          (sizes[number] as number) / 1_024,
          median(rounds.map((times) => times[number] as number)),
          ratio,
          target,
        ];
      }),
    );
    return (sizes[0] as number) <= bytesMax;
  } finally {
    rmSync(root, { recursive: true });
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
  [variables.bodies]: "bench",
  [variables.serviceName]: "bench",
  [variables.publicUrls]: "https://promises.bench",
  [variables.retrySeconds]: "30",
};

async function importMs(file: string): Promise<number> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", timing, pathToFileURL(file).href],
    { env: { ...process.env, ...surroundings } },
  );
  return Number(stdout);
}
