import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";
import { WaitingFirst } from "./test/support/waiting-first.ts";

/** Each has work: by itself Vitest would leave one to the process that hands out the files. */
const cores = Math.max(availableParallelism(), 2);

/** One project a layer: `npx vitest --project core` takes milliseconds. */
const project = (name: string, options: object = {}) => ({
  extends: true as const,
  test: { name, include: [`test/${name}/**/*.test.ts`], ...options },
});

/** Projects that need a DynamoDB: one engine for each, on a free port, in memory. */
const withEngine = { globalSetup: "test/support/engine.ts" };

/**
 * Projects that start processes and look at the clock: one after the other, behind all others, so that a machine of two
 * cores is not late by itself.
 */
const after = (order: number, maxWorkers = 1) => ({ maxWorkers, sequence: { groupOrder: order } });

/** The official clients as processes: they mostly wait, for servers, leases and the clock. */
const withClients = { globalSetup: ["test/support/engine.ts", "test/sdk/install.ts"], maxConcurrency: 6 };

export default defineConfig({
  test: {
    reporters: ["default", "./test/support/tally.ts"],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // What is waited for may take its time on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    // One more than there are cores, for the deployment: it mostly waits, beside all that computes.
    maxWorkers: cores + 1,
    sequence: { sequencer: WaitingFirst },
    projects: [
      project("bodies"),
      project("core"),
      project("cron"),
      project("hooks"),
      project("service", withEngine),
      project("architecture"),
      project("dispatch"),
      // What checks templates takes four seconds to be made ready: once for all files.
      project("infra", { globalSetup: ["test/support/engine.ts", "test/support/bundles.ts"], isolate: false }),
      project("access", withEngine),
      project("store", withEngine),
      project("protocol", withEngine),
      project("simulation", withEngine),
      project("deploy", {
        ...withClients,
        globalSetup: [...withClients.globalSetup, "test/support/bundles.ts"],
        testTimeout: 400_000,
      }),
      project("browser", { globalSetup: "test/browser/install.ts", ...after(1) }),
      project("local", { ...withEngine, ...after(1) }),
      project("examples", { globalSetup: withClients.globalSetup, ...after(2) }),
      project("sdk", { ...withClients, testTimeout: 150_000, ...after(3, 2) }),
    ],
  },
});
