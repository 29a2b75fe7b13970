/** Signing in at an issuer that lies: what it says counts only if all of it is true. */

import { createServer } from "node:http";
import { exportJWK, generateKeyPair, SignJWT } from "jose";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { signInAt } from "#lib/access/sign-in.ts";
import type { SignIn } from "#lib/ports/sign-in.ts";
import { freePort } from "../support/engine.ts";

const callback = "http://localhost/links/signed-in";
const own = { sub: "7", email: "ada@example.com", email_verified: true };

let issuer: string;
let signIn: SignIn;
let close: () => void;
let token: () => Promise<string>;
let sign: (claims: object, key?: "another") => Promise<string>;
const asked: string[] = [];

beforeAll(async () => {
  const port = await freePort();
  issuer = `http://127.0.0.1:${port}`;
  const [key, another] = await Promise.all([generateKeyPair("RS256"), generateKeyPair("RS256")]);
  const jwk = { ...(await exportJWK(key.publicKey)), kid: "k", alg: "RS256", use: "sig" };
  sign = (claims, which) =>
    new SignJWT({ iss: issuer, aud: "promises", ...own, ...claims })
      .setProtectedHeader({ alg: "RS256", kid: "k" })
      .setIssuedAt()
      .setExpirationTime("5m")
      .sign((which ? another : key).privateKey);
  const answers: Record<string, () => Promise<object>> = {
    "/.well-known/openid-configuration": async () => ({
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      jwks_uri: `${issuer}/jwks`,
    }),
    "/jwks": async () => ({ keys: [jwk] }),
    "/token": async () => ({ access_token: "a", token_type: "Bearer", id_token: await token() }),
  };
  const server = createServer(async (request, response) => {
    const chunks = await request.toArray();
    asked.push(`${request.headers.authorization ?? ""} ${Buffer.concat(chunks)}`);
    const answer = answers[request.url ?? ""];
    response.writeHead(answer ? 200 : 404, { "content-type": "application/json" });
    response.end(JSON.stringify((await answer?.()) ?? {}));
  }).listen(port, "127.0.0.1");
  close = () => server.close();
});
afterAll(() => close());
beforeEach(() => {
  signIn = signInAt({ issuer, clientId: "promises", secret: async () => "a secret" });
});

/** Sends somebody away, and takes in who comes back with this. */
async function comeBack(claims: (nonce: string) => object, query: Record<string, string> = {}, key?: "another") {
  const { url, kept } = await signIn.begin(callback, false);
  const { searchParams } = new URL(url);
  token = () => sign(claims(searchParams.get("nonce") ?? ""), key);
  const came = new URL(callback);
  came.search = new URLSearchParams({ code: "c", state: searchParams.get("state") ?? "", ...query }).toString();
  return { person: await signIn.finish(came, kept), searchParams };
}

it("Somebody who has signed in is known, by a code that only this service can redeem", async () => {
  const { person, searchParams } = await comeBack((nonce) => ({ nonce }));
  expect(person).toEqual({ issuer, subject: "7", email: "ada@example.com" });
  expect(searchParams.get("code_challenge_method")).toBe("S256");
  const redeemed = asked.find((each) => each.includes("code_verifier")) ?? "";
  expect(redeemed).toContain(`Basic ${Buffer.from("promises:a+secret").toString("base64")}`);
});

it.each([
  ["with another nonce", () => ({ nonce: "another" }), {}, undefined],
  ["with none", () => ({}), {}, undefined],
  ["for another client", (nonce: string) => ({ nonce, aud: "another" }), {}, undefined],
  ["of another issuer", (nonce: string) => ({ nonce, iss: "https://another.example" }), {}, undefined],
  ["signed by somebody else", (nonce: string) => ({ nonce }), {}, "another"],
  ["with another state", (nonce: string) => ({ nonce }), { state: "another" }, undefined],
  ["that the person has denied", (nonce: string) => ({ nonce }), { error: "access_denied" }, undefined],
] as const)("An answer %s is nobody's", async (_what, claims, query, key) => {
  expect((await comeBack(claims as (nonce: string) => object, query, key)).person).toBeUndefined();
});

it("An address that is not verified is not told", async () => {
  const { person } = await comeBack((nonce) => ({ nonce, email_verified: false }));
  expect(person).toEqual({ issuer, subject: "7" });
});

it("An issuer that cannot be asked is an error, and lets in nobody", async () => {
  const nowhere = signInAt({ issuer: `http://127.0.0.1:${await freePort()}`, clientId: "c", secret: async () => "s" });
  await expect(nowhere.begin(callback, false)).rejects.toThrow();
});

it.each(["http://people.example", "https://[x", "people.example"])(
  "refuses %s at its start: nobody is safe there",
  (issuer) => {
    expect(() => signInAt({ issuer, clientId: "c", secret: async () => "s" })).toThrow("must begin with https://");
  },
);
