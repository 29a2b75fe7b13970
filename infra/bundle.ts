/**
 * Bundles one function into one minified file: `node infra/bundle.ts functions/api.ts OUTPUT_FOLDER`.
 *
 * The CDK's own bundling takes no plugins, and without one the API carries every language of the validator's messages.
 *
 * @module
 */

import { mkdir, writeFile } from "node:fs/promises";
import { builtinModules } from "node:module";
import { dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";

/** Only English of the validator's messages. */
const englishOnly: Plugin = {
  name: "english-only",
  setup(build) {
    build.onLoad({ filter: /[\\/]zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: 'export { default as en } from "./en.js";',
    }));
  },
};

/**
 * A function has its credentials in its environment. Every other way to come by some (profiles, single sign-on, a login)
 * brings clients of its own, and none of them leads anywhere on Lambda.
 */
const credentialsFromEnvironment: Plugin = {
  name: "credentials-from-environment",
  setup(build) {
    const elsewhere = /^@aws-sdk\/credential-provider-(ini|sso|process|web-identity|login)$/;
    build.onResolve({ filter: elsewhere }, ({ path }) => ({ path, namespace: "elsewhere" }));
    build.onLoad({ filter: /./, namespace: "elsewhere" }, () => ({ contents: "export {};" }));
  },
};

/**
 * Node's own modules by `require`: an `import` of one reads all its exports at once, and to read `node:http`'s is to load
 * a whole second HTTP client, a fifth of the time that a bare handler takes to start.
 */
const builtinsByNeed: Plugin = {
  name: "builtins-by-need",
  setup(build) {
    const builtins = new Set(builtinModules.flatMap((name) => [name, `node:${name}`]));
    build.onResolve({ filter: /^[a-z_0-9:/]+$/ }, ({ path, kind }) =>
      kind !== "require-call" && builtins.has(path) ? { path, namespace: "builtin" } : undefined,
    );
    build.onLoad({ filter: /./, namespace: "builtin" }, ({ path }) => ({
      contents: `module.exports = require(${JSON.stringify(path)});`,
    }));
  },
};

const described = "openapi.json";

/**
 * The API's description as it is, in place of the generator and of the larger half of the validator. It is a file of its
 * own, read by whoever asks for it: others would load an eighth more than they need.
 */
const describedAhead: Plugin = {
  name: "described-ahead",
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]protocol[\\/]rest[\\/]document\.ts$/ }, async ({ path }) => {
      const { document } = await import(pathToFileURL(path).href);
      await mkdir(dirname(build.initialOptions.outfile as string), { recursive: true });
      await writeFile(join(dirname(build.initialOptions.outfile as string), described), JSON.stringify(document));
      return {
        contents: `import { readFileSync } from "node:fs";
          export const document = JSON.parse(readFileSync(new URL("./${described}", import.meta.url), "utf8"));`,
      };
    });
  },
};

const ownSource = (path: string): string => resolve(import.meta.dirname, "..", path);

/**
 * What few requests need, in files of their own beside the bundle: each is read when it is first asked for. What it shares
 * with the bundle it has again: so it is none that throws faults, which nobody else would know for faults.
 */
const seldomNeeded = [
  { asked: /^oauth4webapi$/, entry: "oauth4webapi", file: "oauth4webapi.mjs" },
  { asked: /^\.\/otlp\.ts$/, entry: ownSource("lib/tracing/otlp.ts"), file: "otlp.mjs" },
  { asked: /^\.\/hook-shape\.ts$/, entry: ownSource("lib/protocol/rest/hook-shape.ts"), file: "hook-shape.mjs" },
  { asked: /^\.\/docs-page\.ts$/, entry: ownSource("lib/protocol/rest/docs-page.ts"), file: "docs-page.mjs" },
  { asked: /^#lib\/cron\.ts$/, entry: ownSource("lib/cron.ts"), file: "cron.mjs" },
] as const;

const seldomNeededBeside: Plugin = {
  name: "seldom-needed-beside",
  setup(build) {
    for (const { asked, file } of seldomNeeded) {
      // What a function imports at once, it needs at once.
      build.onResolve({ filter: asked }, ({ kind }) =>
        kind === "dynamic-import" ? { path: `./${file}`, external: true } : undefined,
      );
    }
  },
};

/** What a deployed bundle is made with. */
const deployed: readonly Plugin[] = [
  englishOnly,
  credentialsFromEnvironment,
  builtinsByNeed,
  describedAhead,
  seldomNeededBeside,
];

/** An ES module does not have what CommonJS asks for. */
const requireBanner = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

/** Returns the files that the bundle was made of. */
export async function bundle(
  entry: string,
  folder: string,
  plugins: readonly Plugin[] = deployed,
): Promise<readonly string[]> {
  const { metafile } = await build({
    entryPoints: [entry],
    outfile: `${folder}/index.mjs`,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node24",
    mainFields: ["module", "main"],
    banner: { js: requireBanner },
    plugins: [...plugins],
    logLevel: "warning",
    metafile: true,
  });
  const asked = new Set(Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path)));
  for (const { entry, file } of seldomNeeded.filter(({ file }) => asked.has(`./${file}`))) {
    await build({
      entryPoints: [entry],
      outfile: `${folder}/${file}`,
      banner: { js: requireBanner },
      plugins: [englishOnly, builtinsByNeed],
      ...{ bundle: true, minify: true, platform: "node", format: "esm", target: "node24", logLevel: "warning" },
    });
  }
  return Object.keys(metafile.inputs);
}

if (import.meta.main) {
  const [entry = "", folder = ""] = process.argv.slice(2);
  await bundle(entry, folder);
}
