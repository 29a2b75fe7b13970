/**
 * How properties are run, and how a failure is seen again.
 *
 * A property that fails prints its seed and its path. To see it again, and nothing else:
 *
 *     SIMULATION_SEED=-1234567 SIMULATION_PATH=17:4:0 npx vitest --project simulation
 *
 * To look longer, `SIMULATION_RUNS=5000`; without it, each property is run as often as its test says.
 *
 * @module
 */

import fc from "fast-check";

const numberIn = (name: string): number | undefined => {
  const text = process.env[name];
  return text === undefined || text === "" ? undefined : Number(text);
};

const seed = numberIn("SIMULATION_SEED");
const path = process.env["SIMULATION_PATH"] || undefined;
const runs = numberIn("SIMULATION_RUNS");

/** Whether one failure is seen again: then what the other runs would have met is missed. */
export const isReplay = path !== undefined;

/** How long a property may take, a failing one's search for a smaller case included: its seed is told by then. */
const timeLimitMs = runs === undefined ? 100_000 : 3_600_000;

/** Time-out of a test that runs a property. */
export const patienceMs = timeLimitMs + 10_000;

/** Runs a property so many times, or as often as the environment says. */
export async function holds<Case>(property: fc.IAsyncProperty<Case>, usualRuns: number): Promise<void> {
  await fc.assert(property, {
    numRuns: runs ?? usualRuns,
    interruptAfterTimeLimit: timeLimitMs,
    markInterruptAsFailure: true,
    ...(seed !== undefined && { seed }),
    ...(path !== undefined && { path }),
  });
}

/**
 * Runs a property on something that is broken on purpose, until it is given away by what the sign is of. Where bugs have
 * more than one consequence, chance decides which shows first: others are passed over.
 */
export async function caught<Case>(property: fc.IAsyncProperty<Case>, runsMax: number, sign: string): Promise<string> {
  const others = new Set<string>();
  for (let left = runsMax; left > 0; ) {
    const { failed, numRuns, errorInstance } = await fc.check(property, { numRuns: left, endOnFailure: true });
    const told = String(errorInstance);
    if (failed && told.includes(sign)) {
      return told;
    }
    others.add(told);
    left -= failed ? Math.max(numRuns, 1) : left;
  }
  throw new Error(`not noticed by "${sign}" in ${runsMax} runs, but by ${[...others].join(", ")}`);
}
