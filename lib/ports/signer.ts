import type { RequestMoment } from "./store.ts";

/** What a receiver is to be sure of: that this message comes from here, unaltered, and now. */
export interface ToSign extends RequestMoment {
  /** The message's own id, the same at every attempt. */
  readonly id: string;
  readonly body: string;
}

/** Names a secret that two parties have in common: which of the service's keys it comes from, and which one of those. */
export interface SecretName {
  readonly key: string;
  readonly nonce: string;
}

/** Signs messages as Standard Webhooks says it. */
export interface Signer {
  /**
   * The headers that say whose message it is, with a signature by each secret.
   *
   * @param by Absent: by the service's own secrets, all that are in force.
   * @throws Error where no key is to be had; it holds nothing of any.
   */
  sign(what: ToSign, by?: readonly SecretName[]): Promise<Readonly<Record<string, string>>>;
}

/** Where secrets are made that are then shown, once. */
export interface Secrets {
  /** The name of a new secret, of the newest key. */
  name(nonce: string, request: RequestMoment): Promise<SecretName>;
  /** The secret, as receivers are given it: `whsec_…`. */
  show(name: SecretName, request: RequestMoment): Promise<string>;
}
