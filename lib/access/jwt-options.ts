import { type PublicKey, toPublicKey } from "./public-key.ts";
import { toSafeUrl } from "./safe-url.ts";

interface FixedKey extends PublicKey {
  readonly issuer?: string;
  readonly audience?: string;
}

/** The keys of an issuer that has other customers too: whose tokens, and for whom, must be said. */
interface IssuersKeys {
  readonly jwksUrl: string;
  readonly issuer: string;
  readonly audience: string;
}

/** Whose tokens are accepted. */
export type JwtOptions = FixedKey | IssuersKeys;

/** The same as texts, of which any may be missing or empty. */
export interface JwtSettings {
  /** In PEM. */
  readonly publicKey?: string | undefined;
  readonly jwksUrl?: string | undefined;
  readonly issuer?: string | undefined;
  readonly audience?: string | undefined;
}

/**
 * What settings ask for; nothing, where they name no keys: then no token is accepted.
 *
 * @throws Error where they leave open whose tokens to accept.
 */
export function toJwtOptions({ publicKey, jwksUrl, issuer, audience }: JwtSettings): JwtOptions | undefined {
  if (publicKey && jwksUrl) {
    throw new Error("tokens are verified with a public key or with a key set, not with both");
  }
  if (publicKey) {
    return { ...toPublicKey(publicKey), ...(issuer && { issuer }), ...(audience && { audience }) };
  }
  if (!jwksUrl) {
    return undefined;
  }
  if (!(issuer && audience)) {
    throw new Error("a key set needs the issuer and the audience of the tokens to accept");
  }
  if (toSafeUrl(jwksUrl) === undefined) {
    throw new Error("the URL of a key set must begin with https://");
  }
  return { jwksUrl, issuer, audience };
}
