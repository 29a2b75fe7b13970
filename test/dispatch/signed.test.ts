/** Signatures, verified by the library that receivers are told to use. */

import type { IncomingHttpHeaders } from "node:http";
import { text } from "node:stream/consumers";
import { Webhook } from "standardwebhooks";
import { expect, it, onTestFinished } from "vitest";
import { type KeyRing, withNewKey } from "#lib/access/key-ring.ts";
import { ownSecrets, signer } from "#lib/access/signer.ts";
import { pushTransport } from "#lib/dispatch/http/push.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import { serve } from "../support/listener.ts";
import { news, offer } from "./messages.ts";

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A receiver, and a push that signs by a ring of keys that the test changes. */
async function setUp(answers: readonly number[] = [204]) {
  const received: Received[] = [];
  const { url } = await serve(async (request, response) => {
    received.push({ headers: request.headers, body: await text(request) });
    response.writeHead(answers[received.length - 1] ?? 204).end();
  });
  const keys = { ring: withNewKey({}) as KeyRing, now: Date.now(), reads: 0 };
  const signs = signer(async () => {
    keys.reads += 1;
    return keys.ring;
  });
  let ids = 0;
  const push = pushTransport({
    serverUrl: "http://server",
    signer: signs,
    now: () => keys.now,
    newId: () => `msg_new_${ids++}`,
  });
  onTestFinished(() => push.close());
  const told = (messageId = "msg_1"): Outgoing => ({ ...news(url), messageId });
  return { url, push, received, keys, signs, told };
}

const verified = (secret: string | undefined, { headers, body }: Received) =>
  new Webhook(secret ?? "").verify(body, headers as Record<string, string>);

it("what is posted verifies by the service's secret, and by no other", async () => {
  const { push, received, keys, told } = await setUp();
  await push.send(told());
  const [first] = received as [Received];
  const [secret] = ownSecrets(keys.ring);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  expect(verified(secret, first)).toMatchObject({ kind: "unblock", data: { promise: { id: "p" } } });
  expect(first.headers["webhook-id"]).toBe("msg_1");
  expect(() => verified(ownSecrets(withNewKey({}))[0], first)).toThrow("No matching signature");
  expect(() => verified(secret, { ...first, body: first.body.replace("resolved", "rejected") })).toThrow();
  const renamed = { ...first.headers, "webhook-id": "msg_2" };
  expect(() => verified(secret, { ...first, headers: renamed })).toThrow("No matching signature");
});

it("an offer is signed like news, and is a message of its own each time", async () => {
  const { url, push, received, keys } = await setUp();
  await push.send(offer(url, "t"));
  await push.send(offer(url, "t"));
  expect(received.map(({ headers }) => headers["webhook-id"])).toEqual(["msg_new_0", "msg_new_1"]);
  for (const each of received) {
    expect(verified(ownSecrets(keys.ring)[0], each)).toMatchObject({ kind: "execute" });
  }
});

it("each attempt bears the same id, and a signature of its own moment", async () => {
  const { push, received, keys, told } = await setUp([500]);
  keys.now -= 60_000;
  await expect(push.send(told())).rejects.toThrow("the receiver answered 500");
  keys.now += 60_000;
  await push.send(told());
  const [first, second] = received as [Received, Received];
  expect(second.headers["webhook-id"]).toBe(first.headers["webhook-id"]);
  expect(Number(second.headers["webhook-timestamp"]) - Number(first.headers["webhook-timestamp"])).toBe(60);
  expect(verified(ownSecrets(keys.ring)[0], second)).toBeDefined();
});

it("while keys are rotated, receivers of the old secret and of the new one are both served", async () => {
  const { push, received, keys, told } = await setUp();
  const start = keys.now;
  const [old] = ownSecrets(keys.ring);
  await push.send(told());
  keys.ring = withNewKey(keys.ring);
  const [young, ...others] = ownSecrets(keys.ring);
  expect(others).toEqual([old]);
  // Keys are read again after a minute.
  keys.now = start + 60_001;
  await push.send(told());
  const both = received[1] as Received;
  expect(String(both.headers["webhook-signature"]).split(" ")).toHaveLength(2);
  expect(verified(old, both)).toEqual(verified(young, both));
  const { k1: _, ...retired } = keys.ring;
  keys.ring = retired;
  keys.now = start + 120_002;
  await push.send(told());
  const last = received[2] as Received;
  expect(verified(young, last)).toBeDefined();
  expect(() => verified(old, last)).toThrow("No matching signature");
  expect(keys.reads).toBe(3);
});

it("a receiver that has a secret of its own is sent nothing that the service's secret verifies", async () => {
  const { push, received, keys, signs, told } = await setUp();
  const request = { now: keys.now, cost: { roundTrips: 0 } };
  const names = await Promise.all(["a", "b"].map((nonce) => signs.name(nonce, request)));
  const secrets = await Promise.all(names.map((name) => signs.show(name, request)));
  expect(new Set([...secrets, ...ownSecrets(keys.ring)]).size).toBe(3);
  await push.send({ ...told(), signedBy: names });
  const [first] = received as [Received];
  for (const secret of secrets) {
    expect(verified(secret, first)).toBeDefined();
  }
  expect(() => verified(ownSecrets(keys.ring)[0], first)).toThrow("No matching signature");
});

it("nothing is sent unsigned: where there are no keys the attempt fails, and says nothing of them", async () => {
  const { push, received, keys, told } = await setUp();
  keys.ring = {};
  await expect(push.send(told())).rejects.toThrow(/^the keys that messages are signed by are gone$/);
  await expect(push.send({ ...told(), signedBy: [{ key: "k9", nonce: "n" }] })).rejects.toThrow("are gone");
  expect(received).toEqual([]);
});
