/**
 * The senders' own libraries as counterparts: what they sign is verified, and what is signed by the same rules as here
 * they verify.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { sign as signForGitHub, verify as verifyByGitHub } from "@octokit/webhooks-methods";
import fc from "fast-check";
import { Webhook } from "standardwebhooks";
import Stripe from "stripe";
import twilio from "twilio";
import { describe, expect, it } from "vitest";
import type { Verdict } from "#lib/hooks/hook.ts";
import { verify } from "#lib/hooks/verify.ts";
import { formType, hookOf, now, request, seconds } from "./requests.ts";

const refused = (reason: string) => ({ kind: "refused", reason });

/** Bodies as they come: JSON with any text in it. */
const bodies = fc.record({
  id: fc.string({ minLength: 1 }),
  object: fc.constant("event"),
  text: fc.string({ unit: "binary" }),
});

const runs = { numRuns: 50 };

describe("Stripe's library", () => {
  const { webhooks } = new Stripe("sk_test_0");
  const hook = hookOf({ provider: "stripe" });
  const secret = "whsec_stripe_takes_any_text";

  it("signs what is verified, until its tolerance is over", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, async (json) => {
        const body = JSON.stringify(json);
        const header = webhooks.generateTestHeaderString({ payload: body, secret, timestamp: Number(seconds(now)) });
        const sent = request({ headers: { "Stripe-Signature": header }, body });
        expect(await verify(sent, hook, [secret], now)).toMatchObject({ kind: "event", at: now, body: json });
        expect(await verify(sent, hook, [secret], now + 300_000)).toMatchObject({ kind: "event" });
        expect(await verify(sent, hook, [secret], now + 300_001)).toEqual(refused("timestampTooOld"));
        expect(await verify(sent, hook, ["another"], now)).toEqual(refused("signatureWrong"));
      }),
      runs,
    );
  });

  it("verifies what is signed as it is here, by an old secret and a new one", async () => {
    const body = JSON.stringify({ id: "evt_1", object: "event", type: "charge.succeeded" });
    const of = (key: string) =>
      createHmac("sha256", key)
        .update(`${seconds(now)}.${body}`)
        .digest("hex");
    const header = `t=${seconds(now)},v1=${of("an old secret")},v1=${of(secret)},v0=${"0".repeat(64)}`;
    const verified = webhooks.constructEvent(body, header, secret, 300, undefined, now);
    const sent = request({ headers: { "stripe-signature": header }, body });
    for (const secrets of [[secret], ["an old secret"], ["one more", secret]]) {
      expect(await verify(sent, hook, secrets, now)).toMatchObject({ eventId: verified.id, type: verified.type });
    }
  });
});

describe("GitHub's library", () => {
  const hook = hookOf({ provider: "github" });
  const secret = "It's a Secret to Everybody";

  it("signs what is verified, and verifies the same", async () => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.boolean(), async (json, isAltered) => {
        const body = JSON.stringify(json);
        const signature = await signForGitHub(secret, body);
        const received = isAltered ? `${body} ` : body;
        const sent = request({ headers: { "X-Hub-Signature-256": signature }, body: received });
        const isVerified = (await verify(sent, hook, [secret], now)).kind === "event";
        expect(isVerified).toBe(!isAltered);
        expect(await verifyByGitHub(secret, received, signature)).toBe(isVerified);
      }),
      runs,
    );
  });
});

describe("The library of Standard Webhooks", () => {
  const hook = hookOf({ provider: "standard" });
  const secret = `whsec_${Buffer.alloc(24, 7).toString("base64")}`;
  const library = new Webhook(secret);

  it.each(["webhook", "svix"])("signs what is verified, in the headers %s-…", async (family) => {
    await fc.assert(
      fc.asyncProperty(bodies, fc.stringMatching(/^msg_\w{1,30}$/), async (json, id) => {
        const body = JSON.stringify(json);
        const headers = {
          [`${family}-id`]: id,
          [`${family}-timestamp`]: seconds(now),
          [`${family}-signature`]: `v1a,AAAA v1,${"A".repeat(43)}= ${library.sign(id, new Date(now), body)}`,
        };
        const sent = request({ headers, body });
        expect(await verify(sent, hook, [secret], now)).toMatchObject({ kind: "event", eventId: id, body: json });
        const another = request({ headers: { ...headers, [`${family}-id`]: `${id}x` }, body });
        expect(await verify(another, hook, [secret], now)).toEqual(refused("signatureWrong"));
      }),
      runs,
    );
  });

  it("verifies what is signed as it is here", async () => {
    // The library has a clock of its own.
    const moment = Date.now();
    const body = '{"type":"invoice.paid"}';
    const content = `msg_1.${seconds(moment)}.${body}`;
    const signature = createHmac("sha256", Buffer.alloc(24, 7)).update(content).digest("base64");
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": seconds(moment),
      "webhook-signature": `v1,${signature}`,
    };
    expect(library.verify(body, headers)).toEqual({ type: "invoice.paid" });
    expect(await verify(request({ headers, body }), hook, [secret], moment)).toMatchObject({ type: "invoice.paid" });
  });
});

