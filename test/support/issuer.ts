/**
 * An OpenID Connect issuer of the tests' own, in this process: whoever gives a name there is that person.
 *
 * @module
 */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import Provider from "oidc-provider";

export interface Issuer {
  readonly url: string;
  close(): void;
}

export const client = { id: "promises", secret: "a secret of the tests" } as const;

/** @param callbackOf Where people go back to, once it is known where the issuer is. */
export async function openIssuer(callback: string): Promise<Issuer> {
  const { createServer } = await import("node:http");
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = new Provider(url, {
    clients: [{ client_id: client.id, client_secret: client.secret, redirect_uris: [callback] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["a key of the tests"] },
    findAccount: (_, accountId) => ({
      accountId,
      claims: () => ({
        sub: accountId,
        email: `${accountId}@example.com`,
        email_verified: !accountId.startsWith("unverified"),
        name: accountId.toUpperCase(),
      }),
    }),
  });
  server.on("request", provider.callback());
  return { url, close: () => server.close() };
}
