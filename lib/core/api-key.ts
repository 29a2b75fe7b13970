/**
 * The API key, as far as the service keeps it: what it may do, and by what it is known again. Never the key itself.
 *
 * @module
 */

import type { ChangeTo } from "./change.ts";
import { isAbsent } from "./guard.ts";
import type { EpochMs } from "./promise.ts";

/** Kinds of requests that a caller may be allowed one by one. */
export const scopes = ["read", "write", "task", "schedule", "admin"] as const;

export type Scope = (typeof scopes)[number];

export interface ApiKey {
  readonly id: string;
  /** SHA-256 of the key in hexadecimal. */
  readonly hash: string;
  /** What its owner calls it. */
  readonly name: string;
  /** What every id begins with that the key may name; empty: all ids. */
  readonly prefix: string;
  /** Never empty: a store does not tell an empty list from none. */
  readonly verbs: readonly Scope[];
  readonly createdAt: EpochMs;
  /** From when on it opens nothing any more. */
  readonly expiresAt?: EpochMs;
  readonly revokedAt?: EpochMs;
}

export const addKey = (key: ApiKey): ChangeTo<"key"> => ({
  of: "key",
  id: key.id,
  guards: [isAbsent],
  change: { kind: "put", image: key },
});

/** A key that is revoked stays so, and says since when. */
export const revokeKey = (id: string, now: EpochMs): ChangeTo<"key"> => ({
  of: "key",
  id,
  guards: [
    { kind: "present", field: "hash" },
    { kind: "unset", field: "revokedAt" },
  ],
  change: { kind: "update", set: { revokedAt: now } },
});

/** Lets a key end at a moment. */
export const endKey = (id: string, at: EpochMs): ChangeTo<"key"> => ({
  of: "key",
  id,
  guards: [{ kind: "present", field: "hash" }],
  change: { kind: "update", set: { expiresAt: at } },
});

export const isInForce = ({ expiresAt, revokedAt }: ApiKey, now: EpochMs): boolean =>
  revokedAt === undefined && (expiresAt === undefined || now < expiresAt);
