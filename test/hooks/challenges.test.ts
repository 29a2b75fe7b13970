import { createHash, createHmac } from "node:crypto";
import { describe, expect, it } from "vitest";
import { verify } from "#lib/hooks/verify.ts";
import { hookOf, now, request, seconds } from "./requests.ts";

const refused = (reason: string) => ({ kind: "refused", reason });
const refusedChallenge = (reason: string) => ({ ...refused(reason), isChallenge: true });

/** What a browser may make of the answer: nothing but text. */
const inert = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "content-disposition": "attachment",
  "cache-control": "no-store",
};

const echoed = (body: string, type = "text/plain; charset=utf-8") => ({
  kind: "challenge",
  status: 200,
  headers: { ...inert, "content-type": type },
  body,
});

const secret = "a secret of sixteen";

/** As Slack and Zoom sign. */
const signedBy = (key: string, names: readonly [string, string], json: object, at = now) => {
  const body = JSON.stringify(json);
  const signature = createHmac("sha256", key)
    .update(`v0:${seconds(at)}:${body}`)
    .digest("hex");
  return request({ headers: { [names[0]]: `v0=${signature}`, [names[1]]: seconds(at) }, body });
};

const tooLong = "x".repeat(1_025);

describe("Slack", () => {
  const hook = hookOf({ provider: "slack" });
  const names = ["x-slack-signature", "x-slack-request-timestamp"] as const;
  const ask = (challenge: unknown, key = secret) =>
    verify(signedBy(key, names, { token: "t", type: "url_verification", challenge }), hook, [secret], now);

  it("is sent its challenge back, if it has signed it", async () => {
    const challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P";
    expect(await ask(challenge)).toEqual(echoed(challenge));
    expect(await ask(challenge, "another secret")).toEqual(refused("signatureWrong"));
  });

  it.each([[undefined], [""], [17], [tooLong], ["a\nb"]])("is not sent back %j", async (challenge) => {
    expect(await ask(challenge)).toEqual(refused("challengeMalformed"));
  });
});

describe("Zoom", () => {
  const hook = hookOf({ provider: "zoom" });
  const names = ["x-zm-signature", "x-zm-request-timestamp"] as const;
  const ask = (plainToken: unknown, key = secret) =>
    verify(signedBy(key, names, { event: "endpoint.url_validation", payload: { plainToken } }), hook, [secret], now);

  it("is told the hash of its token by the secret, if it has signed the request", async () => {
    const plainToken = "qgg8vlvZRS6UYooatFL8Aw";
    const encryptedToken = createHmac("sha256", secret).update(plainToken).digest("hex");
    expect(await ask(plainToken)).toEqual(echoed(JSON.stringify({ plainToken, encryptedToken }), "application/json"));
    expect(await ask(plainToken, "another secret")).toEqual(refused("signatureWrong"));
  });

  it.each([[undefined], [""], [`v0:${seconds(now)}:{}`], ["x".repeat(129)], ["a b"], [{}]])(
    "is not told a signature of %j",
    async (plainToken) => {
      expect(await ask(plainToken)).toEqual(refused("challengeMalformed"));
    },
  );
});

describe("Meta", () => {
  const verifyTokenSha256 = createHash("sha256").update("a verify token").digest("hex");
  const hook = hookOf({ provider: "meta", verifyTokenSha256 });
  const ask = (query: Record<string, string>, method = "GET") => {
    const url = `https://promises.example/hooks/meta?${new URLSearchParams(query)}`;
    return verify(request({ method, url }), hook, [secret], now);
  };
  const right = { "hub.mode": "subscribe", "hub.verify_token": "a verify token", "hub.challenge": "1158201444" };

  it("is sent its challenge back, if it knows the verify token", async () => {
    expect(await ask(right)).toEqual(echoed("1158201444"));
    for (const token of ["another", "", verifyTokenSha256]) {
      expect(await ask({ ...right, "hub.verify_token": token })).toEqual(refusedChallenge("tokenWrong"));
    }
    const { "hub.verify_token": _, ...without } = right;
    expect(await ask(without)).toEqual(refusedChallenge("tokenWrong"));
  });

  it("is sent nothing back that is no challenge", async () => {
    for (const challenge of ["", tooLong, "\u2028"]) {
      expect(await ask({ ...right, "hub.challenge": challenge })).toEqual(refusedChallenge("challengeMalformed"));
    }
    expect(await ask({ ...right, "hub.mode": "unsubscribe" })).toEqual(refused("methodNotPost"));
    expect(await ask(right, "HEAD")).toEqual(refused("methodNotPost"));
    expect(await ask(right, "POST")).toEqual(refused("signatureMissing"));
  });
});

describe("Microsoft", () => {
  const hook = hookOf({ provider: "microsoft" });
  const ask = (token: string, method = "POST") => {
    const url = `https://promises.example/hooks/graph?validationToken=${encodeURIComponent(token)}`;
    return verify(request({ method, url }), hook, [secret], now);
  };

  it("is sent its token back as text that no browser runs", async () => {
    const token = "Validation: Testing client application reachability for subscription Request-Id: 17";
    expect(await ask(token)).toEqual(echoed(token));
    expect(await ask("<script>alert(1)</script>")).toEqual(echoed("<script>alert(1)</script>"));
  });

  it("is sent nothing back that is no token", async () => {
    for (const token of ["", tooLong, "a\r\nset-cookie: b", "é"]) {
      expect(await ask(token)).toEqual(refusedChallenge("challengeMalformed"));
    }
    expect(await ask("a", "GET")).toEqual(refused("methodNotPost"));
  });

  it("has a request with a token answered and nothing done, whatever else is in it", async () => {
    const body = JSON.stringify({ value: [{ clientState: secret }] });
    const url = "https://promises.example/hooks/graph?validationToken=a";
    expect(await verify(request({ url, body }), hook, [secret], now)).toEqual(echoed("a"));
  });
});
