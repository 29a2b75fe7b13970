/**
 * Bundles one function into one minified file: `node infra/bundle.ts functions/api.ts OUTPUT_FOLDER`.
 *
 * The CDK's own bundling takes no plugins, and without one the API carries every language of the validator's messages.
 *
 * @module
 */

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

/** Some packages are CommonJS, and ask for what an ES module does not have. */
const requireBanner = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

export async function bundle(entry: string, folder: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile: `${folder}/index.mjs`,
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    target: "node24",
    mainFields: ["module", "main"],
    banner: { js: requireBanner },
    plugins: [englishOnly, credentialsFromEnvironment],
    logLevel: "warning",
  });
}

if (import.meta.main) {
  const [entry = "", folder = ""] = process.argv.slice(2);
  await bundle(entry, folder);
}
