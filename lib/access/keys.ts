/**
 * API keys: `rsk_`, an id by which the table finds the key's record, and a secret of 256 random bits.
 *
 * @module
 */

import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { type ApiKey, type EpochMs, Fault, isInForce } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Caller } from "./caller.ts";
import { kept } from "./kept.ts";

const form = /^rsk_(?<id>[0-9a-f]{16})_[A-Za-z0-9_-]{43}$/;
const idBytes = 8;
const secretBytes = 32;

/** For how long a key is not looked up again: for so long at most one that is revoked still opens the door. */
export const keyKeptMs = 60_000;

/**
 * One round of SHA-256. What makes passwords need a slow hash is that they can be guessed; of 2^256 secrets none can,
 * and a slow hash would only be paid by every request.
 */
export const hashKey = (key: string): string => hash("sha256", key);

export const idOfKey = (key: string): string | undefined => form.exec(key)?.groups?.["id"];

/** A key that nobody has had before, in the only moment in which it can be seen. */
export function newKey(): { readonly id: string; readonly key: string; readonly hash: string } {
  const id = randomBytes(idBytes).toString("hex");
  const key = `rsk_${id}_${randomBytes(secretBytes).toString("base64url")}`;
  return { id, key, hash: hashKey(key) };
}

/** Whether two hashes are one. How far they agree does not show in how long it takes. */
export function isSameHash(given: string, known: string): boolean {
  const [a, b] = [Buffer.from(given, "hex"), Buffer.from(known, "hex")];
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}

export interface Keys {
  /** @throws Fault `unauthorized` where there is no such key, or it is not in force. */
  callerOf(key: string, now: EpochMs, cost: Cost): Promise<Caller>;
}

/** @param adminHashes Hashes of keys that open everything and have no record: for a service that has no keys yet. */
export function keysIn(store: Pick<Store, "find">, adminHashes: readonly string[]): Keys {
  const records = kept((id: string, cost: Cost) => store.find({ of: "key", id }, cost), keyKeptMs);

  return {
    async callerOf(key, now, cost) {
      const given = hashKey(key);
      if (adminHashes.some((hash) => isSameHash(given, hash))) {
        return { principal: "key:bootstrap", isAdmin: true };
      }
      const id = idOfKey(key);
      const record = id && (await records(id, now, cost));
      if (!(record && isSameHash(given, record.hash) && isInForce(record, now))) {
        throw new Fault("unauthorized", {});
      }
      return toCaller(record);
    },
  };
}

const toCaller = ({ id, prefix, verbs }: ApiKey): Caller => ({
  principal: `key:${id}`,
  isAdmin: verbs.includes("admin"),
  prefix,
  verbs,
});
