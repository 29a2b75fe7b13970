/**
 * Who asks: by an API key or a token, in the HTTP header or in the envelope.
 *
 * @module
 */

import { Fault } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import type { Caller } from "./caller.ts";
import type { VerifyJwt } from "./jwt.ts";
import type { JwtOptions } from "./jwt-options.ts";
import { keysIn } from "./keys.ts";

export interface AccessOptions {
  readonly store: Pick<Store, "find">;
  /** SHA-256 in hexadecimal of keys that open everything: for a service that has no keys yet. */
  readonly adminHashes?: readonly string[];
  /** Absent: no token is accepted. */
  readonly jwt?: JwtOptions | undefined;
}

/** What a request says of who asks. */
export interface Credentials {
  /** The HTTP header `Authorization`. */
  readonly header?: string | undefined;
  /** `head.auth` of the envelope; empty is the same as absent. */
  readonly envelope?: string | null | undefined;
}

/** @throws Fault `unauthorized`, and `storeUnavailable` where it cannot be found out. */
export type Authenticate = (credentials: Credentials, request: RequestContext) => Promise<Caller>;

const bearer = /^Bearer +(?<credential>[A-Za-z0-9\-._~+/]+=*) *$/i;

const jwtForm = /^[\w-]+\.[\w-]+\.[\w-]*$/;

const credentialLengthMax = 8_192;

/** @throws Error where a hash is none: nobody could use the key, or its owner has put the key itself there. */
export function authenticator({ store, adminHashes = [], jwt }: AccessOptions): Authenticate {
  if (!adminHashes.every((each) => /^[0-9a-f]{64}$/.test(each))) {
    throw new Error("an administrator's key is given by its SHA-256, 64 hexadecimal digits in lower case");
  }
  const keys = keysIn(store, adminHashes);
  const verifier = jwt && loadedOnce(jwt);

  return async (credentials, { now, cost }) => {
    const credential = oneOf(credentials);
    if (credential === undefined || credential.length > credentialLengthMax) {
      throw new Fault("unauthorized", {});
    }
    if (!jwtForm.test(credential)) {
      return keys.callerOf(credential, now, cost);
    }
    if (verifier === undefined) {
      throw new Fault("unauthorized", {});
    }
    return (await verifier())(credential, now);
  };
}

/** The one credential; none, where there are two, or a header that bears none. */
function oneOf({ header, envelope }: Credentials): string | undefined {
  if (header === undefined) {
    return envelope || undefined;
  }
  const credential = bearer.exec(header)?.groups?.["credential"];
  return envelope && envelope !== credential ? undefined : credential;
}

/** The library is of no use to a service whose callers have keys. */
function loadedOnce(options: JwtOptions): () => Promise<VerifyJwt> {
  let verifier: Promise<VerifyJwt> | undefined;
  return () => {
    verifier ??= import("./jwt.ts").then(({ jwtVerifier }) => jwtVerifier(options));
    return verifier;
  };
}
