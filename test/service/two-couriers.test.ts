/** Two processes that send from one table: what one of them is about to send, the other one leaves alone. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allSubscriptions, type Message, posting, type Subscription } from "#lib/core/index.ts";
import { eventMessage } from "#lib/core/message.ts";
import type { Outgoing, Sent } from "#lib/ports/transport.ts";
import { delivery } from "#lib/service/deliver.ts";
import { imageOf } from "../support/images.ts";
import { everyStore, type Opened } from "../support/stores.ts";

const now = 10_000;
const cost = { roundTrips: 0 };
const subscription: Subscription = {
  id: "s",
  url: "https://example.com/",
  prefix: "",
  tags: {},
  events: ["created", "resolved"],
  secrets: [{ key: "k1", nonce: "n", createdAt: 0 }],
  version: 1,
  createdAt: 0,
  changedAt: 0,
  changeToken: "t",
};

describe.each(everyStore)("Over %s, of two processes", (_, open) => {
  let opened: Opened;
  let clock: number;
  let sent: { readonly by: string; readonly message: Outgoing; readonly answer: (sent: Sent) => void }[];
  beforeEach(async () => {
    opened = await open();
    sent = [];
    clock = now;
    const { store } = opened;
    const image = imageOf({ id: "p", state: "resolved", settledAt: now });
    await store.attempt({ of: "promise", id: "p", guards: [], change: { kind: "put", image } }, cost);
    await store.attempt(
      { of: "subscription", in: allSubscriptions, id: "s", guards: [], change: { kind: "put", image: subscription } },
      cost,
    );
  });
  afterEach(() => opened.close());

  const process = (by: string, store = opened.store) =>
    delivery({
      store,
      transport: {
        send: (message: Outgoing) => new Promise<Sent>((answer) => sent.push({ by, message, answer })),
      },
      timer: { arm: () => {} },
      now: () => clock++,
      chance: () => 0,
      onFailure: (error) => expect.unreachable(String(error)),
    });
  const made = async (event: "created" | "resolved"): Promise<Message> =>
    (await opened.store.attempt(posting(eventMessage(subscription, "p", event, now)), cost)).image as Message;
  const stored = ({ mailbox, id }: Message) => opened.store.find({ of: "message", in: mailbox, id }, cost);
  const sends = (count: number) => expect.poll(() => sent.length, { timeout: 10_000 }).toBe(count);

  it("the one that gives a message its turn sends it, and it is not due for anybody else meanwhile", async () => {
    const [first, second] = [await made("created"), await made("resolved")];
    const a = process("a");
    const telling = a.send(first, cost);
    await sends(1);
    await process("b").send(second, cost);
    expect(await stored(second)).toMatchObject({ isPutOff: true });
    sent[0]?.answer("sent");
    await sends(2);
    expect(sent[1]).toMatchObject({ by: "a", message: { event: "resolved" } });
    expect((await stored(second))?.dueAt).toBeGreaterThan(now);
    sent[1]?.answer("sent");
    await telling;
    expect(await stored(second)).toBeUndefined();
  });

  it("the one that is done with the first leaves the second to the one that has just made it", async () => {
    const [first, second] = [await made("created"), await made("resolved")];
    const telling = process("a").send(first, cost);
    await sends(1);
    sent[0]?.answer("sent");
    await telling;
    expect(sent.length).toBe(1);
    const late = process("b").send(second, cost);
    await sends(2);
    sent[1]?.answer("sent");
    await late;
    expect(sent.map(({ by }) => by)).toEqual(["a", "b"]);
  });

  it("the one that puts a message off sends it if its turn came before that was written", async () => {
    const [first, second] = [await made("created"), await made("resolved")];
    const { store } = opened;
    let telling: Promise<void> | undefined;
    /** The first message goes between what is read and what is written. */
    const attempt: typeof store.attempt = async (write, spent) => {
      if (telling === undefined) {
        telling = process("a").send(first, cost);
        await sends(1);
        sent[0]?.answer("sent");
        await telling;
      }
      return store.attempt(write, spent);
    };
    const slow: typeof store = new Proxy(store, {
      get: (target, name) => {
        const own: unknown = name === "attempt" ? attempt : Reflect.get(target, name);
        return typeof own === "function" ? own.bind(target) : own;
      },
    });
    const putting = process("b", slow).send(second, cost);
    await sends(2);
    sent[1]?.answer("sent");
    await putting;
    expect(sent.map(({ by }) => by)).toEqual(["a", "b"]);
    expect(await stored(second)).toBeUndefined();
  });

  it("both log their attempts at one message, which was delivered", async () => {
    const message = await made("created");
    const sending = [process("a").send(message, cost), process("b").send(message, cost)];
    await sends(2);
    sent[0]?.answer("sent");
    await sending[sent[0]?.by === "a" ? 0 : 1];
    sent[1]?.answer("nobody");
    await Promise.all(sending);
    const [logged, ...others] = await opened.store.members("delivery", "p", 10, cost);
    expect(others).toEqual([]);
    expect(logged).toMatchObject({ state: "delivered", attempts: 2 });
    expect(logged).not.toHaveProperty("nextAt");
  });
});
