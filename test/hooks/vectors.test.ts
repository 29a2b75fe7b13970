/**
 * Signatures that senders and standards have published, each with its secret: nothing of ours has made them.
 *
 * @module
 */

import { expect, it } from "vitest";
import type { Verdict } from "#lib/hooks/hook.ts";
import { verify } from "#lib/hooks/verify.ts";
import { formType, hookOf, request } from "./requests.ts";

interface Vector {
  readonly source: string;
  readonly definition: object;
  readonly sent: Parameters<typeof request>[0];
  readonly secret: string;
  readonly at?: number;
  readonly event: Partial<Extract<Verdict, { kind: "event" }>>;
}

const slackBody =
  "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";

const rfc4231 = (hash: "sha256" | "sha512", signature: string): Vector => ({
  source: `RFC 4231, test case 2, ${hash}`,
  definition: { provider: "hmac", hmac: { header: "x-signature", algorithm: hash } },
  sent: { headers: { "x-signature": signature }, body: "what do ya want for nothing?" },
  secret: "Jefe",
  event: {},
});

const vectors: readonly Vector[] = [
  {
    source: "GitHub (docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries)",
    definition: { provider: "github" },
    sent: {
      headers: {
        "X-Hub-Signature-256": "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
        "X-GitHub-Delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        "X-GitHub-Event": "push",
      },
      body: "Hello, World!",
    },
    secret: "It's a Secret to Everybody",
    event: { eventId: "72d3162e-cc78-11e3-81ab-4c9367dc0958", type: "push", body: undefined },
  },
  {
    source: "Slack (docs.slack.dev/authentication/verifying-requests-from-slack)",
    definition: { provider: "slack" },
    sent: {
      headers: {
        ...formType,
        "X-Slack-Request-Timestamp": "1531420618",
        "X-Slack-Signature": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
      },
      body: slackBody,
    },
    secret: "8f742231b10e8888abcd99yyyzzz85a5",
    at: 1_531_420_618_000,
    event: { eventId: "398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c", type: "/webhook-collect" },
  },
  {
    source: "Twilio, the example of its documentation (twilio.com/docs/usage/security)",
    definition: { provider: "twilio" },
    sent: {
      url: "https://mycompany.com/myapp.php?foo=1&bar=2",
      headers: { ...formType, "X-Twilio-Signature": "0/KCTR6DLpKmkAf8muzZqo1nDgQ=" },
      body: "CallSid=CA1234567890ABCDE&Caller=%2B12349013030&Digits=1234&From=%2B12349013030&To=%2B18005551212",
    },
    secret: "12345",
    event: { eventId: "CA1234567890ABCDE" },
  },
  {
    source: "Twilio, a call (twilio-ruby, spec/util/request_validator_spec.rb)",
    definition: { provider: "twilio" },
    sent: {
      url: "http://twiliotests.heroku.com/validate/voice",
      headers: { ...formType, "X-Twilio-Signature": "oVb2kXoVy8GEfwBDjR8bk/ZZ6eA=" },
      body: "ToState=California&CalledState=California&Direction=inbound&FromState=CA&AccountSid=ACba8bc05eacf94afdae398e642c9cc32d&Caller=%2B14153595711&CallerZip=94108&CallerCountry=US&From=%2B14153595711&FromCity=SAN+FRANCISCO&CallerCity=SAN+FRANCISCO&To=%2B14157669926&FromZip=94108&FromCountry=US&ToCity=&CallStatus=ringing&CalledCity=&CallerState=CA&CalledZip=&ToZip=&ToCountry=US&CallSid=CA136d09cd59a3c0ec8dbff44da5c03f31&CalledCountry=US&Called=%2B14157669926&ApiVersion=2010-04-01&ApplicationSid=AP44efecad51364e80b133bb7c07eb8204",
    },
    secret: "2bd9e9638872de601313dc77410d3b23",
    event: { eventId: "CA136d09cd59a3c0ec8dbff44da5c03f31 ringing", type: "ringing" },
  },
  {
    source: "Svix, in the standard's headers (docs.svix.com/receiving/verifying-payloads/how-manual)",
    definition: { provider: "standard" },
    sent: {
      headers: {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
      },
      body: '{"test": 2432232314}',
    },
    secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    at: 1_614_265_330_000,
    event: { eventId: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: 1_614_265_330_000, body: { test: 2_432_232_314 } },
  },
  rfc4231("sha256", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
  rfc4231(
    "sha512",
    "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737",
  ),
  {
    ...rfc4231("sha256", ""),
    source: "RFC 2202, test case 2, SHA-1",
    definition: { provider: "hmac", hmac: { header: "x-signature", algorithm: "sha1" } },
    sent: {
      headers: { "x-signature": "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79" },
      body: "what do ya want for nothing?",
    },
  },
];

it.each(vectors)("verifies what was published: $source", async ({ definition, sent, secret, at = 0, event }) => {
  const hook = hookOf(definition);
  expect(await verify(request(sent), hook, [secret], at)).toMatchObject({ kind: "event", ...event });
  const altered = request({ ...sent, body: `${sent.body} ` });
  expect(await verify(altered, hook, [secret], at)).toEqual({ kind: "refused", reason: "signatureWrong" });
  expect(await verify(request(sent), hook, [`${secret}x`], at)).toMatchObject({ kind: "refused" });
});
