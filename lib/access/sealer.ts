/**
 * Sealed texts: `v1.KEY.…`, where the last part is AES-256-GCM of the text. Its tag covers the version, the key's id and
 * the purpose as well, so that none of them can be exchanged.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from "node:crypto";
import type { Purpose, Sealer } from "#lib/ports/sealer.ts";
import type { Cost, RequestMoment } from "#lib/ports/store.ts";
import { isSameHash } from "./keys.ts";

/** Secrets by the ids of their keys, `k1`, `k2`, …: the one that counts highest seals, all of them open. */
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
    throw new Error(
      `the keys of links are JSON such as {"k1": "…"}, secrets of at least ${secretLengthMin} characters`,
    );
  }
  return Object.fromEntries(entries);
}

const numberOf = (id: string): number => Number(id.slice(1));

const newestOf = (ring: KeyRing): string => Object.keys(ring).reduce((a, b) => (numberOf(b) > numberOf(a) ? b : a));

const secretBytes = 32;

/** The same keys and one more, which seals from now on. */
export const withNewKey = (ring: KeyRing): KeyRing => {
  const number = Object.keys(ring).length === 0 ? 1 : numberOf(newestOf(ring)) + 1;
  return { ...ring, [`k${number}`]: randomBytes(secretBytes).toString("base64url") };
};

/** For how long keys are not read again, and for how long not even for one that is not among them. */
const keptMs = 60_000;
const unknownKeptMs = 5_000;

const version = "v1";
const form = /^v1\.(?<key>k\d{1,6})\.(?<body>[A-Za-z0-9_-]{38,9000})$/;
const cipher = "aes-256-gcm";
const nonceBytes = 12;
const tagBytes = 16;

export function sealer(read: (cost: Cost) => Promise<KeyRing>): Sealer {
  let known: { readonly ring: KeyRing; readonly readAt: number } | undefined;
  const ringAt = async ({ now, cost }: RequestMoment, maxAgeMs: number): Promise<KeyRing> => {
    if (known === undefined || now < known.readAt || now >= known.readAt + maxAgeMs) {
      known = { ring: await read(cost), readAt: now };
    }
    return known.ring;
  };

  return {
    async seal(purpose, text, request) {
      const ring = await ringAt(request, keptMs);
      const key = newestOf(ring);
      const nonce = randomBytes(nonceBytes);
      const sealing = createCipheriv(cipher, toKey(ring[key] as string), nonce).setAAD(about(key, purpose));
      const sealed = Buffer.concat([nonce, sealing.update(text, "utf8"), sealing.final(), sealing.getAuthTag()]);
      return `${version}.${key}.${sealed.toString("base64url")}`;
    },
    async open(purpose, sealed, request) {
      const { key = "", body = "" } = form.exec(sealed)?.groups ?? {};
      if (body === "") {
        return undefined;
      }
      // Another process may have begun to seal with a new key.
      const secret = (await ringAt(request, keptMs))[key] ?? (await ringAt(request, unknownKeptMs))[key];
      return secret === undefined ? undefined : unsealed(secret, about(key, purpose), body);
    },
    hash: (text) => hash("sha256", text),
    isSame: isSameHash,
  };
}

const about = (key: string, purpose: Purpose): Buffer => Buffer.from(`${version}.${key}.${purpose}`);

const toKey = (secret: string): Buffer => Buffer.from(hkdfSync("sha256", secret, "", "resonate links", secretBytes));

function unsealed(secret: string, aad: Buffer, body: string): string | undefined {
  const bytes = Buffer.from(body, "base64url");
  // A second spelling of the same bytes is not what was given out.
  if (bytes.toString("base64url") !== body || bytes.length < nonceBytes + tagBytes) {
    return undefined;
  }
  const opening = createDecipheriv(cipher, toKey(secret), bytes.subarray(0, nonceBytes), { authTagLength: tagBytes })
    .setAAD(aad)
    .setAuthTag(bytes.subarray(-tagBytes));
  try {
    return opening.update(bytes.subarray(nonceBytes, -tagBytes), undefined, "utf8") + opening.final("utf8");
  } catch {
    return undefined;
  }
}
