import { createPublicKey, type KeyObject } from "node:crypto";

/** A key that verifies tokens, and the algorithms of its own family: a token that names another is not of this key. */
export interface PublicKey {
  readonly key: KeyObject;
  readonly algorithms: readonly string[];
}

const rsa = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"] as const;
const edwards = ["EdDSA", "Ed25519"] as const;

/** All that any key may be used with: signatures by key pairs alone, for what verifies must not be able to sign. */
export const algorithms: readonly string[] = [...rsa, "ES256", "ES384", ...edwards];

const rsaBitsMin = 2_048;

/** @throws Error where the PEM is no public key of a kind that signs tokens. */
export function toPublicKey(pem: string): PublicKey {
  if (pem.includes("PRIVATE KEY")) {
    throw new Error("tokens are verified with a public key; this one is private");
  }
  const key = readKey(pem);
  return { key, algorithms: algorithmsOf(key) };
}

function readKey(pem: string): KeyObject {
  try {
    // A line of settings has its ends of lines escaped.
    return createPublicKey(pem.replaceAll("\\n", "\n"));
  } catch {
    throw new Error("tokens are verified with a public key in PEM; this is none");
  }
}

function algorithmsOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly string[] {
  const { namedCurve, modulusLength = 0 } = asymmetricKeyDetails ?? {};
  if (asymmetricKeyType === "rsa" && modulusLength >= rsaBitsMin) {
    return rsa;
  }
  if (asymmetricKeyType === "ec" && namedCurve === "prime256v1") {
    return ["ES256"];
  }
  if (asymmetricKeyType === "ec" && namedCurve === "secp384r1") {
    return ["ES384"];
  }
  if (asymmetricKeyType === "ed25519") {
    return edwards;
  }
  throw new Error(`tokens are verified with RSA of at least ${rsaBitsMin} bits, P-256, P-384 or Ed25519`);
}
