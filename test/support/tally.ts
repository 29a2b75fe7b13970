import type { Reporter, TestModule } from "vitest/node";

/** Closes a run with one plain line that any tool can read. */
export default class Tally implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state));
    const count = (state: string) => states.filter((each) => each === state).length;
    // A file that cannot even be loaded has no tests to fail, and must not look like a success.
    const failed = count("failed") + modules.filter((module) => module.errors().length > 0).length;
    const skipped = count("skipped");
    process.stdout.write(`\n${count("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  }
}
