import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { type KeyRing, toKeyRing, withNewKey } from "#lib/access/key-ring.ts";

/** Keys that end with the process. */
export function memoryKeys(): () => Promise<KeyRing> {
  const ring = withNewKey({});
  return async () => ring;
}

/**
 * Keys in a file that only its owner may read, made where there is none.
 *
 * @throws Error where it cannot be read or made.
 */
export function fileKeys(path: string): () => Promise<KeyRing> {
  try {
    writeFileSync(path, `${JSON.stringify(withNewKey({}))}\n`, { flag: "wx", mode: 0o600 });
    chmodSync(path, 0o600);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) {
      throw error;
    }
  }
  return async () => toKeyRing(readFileSync(path, "utf8"));
}