describe("Twilio's library", () => {
  const hook = hookOf({ provider: "twilio" });
  const token = "2bd9e9638872de601313dc77410d3b23";
  const url = "https://promises.example/hooks/sms?promise=a%20b&step=1";
  const check = async (sent: Parameters<typeof request>[0]): Promise<Verdict> =>
    verify(request({ url, ...sent }), hook, [token], now);
  const signatureOf = (address: string, fields: Record<string, unknown>) =>
    twilio.getExpectedTwilioSignature(token, address, fields as Record<string, string>);

  const fields = fc.dictionary(
    fc.string({ minLength: 1, maxLength: 5, unit: "grapheme" }).filter((name) => name !== "__proto__"),
    fc.oneof(fc.string({ unit: "grapheme" }), fc.array(fc.string({ maxLength: 3 }), { minLength: 2, maxLength: 4 })),
    { maxKeys: 6 },
  );

  it("signs forms that are verified, fields that come more than once included", async () => {
    await fc.assert(
      fc.asyncProperty(fields, async (form) => {
        const body = new URLSearchParams(
          Object.entries(form).flatMap(([name, values]) =>
            [values].flat().map((value): [string, string] => [name, value]),
          ),
        ).toString();
        const headers = { ...formType, "X-Twilio-Signature": signatureOf(url, form) };
        expect(await check({ headers, body })).toMatchObject({ kind: "event" });
        expect(await check({ headers, body, url: `${url}0` })).toEqual(refused("signatureWrong"));
        expect(await check({ headers, body: `${body}&extra=1` })).toEqual(refused("signatureWrong"));
      }),
      { numRuns: 200 },
    );
  });

  it.each([
    ["https://promises.example:443/hooks/sms?a=1", "https://promises.example/hooks/sms?a=1"],
    ["https://promises.example/hooks/sms", "https://promises.example:443/hooks/sms"],
    ["https://promises.example/hooks/sms", "https://promises.example:8443/hooks/sms"],
    ["http://promises.example:80/hooks/sms", "http://promises.example/hooks/sms"],
  ])("has %s verified as %s", async (signed, called) => {
    const headers = { ...formType, "x-twilio-signature": signatureOf(signed, { CallSid: "CA1" }) };
    expect(await check({ url: called, headers, body: "CallSid=CA1" })).toMatchObject({ eventId: "CA1" });
    expect(twilio.validateRequest(token, headers["x-twilio-signature"], called, { CallSid: "CA1" })).toBe(true);
  });

  it("signs JSON by a hash in the URL", async () => {
    const body = '{"type":"com.twilio.message"}';
    const hashed = `https://promises.example/hooks/sms?bodySHA256=${twilio.getExpectedBodyHash(body)}`;
    const headers = { "content-type": "application/json", "x-twilio-signature": signatureOf(hashed, {}) };
    const verified = (text: string) =>
      twilio.validateRequestWithBody(token, headers["x-twilio-signature"], hashed, text);
    expect([verified(body), verified(`${body} `)]).toEqual([true, false]);
    expect(await check({ url: hashed, headers, body })).toMatchObject({ kind: "event", body: JSON.parse(body) });
    expect(await check({ url: hashed, headers, body: `${body} ` })).toEqual(refused("signatureWrong"));
    // Without the hash, nobody has signed the body.
    expect(await check({ headers: { ...headers, "x-twilio-signature": signatureOf(url, {}) }, body })).toEqual(
      refused("bodyUnsigned"),
    );
  });
});
