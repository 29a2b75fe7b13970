/** News on its way from this process, while the worker that it is for comes. */

import { afterEach, beforeEach, expect, it } from "vitest";
import { withBodies } from "#lib/bodies/store.ts";
import { type Message, posting, unblock } from "#lib/core/index.ts";
import type { Outgoing, Sent } from "#lib/ports/transport.ts";
import { delivery } from "#lib/service/deliver.ts";
import { bodiesInMemory } from "../support/bodies.ts";
import { imageOf } from "../support/images.ts";
import { openSqlite, tiny } from "../support/stores.ts";

const now = 10_000;
const mailbox = "poll://uni@g/w";
const cost = { roundTrips: 0 };

let opened: Awaited<ReturnType<typeof openSqlite>>;
/** What was sent, and the answers that are still owed. */
let sent: Outgoing[];
let owed: ((answer: Sent) => void)[];
let message: Message;

const deliver = (store = opened.store) =>
  delivery({
    store,
    transport: {
      send: (outgoing: Outgoing) =>
        new Promise<Sent>((resolve) => {
          sent.push(outgoing);
          owed.push(resolve);
        }),
    },
    timer: { arm: () => {} },
    now: () => now,
    chance: () => 0,
    onFailure: (error) => expect.unreachable(String(error)),
  });

beforeEach(async () => {
  opened = await openSqlite();
  [sent, owed] = [[], []];
  const image = imageOf({ id: "p", state: "resolved", settledAt: now });
  await opened.store.attempt({ of: "promise", id: "p", guards: [], change: { kind: "put", image } }, cost);
  message = unblock("p", mailbox, now);
  await opened.store.attempt(posting(message), cost);
});
afterEach(() => opened.close());

const waiting = () => opened.store.members("message", mailbox, 10, cost);
const attemptsMade = (count: number) => expect.poll(() => owed.length, { timeout: 10_000 }).toBe(count);

it("comes with all of its promise, though a payload of it is kept elsewhere", async () => {
  const value = { data: "x".repeat(100) };
  const bodies = bodiesInMemory();
  const store = withBodies(opened.store, { bodies, thresholds: tiny, now: () => now, newKey: () => "k" });
  const image = imageOf({ id: "p", state: "resolved", settledAt: now, value });
  await store.attempt({ of: "promise", id: "p", guards: [], change: { kind: "put", image } }, cost);
  expect(bodies.kept.size).toBe(1);
  const sending = deliver(store).send(message, cost);
  await attemptsMade(1);
  expect(sent).toMatchObject([{ kind: "unblock", promise: { value } }]);
  owed[0]?.("sent");
  await sending;
});

it("finds nobody, and waits", async () => {
  const sending = deliver().send(message, cost);
  await attemptsMade(1);
  owed[0]?.("nobody");
  await sending;
  expect(await waiting()).toMatchObject([{ attempts: 1, dueAt: now + 1_000 }]);
});

it("is not sent by two at once", async () => {
  const { send } = deliver();
  const sending = send(message, cost);
  await attemptsMade(1);
  await send(message, cost);
  owed[0]?.("sent");
  await sending;
  expect([sent.length, await waiting()]).toEqual([1, []]);
});

it("is tried again for a worker that came while an attempt was finding nobody", async () => {
  const { send, empty } = deliver();
  const sending = send(message, cost);
  await attemptsMade(1);
  const emptying = empty(mailbox, cost);
  owed[0]?.("nobody");
  await sending;
  await attemptsMade(2);
  owed[1]?.("sent");
  await emptying;
  expect(await waiting()).toEqual([]);
});

it("is not sent twice to a worker that came while an attempt was reaching it", async () => {
  const { send, empty } = deliver();
  const sending = send(message, cost);
  await attemptsMade(1);
  const emptying = empty(mailbox, cost);
  owed[0]?.("sent");
  await Promise.all([sending, emptying]);
  expect([sent.length, await waiting()]).toEqual([1, []]);
});
