/**
 * Makes the package: `node infra/package.ts`, which `npm pack` and an installation from git do by themselves.
 *
 * From a real folder in `node_modules` Node runs no TypeScript, and a user has none of what the functions are made with. So
 * the package holds the construct as JavaScript, for `import` and for `require`, its types, and each function as it is
 * deployed; it needs the CDK and nothing else.
 *
 * @module
 */

import { execFileSync } from "node:child_process";
import { glob, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { bundle } from "./bundle.ts";
import { functionNames } from "./service-function.ts";

const project = resolve(import.meta.dirname, "..");
const packed = join(project, "dist");

/** What the user's own app has; one of each, so that constructs are of one kind. */
const peers = ["aws-cdk-lib", "aws-cdk-lib/*", "constructs"];

async function construct(format: "esm" | "cjs", outfile: string): Promise<void> {
  await build({
    entryPoints: [join(project, "infra/index.ts")],
    outfile: join(packed, outfile),
    bundle: true,
    platform: "node",
    format,
    target: "node20",
    external: peers,
    // CommonJS has another word for it.
    ...(format === "cjs" && { define: { "import.meta.dirname": "__dirname" } }),
    logLevel: "warning",
  });
}

/** The declarations name each other as the sources do; a user's compiler looks for what is in the package. */
async function types(): Promise<void> {
  const tsc = join(project, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", join(project, "tsconfig.package.json")], { stdio: "inherit" });
  const folder = join(packed, "types");
  for await (const file of glob("**/*.d.ts", { cwd: folder })) {
    const path = join(folder, file);
    const toLib = relative(dirname(file), "lib") || ".";
    const declared = (await readFile(path, "utf8"))
      .replaceAll(/"#lib\/([^"]+)\.ts"/g, `"${toLib.startsWith(".") ? toLib : `./${toLib}`}/$1.js"`)
      .replaceAll(/"(\.{1,2}\/[^"]+)\.ts"/g, '"$1.js"');
    await writeFile(path, declared);
  }
  // To the compiler a module may import CommonJS, and what `require` finds may require no module: one kind serves both.
  await writeFile(join(folder, "package.json"), '{ "type": "commonjs" }\n');
  for (const declarations of ["index.d.ts", "index.d.cts"]) {
    await writeFile(join(packed, declarations), 'export * from "./types/infra/index.js";\n');
  }
}

await rm(packed, { recursive: true, force: true });
await construct("esm", "index.js");
await construct("cjs", "index.cjs");
for (const name of functionNames) {
  await bundle(join(project, "functions", `${name}.ts`), join(packed, "functions", name));
}
await types();
