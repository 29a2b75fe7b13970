/**
 * Secrets that providers sign with, where they are more than any text.
 *
 * @module
 */

import type { Hook } from "./hook.ts";

const secretPrefix = "whsec_";

/** The key that a secret stands for: base64, with or without the prefix that the standard gives it. */
export function standardKey(secret: string): Buffer | undefined {
  const base64 = secret.startsWith(secretPrefix) ? secret.slice(secretPrefix.length) : secret;
  const key = Buffer.from(base64, "base64");
  // A text with a slip in it would stand for some other key.
  return key.toString("base64").replace(/=+$/, "") === base64.replace(/=+$/, "") ? key : undefined;
}

const keyBytesMin = 16;

/** What is wrong with a secret, as the end of a sentence that begins with its name; undefined: nothing. */
export const secretProblem = ({ provider }: Pick<Hook, "provider">, secret: string): string | undefined =>
  provider === "standard" && (standardKey(secret)?.length ?? 0) < keyBytesMin
    ? `must be at least ${keyBytesMin} bytes in base64, with whsec_ in front or without`
    : undefined;
