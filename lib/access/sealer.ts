/**
 * Sealed texts: `v1.KEY.…`, where the last part is AES-256-GCM of the text. Its tag covers the version, the key's id and
 * the purpose as well, so that none of them can be exchanged.
 *
 * @module
 */

import { createCipheriv, createDecipheriv, hash, hkdfSync, randomBytes } from "node:crypto";
import type { Purpose, Sealer } from "#lib/ports/sealer.ts";
import type { Cost } from "#lib/ports/store.ts";
import { type KeyRing, keyRingReader, newestKeys } from "./key-ring.ts";
import { isSameHash } from "./keys.ts";

const version = "v1";
const form = /^v1\.(?<key>k\d{1,6})\.(?<body>[A-Za-z0-9_-]{38,9000})$/;
const cipher = "aes-256-gcm";
const secretBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;

export function sealer(read: (cost: Cost) => Promise<KeyRing>): Sealer {
  const ringAt = keyRingReader(read);

  return {
    async seal(purpose, text, request) {
      const ring = await ringAt(request);
      const key = newestKeys(ring)[0] as string;
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
      const secret = (await ringAt(request))[key] ?? (await ringAt(request, true))[key];
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
