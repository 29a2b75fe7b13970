/**
 * Tokens, as somebody makes them who has no key to sign them with, or the wrong one, or an old token.
 */

import { createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { exportJWK, SignJWT } from "jose";
import { afterEach, describe, expect, it, onTestFinished } from "vitest";
import { type JwtSettings, toJwtOptions } from "#lib/access/jwt-options.ts";
import { type Guarded, openGuarded } from "./guarded.ts";

const pem = (key: KeyObject): string => key.export({ type: "spki", format: "pem" }).toString();

const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
const edwards = generateKeyPairSync("ed25519");

const closing: Guarded[] = [];
afterEach(() => {
  for (const guarded of closing.splice(0)) {
    guarded.close();
  }
});

async function guard(settings: JwtSettings): Promise<Guarded> {
  const guarded = await openGuarded({ jwt: toJwtOptions(settings) });
  closing.push(guarded);
  return guarded;
}

/** The test's clock stands at this second. */
const now = 1_000;
const valid = { exp: now + 300, prefix: "" };

const token = (claims: Record<string, unknown>, key: KeyObject = edwards.privateKey, header: object = {}) =>
  new SignJWT(claims).setProtectedHeader({ alg: "EdDSA", ...header }).sign(key);

const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString("base64url");

/** What the door says: 404, once it has let the caller in. */
const knock = async ({ ask }: Guarded, credential: string): Promise<number> =>
  (await ask(credential, "GET", "/promises/p")).status;

const edwardsOnly = { publicKey: pem(edwards.publicKey) };

describe("A token", () => {
  it.each([
    ["RS256", rsa],
    ["RS384", rsa],
    ["RS512", rsa],
    ["PS256", rsa],
    ["PS384", rsa],
    ["PS512", rsa],
    ["ES256", p256],
    ["ES384", p384],
    ["EdDSA", edwards],
    ["Ed25519", edwards],
  ])("signed with %s opens the door", async (alg, { publicKey, privateKey }) => {
    const guarded = await guard({ publicKey: pem(publicKey) });
    expect(await knock(guarded, await token(valid, privateKey, { alg }))).toBe(404);
    expect((await guarded.rpc(await token(valid, privateKey, { alg }), "promise.get", { id: "p" })).status).toBe(404);
  });

  it("longer than any that is needed is refused, though its signature be good", async () => {
    const guarded = await guard(edwardsOnly);
    expect(await knock(guarded, await token({ ...valid, more: "x".repeat(4_000) }))).toBe(404);
    expect(await knock(guarded, await token({ ...valid, more: "x".repeat(8_000) }))).toBe(401);
  });

  it("opens nothing where no key is configured", async () => {
    expect(await knock(await guard({}), await token(valid))).toBe(401);
  });

  it("opens nothing with a signature by another key of the same kind", async () => {
    const stranger = generateKeyPairSync("ed25519");
    expect(await knock(await guard(edwardsOnly), await token(valid, stranger.privateKey))).toBe(401);
  });

  it.each(["none", "None", "NONE", "nOnE", ""])(
    "without a signature, of the algorithm %j, opens nothing",
    async (alg) => {
      const unsigned = `${encode({ alg })}.${encode({ ...valid, role: "admin" })}.`;
      const guarded = await guard(edwardsOnly);
      expect(await knock(guarded, unsigned)).toBe(401);
      const [, , signature] = (await token(valid)).split(".");
      expect(await knock(guarded, unsigned + signature)).toBe(401);
    },
  );

  it.each([
    ["RSA", rsa],
    ["EC", p256],
    ["Ed25519", edwards],
  ])("signed with the public %s key as a shared secret opens nothing", async (_, { publicKey }) => {
    const guarded = await guard({ publicKey: pem(publicKey) });
    for (const secret of [pem(publicKey), pem(publicKey).trim(), publicKey.export({ type: "spki", format: "der" })]) {
      const signed = `${encode({ alg: "HS256", typ: "JWT" })}.${encode(valid)}`;
      const forged = `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
      expect(await knock(guarded, forged)).toBe(401);
    }
  });

  it("is refused when it names an algorithm of another family, or of another curve, than the key's", async () => {
    const guarded = await guard({ publicKey: pem(p256.publicKey) });
    expect(await knock(guarded, await token(valid, p384.privateKey, { alg: "ES384" }))).toBe(401);
    expect(await knock(guarded, await token(valid, rsa.privateKey, { alg: "RS256" }))).toBe(401);
    expect(await knock(guarded, await token(valid, edwards.privateKey))).toBe(401);
  });

  it("does not bring its own key along", async () => {
    const stranger = generateKeyPairSync("ed25519");
    const jwk = await exportJWK(stranger.publicKey);
    const guarded = await guard(edwardsOnly);
    for (const header of [
      { jwk },
      { jku: "http://127.0.0.1:1/keys" },
      { x5u: "http://127.0.0.1:1/keys" },
      { kid: "../../dev/null" },
    ]) {
      expect(await knock(guarded, await token(valid, stranger.privateKey, header))).toBe(401);
    }
  });

  it("is refused when its claims have been changed, or are those of another token", async () => {
    const guarded = await guard(edwardsOnly);
    const [header, , signature] = (await token({ ...valid, prefix: "mine/" })).split(".");
    expect(await knock(guarded, `${header}.${encode({ ...valid, prefix: "" })}.${signature}`)).toBe(401);
    expect(await knock(guarded, `${header}.${encode({ ...valid, role: "admin" })}.${signature}`)).toBe(401);
  });

  it("is refused when it asks for an extension that nobody here knows", async () => {
    const protectedHeader = encode({ alg: "EdDSA", crit: ["later"], later: 1 });
    const signed = `${protectedHeader}.${encode(valid)}`;
    const forged = `${signed}.${sign(null, Buffer.from(signed), edwards.privateKey).toString("base64url")}`;
    expect(await knock(await guard(edwardsOnly), forged)).toBe(401);
  });

  it.each([
    ["expires in a second", { exp: now + 1 }, 404],
    ["has expired within the leeway", { exp: now - 59 }, 404],
    ["has expired before the leeway", { exp: now - 60 }, 401],
    ["says no end", { exp: undefined }, 401],
    ["says its end as a text", { exp: "9999999999" }, 401],
    ["says its end as null", { exp: null }, 401],
    ["is not valid yet", { nbf: now + 61 }, 401],
    ["is valid as soon as clocks agree", { nbf: now + 59 }, 404],
  ])("that %s is judged by it", async (_, claims, status) => {
    expect(await knock(await guard(edwardsOnly), await token({ ...valid, ...claims }))).toBe(status);
  });

  it.each([
    ["both as they must be", { iss: "https://issuer", aud: "service" }, 404],
    ["an audience among others", { iss: "https://issuer", aud: ["other", "service"] }, 404],
    ["another issuer", { iss: "https://issuer.evil", aud: "service" }, 401],
    ["the issuer with a slash more", { iss: "https://issuer/", aud: "service" }, 401],
    ["no issuer", { aud: "service" }, 401],
    ["another audience", { iss: "https://issuer", aud: ["other"] }, 401],
    ["an audience that has the right one in it", { iss: "https://issuer", aud: "service2" }, 401],
    ["no audience", { iss: "https://issuer" }, 401],
  ])("with %s is judged by issuer and audience, where they are configured", async (_, claims, status) => {
    const guarded = await guard({ ...edwardsOnly, issuer: "https://issuer", audience: "service" });
    expect(await knock(guarded, await token({ ...valid, ...claims }))).toBe(status);
  });
});

describe("The claims of a token", () => {
  const messages = "/messages?state=parked";

  it.each([
    ["admin", 200],
    ["Admin", 200],
    ["ADMIN", 200],
    ["admin ", 403],
    ["administrator", 403],
    ["аdmin", 403],
    [["admin"], 403],
    [true, 403],
    [undefined, 403],
  ])("make an administrator by the role %j or not", async (role, status) => {
    const guarded = await guard(edwardsOnly);
    expect((await guarded.ask(await token({ ...valid, role }), "GET", messages)).status).toBe(status);
  });

  it.each([
    ["", 404],
    ["shop/", 404],
    ["shop/1", 404],
    ["shop/12", 403],
    ["Shop/", 403],
    ["/shop/", 403],
    [undefined, 403],
    [null, 403],
    [0, 403],
    [["shop/"], 403],
    [{}, 403],
    // Half of a character, with which no id ends and none begins.
    ["\ud83d", 403],
  ])("let a caller of the prefix %j see shop/1 or not", async (prefix, status) => {
    const guarded = await guard(edwardsOnly);
    const auth = await token({ ...valid, prefix });
    expect((await guarded.ask(auth, "GET", "/promises/shop/1")).status).toBe(status);
    expect((await guarded.rpc(auth, "promise.get", { id: "shop/1" })).status).toBe(status);
  });

  it("do not let half a character see the ids that begin with its other halves", async () => {
    const guarded = await guard(edwardsOnly);
    const auth = await token({ ...valid, prefix: "\ud83d" });
    expect((await guarded.rpc(auth, "promise.get", { id: "\u{1f600}" })).status).toBe(403);
    expect((await guarded.rpc(auth, "promise.search", {})).status).toBe(403);
  });
});

describe("The keys of an issuer", () => {
  async function issuer(keys: readonly object[], status = 200) {
    const asked = { times: 0 };
    const server = createServer((_, response) => {
      asked.times += 1;
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify({ keys }));
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    return { asked, jwksUrl: `http://127.0.0.1:${port}/keys`, issuer: "i", audience: "a" };
  }
  const claims = { ...valid, iss: "i", aud: "a" };
  const published = async (key: KeyObject, kid: string) => ({ ...(await exportJWK(key)), kid });

  it("are fetched once, and each verifies what it has signed", async () => {
    const { asked, ...settings } = await issuer([
      await published(edwards.publicKey, "one"),
      await published(rsa.publicKey, "two"),
    ]);
    const guarded = await guard(settings);
    expect(await knock(guarded, await token(claims, edwards.privateKey, { kid: "one" }))).toBe(404);
    expect(await knock(guarded, await token(claims, rsa.privateKey, { kid: "two", alg: "RS256" }))).toBe(404);
    expect(asked.times).toBe(1);
  });

  it("verify nothing that another of them has signed, nor one that is not there", async () => {
    const { asked, ...settings } = await issuer([
      await published(edwards.publicKey, "one"),
      await published(rsa.publicKey, "two"),
      { kty: "oct", k: Buffer.from("secret").toString("base64url"), kid: "three", alg: "HS256" },
    ]);
    const guarded = await guard(settings);
    expect(await knock(guarded, await token(claims, edwards.privateKey, { kid: "two" }))).toBe(401);
    expect(await knock(guarded, await token(claims, edwards.privateKey, { kid: "four" }))).toBe(401);
    const signed = `${encode({ alg: "HS256", kid: "three" })}.${encode(claims)}`;
    const forged = `${signed}.${createHmac("sha256", "secret").update(signed).digest("base64url")}`;
    expect(await knock(guarded, forged)).toBe(401);
    expect(asked.times).toBe(1);
  });

  it("that cannot be had let nobody in, and blame no caller", async () => {
    const { asked, ...settings } = await issuer([], 500);
    const guarded = await guard(settings);
    expect(await knock(guarded, await token(claims))).toBe(503);
    expect(asked.times).toBe(1);
    const nowhere = await guard({ ...settings, jwksUrl: "http://127.0.0.1:1/keys" });
    expect(await knock(nowhere, await token(claims))).toBe(503);
  });
});

describe("The settings of tokens", () => {
  const short = generateKeyPairSync("rsa", { modulusLength: 1_024 });
  const keySet = { jwksUrl: "https://issuer/keys", issuer: "https://issuer", audience: "service" };

  it.each([
    ["a private key", { publicKey: edwards.privateKey.export({ type: "pkcs8", format: "pem" }).toString() }, "private"],
    ["a short key", { publicKey: pem(short.publicKey) }, "2048"],
    ["no key at all", { publicKey: "none" }, "in PEM"],
    ["a curve that signs no tokens here", { publicKey: pem(generateKeyPairSync("x25519").publicKey) }, "P-256"],
    ["a key and a key set", { ...keySet, publicKey: pem(rsa.publicKey) }, "both"],
    ["a key set without an issuer", { ...keySet, issuer: "" }, "issuer"],
    ["a key set without an audience", { ...keySet, audience: undefined }, "audience"],
    ["a key set that anyone on the way can change", { ...keySet, jwksUrl: "http://issuer/keys" }, "https"],
    ["a key set's URL that is none", { ...keySet, jwksUrl: "https://[x" }, "https"],
  ])("are refused at the start with %s", (_, settings, complaint) => {
    expect(() => toJwtOptions(settings)).toThrow(complaint);
  });

  it("may have a key on one line, and may have none", () => {
    expect(toJwtOptions({ publicKey: pem(rsa.publicKey).replaceAll("\n", "\\n") })).toMatchObject({
      algorithms: expect.arrayContaining(["RS256"]),
    });
    expect(toJwtOptions({ publicKey: "", jwksUrl: "" })).toBeUndefined();
  });
});
