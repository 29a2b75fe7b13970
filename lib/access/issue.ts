/**
 * Making keys, and ending them: what an operator does with the table itself.
 *
 * @module
 */

import { type ApiKey, addKey, compareText, type EpochMs, endKey, revokeKey, type Scope } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { newKey } from "./keys.ts";

export interface KeyTerms {
  readonly name: string;
  readonly prefix: string;
  readonly verbs: readonly Scope[];
  readonly expiresAt?: EpochMs;
}

export interface Issued {
  /** To be shown once: nobody can find it out again. */
  readonly key: string;
  readonly record: ApiKey;
}

export interface Issuer {
  create(terms: KeyTerms, now: EpochMs): Promise<Issued>;
  /** All there are, oldest first. */
  list(): Promise<readonly ApiKey[]>;
  /** Ends a key now; a service that has just used it takes it for a minute more. False: there is none in force. */
  revoke(id: string, now: EpochMs): Promise<boolean>;
  /**
   * A new key of the same terms; the old one ends after the overlap, in which whoever has it changes over.
   *
   * Undefined: there is no such key, or it is revoked.
   */
  rotate(id: string, overlapMs: number, now: EpochMs): Promise<Issued | undefined>;
}

export function issuer(store: Pick<Store, "attempt" | "find" | "listedById">): Issuer {
  const cost = { roundTrips: 0 };

  const create = async ({ name, prefix, verbs, expiresAt }: KeyTerms, now: EpochMs): Promise<Issued> => {
    if (verbs.length === 0 || !prefix.isWellFormed()) {
      throw new Error("a key is for something, and its prefix is a text");
    }
    const { id, key, hash } = newKey();
    const record = { id, hash, name, prefix, verbs, createdAt: now, ...(expiresAt !== undefined && { expiresAt }) };
    const { won, image } = await store.attempt(addKey(record), cost);
    // The database's client repeats a write whose answer was lost: then it is our own that is there.
    if (!won && image?.hash !== hash) {
      throw new Error("two keys have drawn one id: try again");
    }
    return { key, record };
  };

  return {
    create,
    async list() {
      const found: ApiKey[] = [];
      for await (const keys of store.listedById("key", undefined, cost)) {
        const records = await Promise.all(keys.map(({ id }) => store.find({ of: "key", id }, cost)));
        found.push(...records.filter((record) => record !== undefined));
      }
      return found.sort((a, b) => a.createdAt - b.createdAt || compareText(a.id, b.id));
    },
    revoke: async (id, now) => (await store.attempt(revokeKey(id, now), cost)).won,
    async rotate(id, overlapMs, now) {
      const old = await store.find({ of: "key", id }, cost);
      if (old === undefined || old.revokedAt !== undefined) {
        return undefined;
      }
      const { name, prefix, verbs, createdAt, expiresAt } = old;
      const lifetime = expiresAt === undefined ? {} : { expiresAt: now + (expiresAt - createdAt) };
      const issued = await create({ name, prefix, verbs, ...lifetime }, now);
      const end = now + overlapMs;
      if (expiresAt === undefined || expiresAt > end) {
        await store.attempt(endKey(id, end), cost);
      }
      return issued;
    },
  };
}
