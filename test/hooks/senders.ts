import { createHash, createHmac } from "node:crypto";
import type { Provider } from "#lib/hooks/definition.ts";
import type { HookRequest } from "#lib/hooks/hook.ts";
import { formType, now, request, seconds } from "./requests.ts";

/** One sender's way to send an event: written from its documentation, in a few lines of its own. */
export interface Sender {
  readonly provider: Provider;
  readonly definition?: object;
  readonly secret: string;
  /** @param at The moment that is signed, by senders that sign one. */
  readonly send: (secret: string, at?: number) => HookRequest;
  /** What the event is said to be. */
  readonly eventId: string | RegExp;
  readonly type?: string;
  /** The header that the signature is in. */
  readonly signature?: string;
  /** By how much its moment may differ; absent: it signs none. */
  readonly toleranceMs?: number;
}

const hex = (secret: string, text: string, algorithm = "sha256") =>
  createHmac(algorithm, secret).update(text).digest("hex");
const base64 = (secret: string | Buffer, text: string, algorithm = "sha256") =>
  createHmac(algorithm, secret).update(text).digest("base64");

const fiveMinutes = 300_000;
const hashed = /^sha256:[0-9a-f]{64}$/;

const body = '{"id": "evt_1", "type": "order.paid", "action": "update", "event": "meeting.ended", "object": "page"}';

const press = {
  type: "block_actions",
  trigger_id: "13345224609.738474920.8088930838d88f008e0",
  actions: [{ value: "ok" }],
};

const url = "https://promises.example/hooks/sms?promise=17";

export const senders: readonly Sender[] = [
  {
    provider: "stripe",
    secret: "whsec_stripe_0001",
    send: (secret, at = now) => {
      const t = seconds(at);
      return request({ headers: { "stripe-signature": `t=${t},v1=${hex(secret, `${t}.${body}`)}` }, body });
    },
    eventId: "evt_1",
    type: "order.paid",
    signature: "stripe-signature",
    toleranceMs: fiveMinutes,
  },
  {
    provider: "github",
    secret: "github-secret-0001",
    send: (secret) =>
      request({
        headers: {
          "x-hub-signature-256": `sha256=${hex(secret, body)}`,
          "x-github-event": "issues",
          "x-github-delivery": "72d3162e-cc78-11e3-81ab-4c9367dc0958",
        },
        body,
      }),
    eventId: "72d3162e-cc78-11e3-81ab-4c9367dc0958",
    type: "issues.update",
    signature: "x-hub-signature-256",
  },
  {
    provider: "slack",
    secret: "slack-signing-0001",
    send: (secret, at = now) => {
      const form = new URLSearchParams({ payload: JSON.stringify(press) }).toString();
      const signature = `v0=${hex(secret, `v0:${seconds(at)}:${form}`)}`;
      const headers = { ...formType, "x-slack-request-timestamp": seconds(at), "x-slack-signature": signature };
      return request({ headers, body: form });
    },
    eventId: press.trigger_id,
    type: "block_actions",
    signature: "x-slack-signature",
    toleranceMs: fiveMinutes,
  },
  {
    provider: "shopify",
    secret: "shopify-client-0001",
    send: (secret) =>
      request({
        headers: {
          "x-shopify-hmac-sha256": base64(secret, body),
          "x-shopify-topic": "orders/paid",
          "x-shopify-webhook-id": "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
        },
        body,
      }),
    eventId: "b54557e4-bdd9-4b37-8a5f-bf7d70bcd043",
    type: "orders/paid",
    signature: "x-shopify-hmac-sha256",
  },
  {
    provider: "twilio",
    secret: "12345678901234567890123456789012",
    send: (secret) => {
      const headers = {
        ...formType,
        "x-twilio-signature": base64(secret, `${url}MessageSidSM1MessageStatusdelivered`, "sha1"),
        "i-twilio-idempotency-token": "35a1f2c8",
      };
      return request({ url, headers, body: "MessageStatus=delivered&MessageSid=SM1" });
    },
    eventId: "35a1f2c8",
    type: "delivered",
    signature: "x-twilio-signature",
  },
  {
    provider: "linear",
    secret: "lin_wh_0000000001",
    send: (secret, at = now) => {
      const text = JSON.stringify({ action: "update", type: "Issue", webhookTimestamp: at });
      const headers = {
        "linear-signature": hex(secret, text),
        "linear-delivery": "234d1a4e-b617-4388-90fe-adc3633d6b72",
      };
      return request({ headers, body: text });
    },
    eventId: "234d1a4e-b617-4388-90fe-adc3633d6b72",
    type: "Issue.update",
    signature: "linear-signature",
    toleranceMs: 60_000,
  },
  {
    provider: "standard",
    secret: `whsec_${Buffer.alloc(24, 1).toString("base64")}`,
    send: (secret, at = now) => {
      const key = Buffer.from(secret.slice("whsec_".length), "base64");
      const headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": seconds(at),
        "webhook-signature": `v1,${base64(key, `msg_1.${seconds(at)}.${body}`)}`,
      };
      return request({ headers, body });
    },
    eventId: "msg_1",
    type: "order.paid",
    signature: "webhook-signature",
    toleranceMs: fiveMinutes,
  },
  {
    provider: "hmac",
    definition: {
      hmac: {
        header: "x-signature",
        prefix: "v2=",
        algorithm: "sha512",
        encoding: "base64",
        timestamp: { header: "x-sent", unit: "milliseconds" },
        signed: "{method} {url} {timestamp} {header:x-id} {body}",
        eventId: { header: "x-id" },
        type: { template: "order.{$.action}" },
      },
    },
    secret: "some secret text 1",
    send: (secret, at = now) => {
      const signature = base64(secret, `POST ${url} ${at} e17 ${body}`, "sha512");
      return request({ url, headers: { "x-signature": `v2=${signature}`, "x-sent": String(at), "x-id": "e17" }, body });
    },
    eventId: "e17",
    type: "order.update",
    signature: "x-signature",
    toleranceMs: fiveMinutes,
  },
  {
    provider: "meta",
    definition: { verifyTokenSha256: createHash("sha256").update("a verify token").digest("hex") },
    secret: "meta-app-secret-01",
    send: (secret) => request({ headers: { "x-hub-signature-256": `sha256=${hex(secret, body)}` }, body }),
    eventId: hashed,
    type: "page",
    signature: "x-hub-signature-256",
  },
  {
    provider: "microsoft",
    secret: "a client state 001",
    send: (clientState) => {
      const value = [{ clientState, changeType: "created" }, { clientState }];
      return request({ body: JSON.stringify({ value }) });
    },
    eventId: hashed,
    type: "created",
  },
  {
    provider: "zoom",
    secret: "zoom-secret-token",
    send: (secret, at = now) => {
      const signature = `v0=${hex(secret, `v0:${seconds(at)}:${body}`)}`;
      return request({ headers: { "x-zm-request-timestamp": seconds(at), "x-zm-signature": signature }, body });
    },
    eventId: hashed,
    type: "meeting.ended",
    signature: "x-zm-signature",
    toleranceMs: fiveMinutes,
  },
];
