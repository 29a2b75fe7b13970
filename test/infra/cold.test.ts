/** What a function has to load before it does anything, and what it does once for all that it is asked. */

import { globSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { expect, inject, it } from "vitest";
import { Fault } from "#lib/core/index.ts";
import { bundleBytesMax, type FunctionName } from "../../bench/cold/budgets.ts";

const sources = globSync("functions/*.ts").map((file) => ({ file, text: readFileSync(file, "utf8") }));

it("every function has its budget", () => {
  const functions = sources.filter(({ text }) => /^export (const|async function|function) handler\b/m.test(text));
  expect(functions.map(({ file }) => basename(file, ".ts")).sort()).toEqual(Object.keys(bundleBytesMax).sort());
});

it.each(Object.entries(bundleBytesMax) as [FunctionName, number][])(
  "%s is one file of at most %i bytes",
  (name, bytesMax) => {
    expect(statSync(join(inject("bundles"), name, "index.mjs")).size).toBeLessThanOrEqual(bytesMax);
  },
);

it("a file that is read when it is asked for brings no faults of its own, which nobody would know for faults", () => {
  const beside = globSync(join(inject("bundles"), "*", "*.mjs")).filter((file) => basename(file) !== "index.mjs");
  expect(beside.length).toBeGreaterThanOrEqual(5);
  const isFaulty = (file: string) =>
    readFileSync(file, "utf8").includes(JSON.stringify(new Fault("storeFailed", {}).name));
  expect(beside.filter(isFaulty)).toEqual([]);
  expect(isFaulty(join(inject("bundles"), "api", "index.mjs"))).toBe(true);
});

/** Where a client of AWS's, or what has one, is made: a new one for each request would connect anew each time. */
const making = /(?<indent>^[ \t]*).*\b(?:new \w+Client|dynamoClient|dynamoStore|withBodies|s3Bodies)\(.*/gm;

const madeLate = (text: string): string[] =>
  [...text.matchAll(making)].filter(({ groups }) => groups?.["indent"] !== "").map(([line]) => line.trim());

it("clients are made once, when a function is loaded, and not when it is asked", () => {
  expect(sources.flatMap(({ text }) => [...text.matchAll(making)]).length).toBeGreaterThanOrEqual(4);
  expect(sources.flatMap(({ text }) => madeLate(text))).toEqual([]);
});

it("a client that is made for each request is noticed", () => {
  const text = "export const handler = async () => {\n  const client = new SQSClient({});\n};\n";
  expect(madeLate(text)).toEqual(["const client = new SQSClient({});"]);
});
