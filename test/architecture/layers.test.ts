/**
 * The directions of imports, read from the sources by dependency-cruiser. A rule that never caught anything proves
 * nothing: each one is shown a breach, planted in a copy of the sources' layout.
 */

import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { cruise, type ICruiseOptions, type ICruiseResult } from "dependency-cruiser";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import config from "../../.dependency-cruiser.mjs";

const project = resolve(import.meta.dirname, "../..");

async function read(baseDir: string, places: string[]): Promise<ICruiseResult> {
  const options = { ...config.options, baseDir, validate: true, ruleSet: { forbidden: config.forbidden } };
  return (await cruise(places, options as ICruiseOptions)).output as ICruiseResult;
}

describe("the layers", () => {
  it("import in the allowed directions only", async () => {
    const { summary } = await read(project, ["lib", "functions", "infra"]);
    expect(summary.violations.map(({ rule, from, to }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
    // A parser that understands nothing finds nothing.
    expect(summary.totalCruised).toBeGreaterThan(50);
    expect(summary.totalDependenciesCruised).toBeGreaterThan(150);
  });
});

const breaches: readonly (readonly [rule: string, file: string, source: string])[] = [
  ["the-core-does-no-io", "lib/core/breach.ts", 'import { readFileSync } from "node:fs"; readFileSync("");'],
  [
    "core-knows-only-itself",
    "lib/core/breach.ts",
    'import type { Store } from "#lib/ports/target.ts"; export type S = Store;',
  ],
  ["ports-knows-only-core", "lib/ports/breach.ts", 'import "#lib/service/target.ts";'],
  ["service-knows-only-core-and-ports", "lib/service/breach.ts", 'import "#lib/store/sqlite/target.ts";'],
  [
    "store/dynamodb-knows-only-core-and-ports-and-service",
    "lib/store/dynamodb/breach.ts",
    'import "#lib/store/sqlite/target.ts";',
  ],
  [
    "store/sqlite-knows-only-core-and-ports-and-service",
    "lib/store/sqlite/breach.ts",
    'import "#lib/protocol/target.ts";',
  ],
  ["bodies-knows-only-core-and-ports-and-aws-request", "lib/bodies/breach.ts", 'import "#lib/service/target.ts";'],
  ["dispatch-knows-only-core-and-ports-and-aws-request", "lib/dispatch/breach.ts", 'import "#lib/service/target.ts";'],
  ["access-knows-only-core-and-ports-and-service", "lib/access/breach.ts", 'import "#lib/protocol/target.ts";'],
  ["tracing-knows-only-core-and-ports", "lib/tracing/breach.ts", 'import "#lib/service/target.ts";'],
  ["hooks-knows-only-core", "lib/hooks/breach.ts", 'import "#lib/ports/target.ts";'],
  [
    "protocol-knows-only-core-and-ports-and-service-and-access-and-hooks",
    "lib/protocol/breach.ts",
    'import "#lib/store/sqlite/target.ts";',
  ],
  ["the-rest-door-knows-no-other", "lib/protocol/rest/breach.ts", 'import "../rpc/target.ts";'],
  ["the-rpc-door-knows-no-other", "lib/protocol/rpc/breach.ts", 'import "../poll/target.ts";'],
  ["the-poll-door-knows-no-other", "lib/protocol/poll/breach.ts", 'import "../rest/target.ts";'],
  ["the-core-has-one-face", "lib/service/breach.ts", 'import "#lib/core/target.ts";'],
  ["lib-knows-no-one-outside", "lib/local/breach.ts", 'import "../../infra/target.ts";'],
  ["infra-reads-only-constants", "infra/breach.ts", 'import "#lib/service/target.ts";'],
  ["leaves-of-constants-import-nothing", "lib/store/dynamodb/layout.ts", 'import "node:fs";'],
  ["aws-clients-stay-at-the-edge", "lib/service/breach.ts", 'import "@aws-sdk/client-dynamodb";'],
  ["http-stays-in-the-doors", "lib/service/breach.ts", 'import "hono";'],
  ["cdk-stays-in-infra", "lib/local/breach.ts", 'import "aws-cdk-lib";'],
  ["no-circles", "lib/service/breach.ts", 'import "./target.ts";'],
];

describe("a planted breach", () => {
  let copy: string;

  beforeAll(async () => {
    copy = await mkdtemp(join(tmpdir(), "layers-"));
    await symlink(join(project, "node_modules"), join(copy, "node_modules"));
    await write("package.json", '{ "type": "module", "imports": { "#lib/*": "./lib/*" } }');
    for (const layer of [
      "core",
      "ports",
      "service",
      "store/sqlite",
      "protocol",
      "protocol/rest",
      "protocol/rpc",
      "protocol/poll",
    ]) {
      await write(`lib/${layer}/target.ts`, "export type Store = string; export const target = 1;");
    }
    await write("infra/target.ts", "export const target = 1;");
  });

  afterAll(() => rm(copy, { recursive: true }));

  const write = async (file: string, source: string) => {
    await mkdir(dirname(join(copy, file)), { recursive: true });
    await writeFile(join(copy, file), source);
  };

  it.each(breaches)("of %s is caught", async (rule, file, source) => {
    await write(file, source);
    const circle = join(copy, "lib/service/target.ts");
    if (rule === "no-circles") {
      await writeFile(circle, 'import "./breach.ts";');
    }
    const { summary } = await read(copy, ["lib", "infra"]);
    expect(summary.violations.map((violation) => violation.rule.name)).toContain(rule);
    await rm(join(copy, file));
    await writeFile(circle, "export const target = 1;");
  });

  it("is looked for by every rule there is", () => {
    expect(breaches.map(([rule]) => rule).sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });
});
