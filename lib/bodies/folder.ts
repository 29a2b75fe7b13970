import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { Fault } from "#lib/core/index.ts";
import type { Bodies } from "#lib/ports/bodies.ts";

/** Payloads as files of one folder, for servers that share a machine. */
export const folderBodies = (folder: string): Bodies => ({
  put: (key, text) =>
    orFail(async () => {
      const path = join(folder, key);
      await mkdir(dirname(path), { recursive: true });
      const file = await open(`${path}.part`, "w");
      try {
        await file.writeFile(text);
        await file.sync();
      } finally {
        await file.close();
      }
      // Whoever finds it finds all of it.
      await rename(`${path}.part`, path);
    }),
  get: (key) => orFail(() => readFile(join(folder, key), "utf8")),
  delete: (key) => orFail(() => rm(join(folder, key), { force: true })),
});

async function orFail<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    throw new Fault("storeFailed", {}, { cause });
  }
}
