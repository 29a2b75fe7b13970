/**
 * Providers of webhooks, as far as the examples have to do with them: what they are asked, and how they sign.
 *
 * @module
 */

import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import Stripe from "stripe";

export const stripeSecret = "whsec_of_the_examples";
export const slackSecret = "8f742231b10e8888abcd99yyyzzz85a5";

interface Provider {
  readonly url: string;
  /** The bodies that it was sent, in the order in which they came. */
  readonly received: readonly string[];
  readonly close: () => Promise<void>;
}

/** Stands in for a provider's API: answers the same to whatever is asked. */
export async function provider(answer: object): Promise<Provider> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    received.push(await text(request));
    response.setHeader("content-type", "application/json").end(JSON.stringify(answer));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

type Signed = readonly [body: string, headers: Readonly<Record<string, string>>];

/** An event as Stripe's own library signs it. */
export function signedByStripe(event: object): Signed {
  const body = JSON.stringify(event);
  const { webhooks } = new Stripe("sk_test_0");
  return [body, { "stripe-signature": webhooks.generateTestHeaderString({ payload: body, secret: stripeSecret }) }];
}

/** What somebody has pressed, as Slack sends and signs it. */
export function signedBySlack(press: object): Signed {
  const body = new URLSearchParams({ payload: JSON.stringify(press) }).toString();
  const moment = String(Math.floor(Date.now() / 1_000));
  const signature = createHmac("sha256", slackSecret).update(`v0:${moment}:${body}`).digest("hex");
  const headers = {
    "content-type": "application/x-www-form-urlencoded",
    "x-slack-request-timestamp": moment,
    "x-slack-signature": `v0=${signature}`,
  };
  return [body, headers];
}

/** Posts, and returns the status. */
export const post = async (url: string, body: string, headers: Readonly<Record<string, string>>): Promise<number> =>
  (await fetch(url, { method: "POST", body, headers })).status;
