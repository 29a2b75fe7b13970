/**
 * Signatures: what a request claims, and whether a secret bears it out.
 *
 * @module
 */

import { createHmac, timingSafeEqual } from "node:crypto";
import type { EpochMs } from "#lib/core/index.ts";
import type { HookRequest, Refusal } from "./hook.ts";

/** What a request says of itself: the moment that its signature is of, and whether it is one by a secret. */
export interface Claim {
  readonly at?: EpochMs;
  readonly isBy: (secret: string) => boolean;
}

export type Content = readonly (string | Uint8Array)[];

interface Signing {
  readonly algorithm?: "sha256" | "sha1" | "sha512";
  readonly encoding?: "hex" | "base64";
  /** The signatures that came. One of them is enough: senders that change their secret sign with both. */
  readonly given: readonly string[];
  /** What is signed, in one piece; or in each of several spellings, of which one is enough. */
  readonly content: Content;
  readonly spellings?: readonly Content[];
  readonly key?: (secret: string) => string | Uint8Array;
}

/** Whether a signature is one of the content by a secret. */
export const isSignedBy =
  ({ algorithm = "sha256", encoding = "hex", given, content, spellings = [content], key = (text) => text }: Signing) =>
  (secret: string): boolean => {
    const expected = spellings.map((spelling) => sign(algorithm, key(secret), spelling).toString(encoding));
    const sent = encoding === "hex" ? given.map((text) => text.toLowerCase()) : given;
    return sent.some((text) => expected.some((other) => isSame(text, other)));
  };

export function sign(algorithm: "sha256" | "sha1" | "sha512", key: string | Uint8Array, content: Content): Buffer {
  const hmac = createHmac(algorithm, key);
  for (const part of content) {
    hmac.update(part);
  }
  return hmac.digest();
}

/** Takes as long whatever is in the texts. */
export function isSame(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && a.length > 0 && timingSafeEqual(a, b);
}

/** The value of a header, if it was sent. */
export const headerOf = ({ headers }: HookRequest, name: string): string | undefined =>
  Object.hasOwn(headers, name) ? headers[name] : undefined;

const hexLengths = { sha1: 40, sha256: 64, sha512: 128 } as const;

/** Whether a text can be a signature in hexadecimal. */
export const isHex = (text: string, algorithm: keyof typeof hexLengths = "sha256"): boolean =>
  text.length === hexLengths[algorithm] && /^[0-9a-f]*$/i.test(text);

/** The signature of a header that holds one and nothing else, behind a prefix: what a header sent twice does not. */
export function soleSignature(
  request: HookRequest,
  name: string,
  prefix: string,
  form: (text: string) => boolean,
): { readonly given: string } | Refusal {
  const header = headerOf(request, name);
  if (header === undefined || header === "") {
    return "signatureMissing";
  }
  const given = header.slice(prefix.length);
  return header.startsWith(prefix) && form(given) ? { given } : "signatureMalformed";
}

export const isBase64 = (text: string): boolean => /^[A-Za-z0-9+/]{20,100}={0,2}$/.test(text);

/** A moment in digits, of the unit that its sender counts in. */
export function toMoment(
  digits: string | undefined,
  unitMs: number,
): EpochMs | "timestampMissing" | "timestampMalformed" {
  if (digits === undefined || digits === "") {
    return "timestampMissing";
  }
  return /^\d{1,15}$/.test(digits) ? Number(digits) * unitMs : "timestampMalformed";
}
