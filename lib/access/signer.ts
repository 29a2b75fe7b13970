/**
 * Signatures of what is sent, as Standard Webhooks says them: HMAC-SHA256 of the message's id, the moment and the body.
 *
 * Nothing but keys is kept: each secret is derived from one of them, so that a table that is read tells none.
 *
 * @module
 */

import { createHmac, hkdfSync } from "node:crypto";
import type { SecretName, Secrets, Signer } from "#lib/ports/signer.ts";
import type { Cost, RequestMoment } from "#lib/ports/store.ts";
import { type KeyRing, keyRingReader, newestKeys } from "./key-ring.ts";

const secretBytes = 32;

/** Keys of the service's own that sign at once, the newest first: whoever rotates in between has so many in force. */
const ownKeysMax = 4;

const derived = (key: string, about: string): Buffer => Buffer.from(hkdfSync("sha256", key, "", about, secretBytes));

const toShown = (secret: Buffer): string => `whsec_${secret.toString("base64")}`;

const ownAbout = "resonate messages";

const nameAbout = ({ nonce }: SecretName): string => `resonate subscription ${nonce}`;

/** The secrets of messages that no subscription has one of its own for, the newest first, as receivers are given them. */
export const ownSecrets = (ring: KeyRing): readonly string[] =>
  newestKeys(ring)
    .slice(0, ownKeysMax)
    .map((id) => toShown(derived(ring[id] as string, ownAbout)));

export function signer(read: (cost: Cost) => Promise<KeyRing>): Signer & Secrets {
  const ringAt = keyRingReader(read);

  const secretOf = async (name: SecretName, request: RequestMoment): Promise<Buffer | undefined> => {
    // Another process may have made a secret by a key that is new.
    const key = (await ringAt(request))[name.key] ?? (await ringAt(request, true))[name.key];
    return key === undefined ? undefined : derived(key, nameAbout(name));
  };

  return {
    async sign(what, by) {
      const secrets =
        by === undefined
          ? await ringAt(what).then((ring) =>
              newestKeys(ring)
                .slice(0, ownKeysMax)
                .map((id) => derived(ring[id] as string, ownAbout)),
            )
          : (await Promise.all(by.map((name) => secretOf(name, what)))).filter((secret) => secret !== undefined);
      if (secrets.length === 0) {
        throw new Error("the keys that messages are signed by are gone");
      }
      const timestamp = String(Math.floor(what.now / 1_000));
      const signed = `${what.id}.${timestamp}.${what.body}`;
      return {
        "webhook-id": what.id,
        "webhook-timestamp": timestamp,
        "webhook-signature": secrets
          .map((secret) => `v1,${createHmac("sha256", secret).update(signed).digest("base64")}`)
          .join(" "),
      };
    },
    name: async (nonce, request) => ({ key: newestKeys(await ringAt(request))[0] as string, nonce }),
    async show(name, request) {
      const secret = await secretOf(name, request);
      if (secret === undefined) {
        throw new Error("the key that the secret was made of is gone");
      }
      return toShown(secret);
    },
  };
}
