import { glob, readFile } from "node:fs/promises";
import { expect, it } from "vitest";

it("leaves chance out of the core", async () => {
  for await (const file of glob("lib/core/**/*.ts")) {
    expect(await readFile(file, "utf8"), file).not.toContain("Math.random");
  }
});
