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

/** Prints sizes, import times and those of a first request; a time keeps no budget, so the answer is whether the size does. */
export async function benchCold(): Promise<boolean> {
  const root = mkdtempSync(join(tmpdir(), "resonate-bench-"));
  try {
    const names = Object.keys(bundles);
    const folders = names.map((_, number) => join(root, String(number)));
    await Promise.all(Object.values(bundles).map((make, number) => make(folders[number] as string)));
    const rounds: (readonly [number, number])[][] = [];
    for (let round = 0; round < processes; round++) {
      const times = [];
      for (const folder of folders) {
        times.push(await coldMs(fileIn(folder)));
      }
      rounds.push(times);
    }
    const sizes = folders.map((folder) => statSync(fileIn(folder)).size);
    printTable(
      `Cold start: a bundle's size, and the times to import it in a new process and to answer first (median of ${processes})`,
      ["bundle", "KB", "import ms", "first request ms", "import over it", "target"],
      names.map((name, number) => {
        const timesOf = (of: number) => (round: (readonly [number, number])[]) =>
          round[of] as readonly [number, number];
        const ratio = median(rounds.map((round) => timesOf(0)(round)[0] / timesOf(number)(round)[0]));
        const target = number === 1 ? `<= ${ratioMax}: ${ratio <= ratioMax ? "met" : "MISSED"}` : "";
        return [
          name,
          (sizes[number] as number) / 1_024,
          median(rounds.map((round) => timesOf(number)(round)[0])),
          median(rounds.map((round) => timesOf(number)(round)[1])),
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

/** Imports a function, and asks it for something that takes it no look at the table. */
const timing = `
  const started = performance.now();
  const { handler } = await import(process.argv[1]);
  const imported = performance.now();
  const http = { method: "GET", path: "/health", sourceIp: "127.0.0.1" };
  const requestContext = { domainName: "promises.bench", http };
  await handler({ version: "2.0", rawPath: "/health", rawQueryString: "", headers: {}, requestContext }, {});
  console.log("\\n" + JSON.stringify([imported - started, performance.now() - imported]));
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

/** Milliseconds of the import, and of the first request. */
async function coldMs(file: string): Promise<readonly [number, number]> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--input-type=module", "--eval", timing, pathToFileURL(file).href],
    { env: { ...process.env, ...surroundings } },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as [number, number];
}
