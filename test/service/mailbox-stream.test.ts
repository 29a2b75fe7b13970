/** Workers on streams that take from their mailbox by themselves, with a clock in the test's hand. */

import { describe, expect, it, onTestFinished } from "vitest";
import { creation, execute, newborn, posting } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import type { PollStream } from "#lib/ports/transport.ts";
import { mailboxListeners, type StreamEnded } from "#lib/service/mailbox-stream.ts";
import { everyStore, openSqlite } from "../support/stores.ts";

const worker = { group: "g", id: "w" };
const cost = { roundTrips: 0 };

const keepTask = async (store: Store, id: string) => {
  const request = { id, timeoutAt: 1e9, param: {}, tags: { "resonate:target": "poll://any@g" } };
  await store.attempt(creation(newborn(request, { now: 1_000, token: id, retryMs: 30_000, subscriptions: [] })), cost);
  await store.attempt(posting(execute(id, 0, "poll://any@g", 1_000)), cost);
};

const waiting = async (store: Store) => (await store.members("message", "poll://any@g", 100, cost)).length;

/** A worker on a stream. The test says what happens while it waits, and whether it keeps up. */
async function listening(open = openSqlite, lengthMax = 1_000) {
  const { store, close } = await open();
  onTestFinished(close);
  const clock = { now: 1_000, looks: 0 };
  const heard: string[] = [];
  const receiver = { keepsUp: true, closed: 0 };
  const ended = Promise.withResolvers<StreamEnded>();
  let meanwhile: (look: number) => unknown = () => {};
  const connect = (given: Partial<PollStream> = {}, over: Store = store) =>
    mailboxListeners({
      store: over,
      now: () => clock.now,
      sleep: async (ms) => {
        clock.now += ms;
        await meanwhile(++clock.looks);
      },
      lookEveryMs: 500,
      openMs: 5_000,
      lengthMax,
      lookLengthMax: 1_000,
      toText: (message) => (message.kind === "execute" ? message.id : message.promise.id),
      onEnd: ended.resolve,
    }).connect(worker, {
      write(text) {
        if (receiver.keepsUp) {
          heard.push(text);
        }
        return receiver.keepsUp;
      },
      close: () => {
        receiver.closed += 1;
      },
      ...given,
    });
  return {
    store,
    clock,
    heard,
    receiver,
    connect,
    ended: ended.promise,
    eachLook: (doing: (look: number) => unknown) => {
      meanwhile = doing;
    },
  };
}

describe.each(everyStore)("Over %s", (_, open) => {
  it("a worker hears what waits and what comes, once, until the stream ends by itself", async () => {
    const { store, clock, heard, receiver, connect, ended, eachLook } = await listening(open);
    await keepTask(store, "waited");
    eachLook((look) => look === 4 && keepTask(store, "came"));
    connect();
    expect(await ended).toMatchObject({ messages: 2, roundTrips: expect.any(Number) });
    expect(heard).toEqual(["waited", "came"]);
    expect(clock.now).toBe(6_000);
    expect(receiver.closed).toBe(1);
    expect(await waiting(store)).toBe(0);
  });
});

it("what the worker may not hear of stays for others", async () => {
  const { store, heard, connect, ended } = await listening();
  await keepTask(store, "mine");
  await keepTask(store, "theirs");
  connect({ mayHave: (id) => id === "mine" });
  await ended;
  expect(heard).toEqual(["mine"]);
  expect(await waiting(store)).toBe(1);
});

it("while the receiver does not keep up, nothing more is taken, and what was taken is not lost", async () => {
  const { store, heard, receiver, connect, ended } = await listening();
  receiver.keepsUp = false;
  await keepTask(store, "first");
  const asked = Promise.withResolvers<void>();
  const connection = connect({
    write(text) {
      asked.resolve();
      if (receiver.keepsUp) {
        heard.push(text);
      }
      return receiver.keepsUp;
    },
  });
  await asked.promise;
  await keepTask(store, "second");
  connection?.drained();
  await new Promise(setImmediate);
  expect([heard, await waiting(store)]).toEqual([[], 1]);
  receiver.keepsUp = true;
  connection?.drained();
  expect(await ended).toMatchObject({ messages: 2 });
  expect(heard).toEqual(["first", "second"]);
});

it("one that is gone takes nothing more, and is not ended again", async () => {
  const { store, clock, receiver, connect, ended, eachLook } = await listening();
  const connection = connect();
  eachLook(async (look) => {
    if (look === 2) {
      connection?.gone();
      await keepTask(store, "late");
    }
  });
  await ended;
  expect([clock.looks, receiver.closed, await waiting(store)]).toEqual([2, 0, 1]);
});

it("a stream that has carried as much as one may ends before its time", async () => {
  const { store, clock, heard, receiver, connect, ended, eachLook } = await listening(openSqlite, 4);
  eachLook((look) => keepTask(store, `p${look}`));
  connect();
  await ended;
  expect(heard).toEqual(["p1", "p2"]);
  expect([clock.now < 6_000, receiver.closed]).toEqual([true, 1]);
});

it("a store that is out of reach ends it, and the reason is told", async () => {
  const { store, receiver, connect, ended } = await listening();
  const error = new Error("out of reach");
  connect({}, { ...store, members: () => Promise.reject(error) });
  expect(await ended).toEqual({ messages: 0, roundTrips: 0, error });
  expect(receiver.closed).toBe(1);
});
