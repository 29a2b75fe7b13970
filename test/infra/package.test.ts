/**
 * The package as a user has it: made, installed into an empty folder and used from there, with the CDK and nothing else.
 */

import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { App, RemovalPolicy, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ResonateService } from "../../infra/service.ts";

const project = resolve(import.meta.dirname, "../..");
const modules = join(project, "node_modules");
const tsc = join(modules, "typescript/bin/tsc");
const user = mkdtempSync(join(tmpdir(), "resonate-"));
const installed = join(user, "node_modules/resonate-on-aws");

const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  execFileSync(process.execPath, args, { cwd: user, encoding: "utf8", env: { ...process.env, ...env } });

const uses = `const app = new App();
const stack = new Stack(app, "Own");
const service = new ResonateService(stack, "Promises", { removalPolicy: RemovalPolicy.DESTROY, workersMax: 7 });
if (service.url.length === 0) throw new Error("no URL");
app.synth();
`;
const required = (names: string, from: string) => `const { ${names} } = require("${from}");\n`;

/** A user's app: in TypeScript, as Node runs it, and in JavaScript of the older fashion. */
const apps = {
  "app.ts": `import { App, RemovalPolicy, Stack } from "aws-cdk-lib";\nimport { ResonateService } from "resonate-on-aws";\n${uses}`,
  "app.cjs":
    required("App, RemovalPolicy, Stack", "aws-cdk-lib") + required("ResonateService", "resonate-on-aws") + uses,
} as const;

/** What a user's compiler must find wrong, by types from all over the package. */
const wrong = `import type { ResonateServiceProps, Shards, StreamingProps, TracesProps } from "resonate-on-aws";
import { ResonateService } from "resonate-on-aws";
export const right: ResonateServiceProps = { workersMax: 7, shards: { list: 16, due: 16 } };
// @ts-expect-error
export const workers: ResonateServiceProps = { workersMax: "seven" };
// @ts-expect-error
export const shards: Shards = { list: 16 };
// @ts-expect-error
export const capacity: ResonateServiceProps = { capacity: { read: 5 } };
// @ts-expect-error
export const targets: ResonateServiceProps = { targets: { queues: ["jobs"] } };
// @ts-expect-error
export const streaming: StreamingProps = { runsMax: "many" };
// @ts-expect-error
export const traces: TracesProps = {};
// @ts-expect-error
export const made: ResonateService = new ResonateService(undefined, "Own");
// @ts-expect-error
export const tokens: ResonateServiceProps = { tokens: { issuer: 5 } };
`;

beforeAll(() => {
  const npm = ["--userconfig", join(user, ".npmrc"), "--offline", "--legacy-peer-deps", "--omit", "optional"];
  writeFileSync(join(user, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
  execFileSync("npm", ["pack", "--pack-destination", user], { cwd: project, stdio: "pipe" });
  const [tarball = ""] = readdirSync(user).filter((name) => name.endsWith(".tgz"));
  execFileSync("npm", ["install", "--no-save", ...npm, `./${tarball}`], { cwd: user, stdio: "pipe" });
  // As npm would put them there; the download is the only difference.
  for (const peer of ["aws-cdk-lib", "constructs"]) {
    symlinkSync(join(modules, peer), join(user, "node_modules", peer));
  }
  for (const [name, text] of Object.entries({ ...apps, "wrong.ts": wrong, "wrong.cts": wrong })) {
    writeFileSync(join(user, name), text);
  }
}, 120_000);

afterAll(() => rmSync(user, { recursive: true, force: true }));

describe("The package", () => {
  it("asks for the CDK, and brings no source, no test and no other package", () => {
    const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(installed, "package.json"), "utf8"));
    expect([dependencies, Object.keys(peerDependencies)]).toEqual([undefined, ["aws-cdk-lib", "constructs"]]);
    expect(readdirSync(installed).toSorted()).toEqual(["LICENSE", "README.md", "dist", "package.json"]);
    expect(readdirSync(join(user, "node_modules")).filter((name) => !name.startsWith("."))).toEqual([
      "aws-cdk-lib",
      "constructs",
      "resonate-on-aws",
    ]);
    const texts = readdirSync(join(installed, "dist"), { recursive: true, encoding: "utf8" });
    expect(texts.filter((path) => /\.ts$/.test(path) && !/\.d\.ts$/.test(path))).toEqual([]);
  });

  it("makes of a TypeScript and of a JavaScript app what the sources make, the functions' code to the byte", () => {
    const own = new Stack(new App(), "Own");
    new ResonateService(own, "Promises", { removalPolicy: RemovalPolicy.DESTROY, workersMax: 7 });
    const expected = Template.fromStack(own).toJSON()["Resources"];
    for (const name of Object.keys(apps)) {
      run([join(user, name)], { CDK_OUTDIR: join(user, `out-${name}`) });
      const made = JSON.parse(readFileSync(join(user, `out-${name}`, "Own.template.json"), "utf8"));
      expect(made.Resources, name).toEqual(expected);
    }
  }, 180_000);

  it("has types for either kind of module, which refuse what no prop can be", () => {
    const kind = [
      "--noEmit",
      "--strict",
      // Declarations are read as strictly as the app: the package's own, and the CDK's, which needs that library.
      "--lib",
      "es2022,esnext.disposable",
      "--types",
      "",
      "--module",
      "nodenext",
      "--target",
      "es2022",
    ];
    expect(run([tsc, ...kind, "--ignoreConfig", join(user, "wrong.ts"), join(user, "wrong.cts")])).toBe("");
  });
});
