import { closeSync, fdatasyncSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";

const writes = 300;

/** About what a group of sixteen writes adds to the database's log. */
const bytes = 64 * 1_024;

/** How often a second the disk can be waited for, one wait after the other. */
export function waitsPerSecond(folder: string): number {
  const file = openSync(join(folder, "disk"), "w");
  try {
    const block = Buffer.alloc(bytes, 1);
    const began = performance.now();
    for (let count = 0; count < writes; count++) {
      writeSync(file, block);
      fdatasyncSync(file);
    }
    return writes / ((performance.now() - began) / 1_000);
  } finally {
    closeSync(file);
  }
}
