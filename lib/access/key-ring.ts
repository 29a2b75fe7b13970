/**
 * Rings of keys: what seals links, and what signs messages. One key is added to rotate, and others taken out when
 * nothing needs them any more.
 *
 * @module
 */

import { randomBytes } from "node:crypto";
import type { Cost, RequestMoment } from "#lib/ports/store.ts";

/** Secrets by the ids of their keys, `k1`, `k2`, …: the one that counts highest is the newest. */
export type KeyRing = Readonly<Record<string, string>>;

const secretLengthMin = 32;

/** @throws Error where the text is no key ring; it holds nothing of it. */
export function toKeyRing(text: string): KeyRing {
  let ring: unknown;
  try {
    ring = JSON.parse(text);
  } catch {
    // Told below: the parser's own error quotes what it was given.
  }
  const entries = Object.entries(typeof ring === "object" && ring !== null ? ring : {});
  const isRing = entries.every(
    ([id, secret]) => /^k\d{1,6}$/.test(id) && typeof secret === "string" && secret.length >= secretLengthMin,
  );
  if (entries.length === 0 || !isRing) {
    throw new Error(`keys are JSON such as {"k1": "…"}, secrets of at least ${secretLengthMin} characters`);
  }
  return Object.fromEntries(entries);
}

const numberOf = (id: string): number => Number(id.slice(1));

/** Ids of the keys, the newest first. */
export const newestKeys = (ring: KeyRing): readonly string[] =>
  Object.keys(ring).sort((a, b) => numberOf(b) - numberOf(a));

const secretBytes = 32;

/** The same keys and one more, which is used from now on. */
export function withNewKey(ring: KeyRing): KeyRing {
  const [newest] = newestKeys(ring);
  const number = newest === undefined ? 1 : numberOf(newest) + 1;
  return { ...ring, [`k${number}`]: randomBytes(secretBytes).toString("base64url") };
}

/** For how long keys are not read again, and for how long not even for one that is not among them. */
const keptMs = 60_000;
const unknownKeptMs = 5_000;

/** Reads the ring where it was not read lately; of one that misses a key, "lately" is shorter. */
export function keyRingReader(
  read: (cost: Cost) => Promise<KeyRing>,
): (request: RequestMoment, isKeyMissing?: boolean) => Promise<KeyRing> {
  let known: { readonly ring: KeyRing; readonly readAt: number } | undefined;
  return async ({ now, cost }, isKeyMissing = false) => {
    const maxAgeMs = isKeyMissing ? unknownKeptMs : keptMs;
    if (known === undefined || now < known.readAt || now >= known.readAt + maxAgeMs) {
      known = { ring: await read(cost), readAt: now };
    }
    return known.ring;
  };
}
