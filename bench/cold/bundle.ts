import { build } from "esbuild";

/** Bundles a function as the deployment does: one minified ESM file. */
export async function bundle(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "node",
    target: "node24",
    mainFields: ["module", "main"],
    banner: { js: 'import{createRequire as c}from"node:module";const require=c(import.meta.url);' },
  });
}
