/**
 * JSON Web Tokens (`protocol/rpc.md` 13). Loaded by the first request that bears one.
 *
 * @module
 */

import { hash } from "node:crypto";
import {
  createRemoteJWKSet,
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  jwtVerify,
} from "jose";
import { type EpochMs, Fault } from "#lib/core/index.ts";
import type { Caller } from "./caller.ts";
import type { JwtOptions } from "./jwt-options.ts";
import { algorithms, type PublicKey } from "./public-key.ts";

export type VerifyJwt = (token: string, now: EpochMs) => Promise<Caller>;

/** Clocks differ by so much. */
const leewaySeconds = 60;

/** Characters of a subject's hash in the log: subjects are often e-mail addresses. */
const subjectLength = 16;

export function jwtVerifier({ issuer, audience, ...source }: JwtOptions): VerifyJwt {
  const { key, algorithms: accepted } = "jwksUrl" in source ? remote(source.jwksUrl) : fixed(source);
  const options: JWTVerifyOptions = {
    algorithms: [...accepted],
    requiredClaims: ["exp"],
    clockTolerance: leewaySeconds,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  };
  return async (token, now) => {
    try {
      const { payload } = await jwtVerify(token, key, { ...options, currentDate: new Date(now) });
      return toCaller(payload);
    } catch (error) {
      // The error is not handed on: it holds the token's claims.
      throw isTokensFault(error) ? new Fault("unauthorized", {}) : new Fault("storeUnavailable", {});
    }
  };
}

const fixed = ({ key, algorithms }: PublicKey) => ({ key: async () => key, algorithms });

/** The issuer's key set: each key is used with the algorithms of its own type. */
const remote = (url: string): { key: JWTVerifyGetKey; algorithms: readonly string[] } => ({
  key: createRemoteJWKSet(new URL(url)),
  algorithms,
});

/** Whether the token is to blame, and not the way to the issuer's keys. */
const isTokensFault = (error: unknown): boolean =>
  error instanceof errors.JOSEError &&
  !(error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid || error.code === "ERR_JOSE_GENERIC");

function toCaller({ sub = "", role, prefix }: JWTPayload): Caller {
  return {
    principal: `jwt:${hash("sha256", sub).slice(0, subjectLength)}`,
    isAdmin: typeof role === "string" && role.toLowerCase() === "admin",
    // Half a character at its end would make it the beginning of ids with another.
    ...(typeof prefix === "string" && prefix.isWellFormed() && { prefix }),
  };
}
