import { readFileSync, statSync } from "node:fs";

/** Bits of a file's mode that let others than its owner in. */
const others = 0o077;

/**
 * A secret in a file, read when it is needed.
 *
 * @throws Error where there is none, or others than its owner may read it.
 */
export function fileSecret(path: string): () => Promise<string> {
  const read = () => {
    if ((statSync(path).mode & others) !== 0) {
      throw new Error(`${path} holds a secret, and others than its owner may read it: chmod 600`);
    }
    const secret = readFileSync(path, "utf8").trim();
    if (secret === "") {
      throw new Error(`${path} is empty: it is to hold a secret`);
    }
    return secret;
  };
  read();
  return async () => read();
}
