/** Subscriptions: who is told, once each, that a promise is completed. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ownUrl } from "../support/door.ts";
import { expectInvalid, expectRefusal } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { type AtWork, openAtWork, toldOf } from "./at-work.ts";

const timeout = 9e15;
const hook = "https://example.com/hook";

describe.each(everyStore)("Over %s, a subscription", (_, open) => {
  let atWork: AtWork;

  beforeEach(async () => {
    atWork = await openAtWork(open);
    await atWork.door.ask("POST", "/promises", { id: "p", timeout });
  });
  afterEach(() => atWork.door.close());

  const subscribe = (recv: unknown = hook, promise = "p") =>
    atWork.door.ask("POST", `/promises/subscribe/${promise}`, { id: "sub", timeout, recv });
  const complete = () => atWork.door.ask("PATCH", "/promises/p", { state: "RESOLVED", value: { data: "v" } });
  const work = () => atWork.workUntil(atWork.door.clock.now);

  it("is answered with the promise, which it leaves as it is", async () => {
    const { body: promise } = await atWork.door.ask("GET", "/promises/p");
    const reply = await subscribe();
    expect({ status: reply.status, body: reply.body }).toEqual({
      status: 201,
      body: { subscription: { id: "sub", promiseId: "p", timeout, createdOn: atWork.door.clock.now }, promise },
    });
    expect((await atWork.door.ask("GET", "/promises/p")).body).toEqual(promise);
  });

  it("has the receiver told of the completed promise, once, and not before", async () => {
    await subscribe();
    await work();
    expect(atWork.sent).toEqual([]);
    await complete();
    await work();
    await work();
    expect(atWork.sent).toMatchObject([
      { kind: "unblock", address: hook, promise: { id: "p", state: "resolved", value: { data: "v" } } },
    ]);
  });

  it("has the receiver told of a deadline too", async () => {
    await atWork.door.ask("POST", "/promises", { id: "short", timeout: atWork.door.clock.now + 1_000 });
    await subscribe(hook, "short");
    await atWork.workUntil(atWork.door.clock.now + 1_000);
    expect(atWork.sent).toMatchObject([{ address: hook, promise: { id: "short", state: "rejected_timedout" } }]);
  });

  it("of an address that is there already is answered 200 with none, however the address is said", async () => {
    expect((await subscribe()).status).toBe(201);
    for (const recv of [hook, { type: "http", data: { url: hook } }]) {
      expect(await subscribe(recv)).toMatchObject({ status: 200, body: { subscription: null, promise: { id: "p" } } });
    }
    await complete();
    await work();
    expect(toldOf(atWork)).toEqual([hook]);
  });

  it.each([
    [{ type: "poll", data: { group: "g" } }, "poll://any@g"],
    [{ type: "poll", data: { group: "g", id: "w" } }, "poll://any@g/w"],
    [{ type: "poll", data: { group: "g", id: "w", cast: "uni" } }, "poll://uni@g/w"],
    [{ type: "http", data: { url: "http://example.com/a?b=c", headers: {} } }, "http://example.com/a?b=c"],
    ["poll://uni@g/w", "poll://uni@g/w"],
  ])("to %j tells %s", async (recv, address) => {
    expect((await subscribe(recv)).status).toBe(201);
    await complete();
    await work();
    expect(toldOf(atWork)).toEqual([address]);
  });

  it("of a completed promise is answered 200 with none and the promise, and nobody is told", async () => {
    const { body: promise } = await complete();
    expect(await subscribe()).toMatchObject({ status: 200, body: { subscription: null, promise } });
    await work();
    expect(atWork.sent).toEqual([]);
  });

  it("of a promise whose deadline has come finds it timed out", async () => {
    const deadline = atWork.door.clock.now + 10;
    await atWork.door.ask("POST", "/promises", { id: "short", timeout: deadline });
    atWork.door.clock.now = deadline;
    const { status, body } = await subscribe(hook, "short");
    expect({ status, subscription: body.subscription }).toEqual({ status: 200, subscription: null });
    expect(body.promise).toMatchObject({ state: "REJECTED_TIMEDOUT", completedOn: deadline });
  });

  it("of an unknown promise is answered 404", async () => {
    expectRefusal(await subscribe(hook, "none"), 404, 40400);
  });

  it("names the promise in the form that was asked, slashes and all", async () => {
    await atWork.door.ask("POST", "/promises", { id: "a/b", timeout });
    const own = `${ownUrl}/promises/a/b`;
    expect((await subscribe(hook, "a/b")).status).toBe(201);
    const again = await subscribe(`${hook}/2`, encodeURIComponent(own));
    expect(again.body).toMatchObject({ subscription: { promiseId: own }, promise: { id: own } });
  });

  it("of many at once is each there exactly once, as each is answered, and each address is told", async () => {
    const addresses = Array.from({ length: 30 }, (_, n) => `${hook}/${n}`);
    const replies = await Promise.all([...addresses, ...addresses, ...addresses].map((address) => subscribe(address)));
    const made = replies.filter(({ status }) => status === 201);
    expect(replies.map(({ status }) => status).sort()).toEqual([...Array(60).fill(200), ...Array(30).fill(201)]);
    expect(made.every(({ body }) => body.subscription !== null)).toBe(true);
    await complete();
    await work();
    expect(toldOf(atWork).toSorted()).toEqual(addresses.toSorted());
  });

  it("to an address too long to stand in the promise itself is there once as well", async () => {
    const long = `${hook}/${"x".repeat(900)}`;
    const replies = await Promise.all([long, long, long].map((address) => subscribe(address)));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    expect((await subscribe(long)).status).toBe(200);
    await complete();
    await work();
    expect(toldOf(atWork)).toEqual([long]);
  });

  it.each<[unknown, string]>([
    [undefined, "recv must be an address, or an object whose type is http or poll"],
    [7, "recv must be an address, or an object whose type is http or poll"],
    [{ type: "fax", data: {} }, "recv must be an address, or an object whose type is http or poll"],
    ["nowhere", "Invalid recv address"],
    ["", "Invalid recv address"],
    [`https://example.com/${"x".repeat(1_000)}`, "recv must be at most 1000 bytes of UTF-8"],
  ])("to %.40j is refused", async (recv, message) => {
    expectInvalid(await atWork.door.ask("POST", "/promises/subscribe/p", { id: "sub", timeout, recv }), message);
  });

  it("without a name or a timeout is refused", async () => {
    expectInvalid(
      await atWork.door.ask("POST", "/promises/subscribe/p", { recv: hook, timeout: -1 }),
      "id must be a string",
      "timeout must be a whole number of milliseconds since the epoch, from 0 to 9223372036854775807",
    );
  });
});
