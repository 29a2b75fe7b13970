import type { Secrets } from "#lib/ports/signer.ts";
import type { KnownSubscriptions } from "#lib/service/known-subscriptions.ts";

/** For who has nobody to tell. */
export const noSubscriptions: KnownSubscriptions = {
  current: async () => [],
  since: async () => [],
  forget: () => {},
};

/** Secrets that a test can foresee: the first one, the second one. */
export function countedSecrets(ids: readonly string[], secret: string): Secrets {
  let made = 0;
  return {
    name: async () => ({ key: "k1", nonce: ids[made++] ?? `secret-${made}` }),
    show: async () => secret,
  };
}
