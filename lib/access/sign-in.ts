/**
 * Signing in by OpenID Connect. The library is loaded when somebody first signs in.
 *
 * @module
 */

import type { AuthorizationServer, Client, ClientAuth, IDToken, UserInfoResponse } from "oauth4webapi";
import type { Person } from "#lib/core/index.ts";
import type { SignIn } from "#lib/ports/sign-in.ts";
import { isLocal, toSafeUrl } from "./safe-url.ts";

export interface SignInOptions {
  /** The issuer's own URL, from which all others are discovered. */
  readonly issuer: string;
  readonly clientId: string;
  /** Reads the client's secret. */
  readonly secret: () => Promise<string>;
}

type Library = typeof import("oauth4webapi");

/** How long the issuer may take to answer, and for how long its description is not read again. */
const answerMsMax = 5_000;
const describedMs = 60 * 60 * 1_000;

/** UTF-16 units of what is kept of a name. */
const nameLengthMax = 200;

/** @throws Error where nobody can sign in at the issuer, since it has no URL that is safe. */
export function signInAt({ issuer, clientId, secret }: SignInOptions): SignIn {
  const url = toSafeUrl(issuer);
  if (url === undefined) {
    throw new Error("the URL of an issuer where people sign in must begin with https://");
  }
  const client: Client = { client_id: clientId };
  let known: { readonly server: AuthorizationServer; readonly at: number } | undefined;

  const asking = (library: Library) => ({
    signal: () => AbortSignal.timeout(answerMsMax),
    ...(isLocal(url) && { [library.allowInsecureRequests]: true }),
  });

  const described = async (library: Library): Promise<AuthorizationServer> => {
    const at = performance.now();
    if (known === undefined || at > known.at + describedMs) {
      const response = await library.discoveryRequest(url, { algorithm: "oidc", ...asking(library) });
      known = { server: await library.processDiscoveryResponse(url, response), at };
    }
    return known.server;
  };

  return {
    async begin(callback, isAnew) {
      const library = await import("oauth4webapi");
      const server = await described(library);
      const verifier = library.generateRandomCodeVerifier();
      const kept = { state: library.generateRandomState(), nonce: library.generateRandomNonce(), verifier, callback };
      const at = new URL(server.authorization_endpoint ?? "");
      for (const [name, value] of Object.entries({
        client_id: clientId,
        redirect_uri: callback,
        response_type: "code",
        scope: "openid email profile",
        state: kept.state,
        nonce: kept.nonce,
        code_challenge: await library.calculatePKCECodeChallenge(verifier),
        code_challenge_method: "S256",
        ...(isAnew && { prompt: "login" }),
      })) {
        at.searchParams.set(name, value);
      }
      return { url: at.href, kept: JSON.stringify(kept) };
    },

    async finish(came, text) {
      const library = await import("oauth4webapi");
      const server = await described(library);
      const kept = JSON.parse(text) as Record<"state" | "nonce" | "verifier" | "callback", string>;
      const options = asking(library);
      try {
        const given = library.validateAuthResponse(server, client, came, kept.state);
        const auth = authenticated(library, server, await secret());
        const response = await library.authorizationCodeGrantRequest(
          server,
          client,
          auth,
          given,
          kept.callback,
          kept.verifier,
          options,
        );
        const granted = await library.processAuthorizationCodeResponse(server, client, response, {
          expectedNonce: kept.nonce,
          requireIdToken: true,
        });
        await library.validateApplicationLevelSignature(server, response, options);
        const claims = library.getValidatedIdTokenClaims(granted) as IDToken;
        const more =
          claims["email"] === undefined && server.userinfo_endpoint !== undefined
            ? await library.processUserInfoResponse(
                server,
                client,
                claims.sub,
                await library.userInfoRequest(server, client, granted.access_token, options),
              )
            : {};
        return toPerson({ ...more, ...claims });
      } catch (error) {
        if (isRefusal(library, error)) {
          return undefined;
        }
        throw error;
      }
    },
  };
}

/** Secrets go into a header, unless the issuer takes them in the body alone. */
function authenticated(library: Library, server: AuthorizationServer, secret: string): ClientAuth {
  const methods = server.token_endpoint_auth_methods_supported ?? ["client_secret_basic"];
  return methods.includes("client_secret_basic") || !methods.includes("client_secret_post")
    ? library.ClientSecretBasic(secret)
    : library.ClientSecretPost(secret);
}

/** Whether it is what the person brought that is wrong, and not that the issuer cannot be asked. */
const isRefusal = (library: Library, error: unknown): boolean =>
  error instanceof library.AuthorizationResponseError ||
  error instanceof library.ResponseBodyError ||
  error instanceof library.OperationProcessingError;

function toPerson(claims: IDToken & Partial<UserInfoResponse>): Person {
  const { iss: issuer, sub: subject, email, email_verified: isVerified, name } = claims;
  return {
    issuer,
    subject,
    ...(typeof email === "string" && isVerified === true && { email: email.slice(0, nameLengthMax) }),
    ...(typeof name === "string" && { name: name.toWellFormed().slice(0, nameLengthMax) }),
  };
}
