/** Standing subscriptions, from their making to what their receivers are told. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { removeSubscription, type Subscription, subscriptionLimits } from "#lib/core/index.ts";
import type { Outgoing } from "#lib/ports/transport.ts";
import { expectInvalid } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { type AtWork, openAtWork } from "./at-work.ts";

const timeout = 9e15;
const minute = 60_000;
const hour = 60 * minute;
const all = ["created", "resolved", "rejected", "canceled", "timedout"];
const url = "https://books.example/orders";

describe.each(everyStore)("Over %s, a standing subscription", (_, open) => {
  let atWork: AtWork;

  /** What was tried, whatever came of it. */
  let tried: Extract<Outgoing, { kind: "event" }>[];
  /** Whether the receiver takes it. */
  let takes: (event: string) => boolean;

  beforeEach(async () => {
    atWork = await openAtWork(open);
    [tried, takes] = [[], () => true];
    atWork.receive = async (message) => {
      if (message.kind === "event") {
        tried.push(message);
        if (!takes(message.event)) {
          throw new Error("connection refused");
        }
      }
      return "sent";
    };
  });
  afterEach(() => atWork.door.close());

  const ask = (method: string, path: string, body?: object) => atWork.door.ask(method, path, body);
  const subscribe = (body: object = {}, name = "books") => ask("PUT", `/subscriptions/${name}`, { url, ...body });
  const create = (id: string, more: object = {}) => ask("POST", "/promises", { id, timeout, ...more });
  const settle = (id: string, state = "RESOLVED") => ask("PATCH", `/promises/${id}`, { state, value: { data: "v" } });
  const work = (ms = 0) => atWork.workUntil(atWork.door.clock.now + ms);
  const told = () => tried.map(({ subscription, event, promise }) => `${subscription}: ${promise.id} ${event}`);
  const waiting = (name = "books") =>
    atWork.door.store.members("message", `subscription:${name}`, 100, { roundTrips: 0 });

  it("is told of what happens to promises, there already or not, as it asks", async () => {
    await create("order/0");
    await subscribe({ prefix: "order/", events: all });
    await subscribe({ tags: { shop: "songs" } }, "tagged");
    await create("order/1", { param: { data: "p" } });
    await create("offer/1", { tags: { shop: "songs" } });
    await create("order/2", { timeout: atWork.door.clock.now + minute });
    await work();
    await settle("order/0");
    await settle("order/1", "REJECTED_CANCELED");
    await settle("offer/1", "REJECTED");
    await work(minute);
    expect(told().toSorted()).toEqual([
      "books: order/0 resolved",
      "books: order/1 canceled",
      "books: order/1 created",
      "books: order/2 created",
      "books: order/2 timedout",
      "tagged: offer/1 rejected",
    ]);
    const birth = tried.find(({ event, promise }) => event === "created" && promise.id === "order/1");
    expect(birth?.promise).toMatchObject({ state: "pending", param: { data: "p" }, value: {} });
    const end = tried.find(({ event, promise }) => event === "canceled" && promise.id === "order/1");
    expect(end?.promise).toMatchObject({ state: "rejected_canceled", value: { data: "v" } });
    expect([await waiting(), await waiting("tagged")]).toEqual([[], []]);
  });

  it("hears of an end after the creation, as long as that has not been given up", async () => {
    await subscribe({ events: all });
    takes = (event) => event !== "created";
    await create("p");
    await settle("p");
    await work();
    await work(minute);
    expect(new Set(told())).toEqual(new Set(["books: p created"]));
    takes = () => true;
    await work(2 * minute);
    expect(told().slice(-2)).toEqual(["books: p created", "books: p resolved"]);
    expect(new Set(tried.map(({ messageId }) => messageId)).size).toBe(2);

    takes = (event) => event !== "created";
    await ask("PUT", "/subscriptions/books", { url, prefix: "q", events: all, version: 1 });
    await create("q");
    await settle("q");
    for (let hours = 0; hours < 26; hours++) {
      await work(hour);
    }
    expect(told().at(-1)).toBe("books: q resolved");
    const { body } = await ask("GET", "/messages?state=parked");
    expect(body.messages).toMatchObject([{ kind: "event", event: "created", subscription: "books", promiseId: "q" }]);
    takes = () => true;
    expect((await ask("POST", `/messages/${body.messages[0].id}/replay`)).status).toBe(200);
    await work();
    expect(told().at(-1)).toBe("books: q created");
    const log = await ask("GET", "/deliveries?promiseId=q");
    expect(log.body.deliveries).toMatchObject([
      { subscription: "books", address: url, state: "delivered" },
      { subscription: "books", address: url, state: "delivered" },
    ]);
    expect(JSON.stringify(log.body)).not.toContain("reach");
    const kept = await atWork.door.store.members("delivery", "q", 10, { roundTrips: 0 });
    expect(kept.map(({ reach }) => reach)).toEqual(["q", "q"]);
  });

  it("that is paused has its messages wait, as long as that may be, and is sent them when it is resumed", async () => {
    await subscribe();
    expect((await ask("POST", "/subscriptions/books/pause")).body.pausedOn).toBe(atWork.door.clock.now);
    await create("p");
    await settle("p");
    for (let hours = 0; hours < 30; hours++) {
      await work(hour);
    }
    expect(told()).toEqual([]);
    expect(await waiting()).toMatchObject([{ attempts: 0 }]);
    expect((await ask("POST", "/subscriptions/books/resume")).body).not.toHaveProperty("pausedOn");
    await work();
    expect(told()).toEqual(["books: p resolved"]);
  });

  it("that has another address and another secret is sent what waits there, and signed so", async () => {
    const made = await subscribe();
    expect(made.body.secret).toMatch(/^whsec_/);
    const [first] = made.body.secrets;
    takes = () => false;
    await create("p");
    await settle("p");
    await work();
    const added = await ask("POST", "/subscriptions/books/secrets");
    expect([added.status, added.body.secret === made.body.secret]).toEqual([201, false]);
    const second = added.body.secrets[1];
    await ask("DELETE", `/subscriptions/books/secrets?id=${first.id}`);
    await ask("PUT", "/subscriptions/books", { url: "https://elsewhere.example", version: 3 });
    takes = () => true;
    await work(minute);
    expect(tried.map(({ address, signedBy }) => [address, signedBy?.map(({ nonce }) => nonce)])).toEqual([
      [url, [first.id]],
      ["https://elsewhere.example", [second.id]],
    ]);
  });

  /** One whose address has failed until it was paused, with two messages held. */
  async function paused() {
    await subscribe();
    takes = () => false;
    for (const id of ["p", "q"]) {
      await create(id);
      await settle(id);
    }
    for (let minutes = 0; minutes < 20; minutes++) {
      await work(minute);
    }
    expect((await ask("GET", "/endpoints")).body.endpoints).toMatchObject([{ state: "paused", address: url }]);
    expect((await waiting()).map(({ heldAt }) => typeof heldAt)).toEqual(["number", "number"]);
    [tried, takes] = [[], () => true];
  }

  it("that has another address is sent there at once what the old one was too ill for", async () => {
    await paused();
    await ask("PUT", "/subscriptions/books", { url, prefix: "", version: 1 });
    await work();
    expect((await ask("GET", "/endpoints")).body.endpoints).toMatchObject([{ state: "paused" }]);
    await ask("PUT", "/subscriptions/books", { url: "https://elsewhere.example/", version: 2 });
    await create("r");
    await settle("r");
    await work(2_000);
    expect(tried.map(({ address, promise }) => `${promise.id} ${address}`).toSorted()).toEqual(
      ["p", "q", "r"].map((id) => `${id} https://elsewhere.example/`),
    );
    expect([await waiting(), (await ask("GET", "/endpoints")).body.endpoints]).toEqual([[], []]);
  });

  it("that has another address is not blamed for the failures of the old one", async () => {
    await subscribe();
    takes = () => false;
    await create("p");
    await settle("p");
    await work(minute);
    expect((await ask("GET", "/endpoints")).body.endpoints).toMatchObject([{ state: "failing" }]);
    await ask("PUT", "/subscriptions/books", { url: "https://elsewhere.example/", version: 1 });
    await work();
    expect((await ask("GET", "/endpoints")).body.endpoints).toEqual([]);
  });

  it.each(["as it should be", "by who ended on the way"])(
    "that is deleted, %s, leaves nothing by which another of its name is judged",
    async (way) => {
      await paused();
      if (way === "as it should be") {
        expect((await ask("DELETE", "/subscriptions/books")).status).toBe(204);
        await work(2_000);
        expect((await ask("GET", "/endpoints")).body.endpoints).toEqual([]);
      } else {
        const seen = await atWork.door.store.find({ of: "subscription", in: "all", id: "books" }, { roundTrips: 0 });
        await atWork.door.store.attempt(removeSubscription(seen as Subscription), { roundTrips: 0 });
      }
      await subscribe({ url: "https://elsewhere.example/", prefix: "r" });
      await create("r");
      await settle("r");
      await work(2_000);
      expect(tried.map(({ address, promise }) => `${promise.id} ${address}`)).toEqual(["r https://elsewhere.example/"]);
      expect([await waiting(), (await ask("GET", "/endpoints")).body.endpoints]).toEqual([[], []]);
    },
  );

  it("that is deleted is sent nothing more, nor is another of its name what was not for it", async () => {
    await subscribe({ prefix: "a/" });
    takes = () => false;
    await create("a/1");
    await settle("a/1");
    await work();
    expect((await ask("DELETE", "/subscriptions/books")).status).toBe(204);
    expect(await waiting()).toEqual([]);
    expect((await ask("GET", "/subscriptions/books")).body.error.code).toBe(40407);

    await subscribe({ prefix: "" });
    await settle("a/1");
    await create("a/2");
    await settle("a/2");
    await work();
    await ask("PUT", "/subscriptions/books", { url, prefix: "b/", version: 1 });
    takes = () => true;
    const before = told().length;
    await work(hour);
    expect([told().length, await waiting()]).toEqual([before, []]);
  });

  it("is told of whoever waits, too: the listeners of one promise, and all subscriptions", async () => {
    await subscribe({}, "one");
    await subscribe({}, "two");
    await create("p");
    await ask("POST", "/promises/subscribe/p", { id: "s", timeout, recv: "https://example.com/hook" });
    await settle("p");
    await work();
    expect(told().toSorted()).toEqual(["one: p resolved", "two: p resolved"]);
    expect(atWork.sent.filter(({ kind }) => kind === "unblock")).toHaveLength(1);
  });

  it("never shows its secret again, nor the credentials of its address", async () => {
    const wish = { url: "https://ada:pass@books.example/orders?key=k1" };
    const made = await subscribe(wish);
    const shown = [await subscribe(wish), await ask("GET", "/subscriptions/books"), await ask("GET", "/subscriptions")];
    expect(shown.map(({ status }) => status)).toEqual([200, 200, 200]);
    const text = JSON.stringify(shown.map(({ body }) => body));
    for (const secret of [made.body.secret, made.body.secret.slice(6), "pass", 'k1"', "ada"]) {
      expect(text).not.toContain(secret);
    }
  });

  it("is changed by whoever names its version, and by nobody else", async () => {
    await subscribe();
    expect((await subscribe({ prefix: "x" })).body.error.code).toBe(40907);
    expect((await subscribe({ prefix: "x", version: 2 })).body.error.code).toBe(40907);
    expect((await subscribe({ prefix: "x", version: 1 })).body).toMatchObject({ prefix: "x", version: 2 });
    expect((await subscribe({ version: 2 })).body).toMatchObject({ prefix: "x", tags: {}, version: 3 });
  });

  it("that is changed keeps what nothing is said of, and its address as it is", async () => {
    const secret = "https://ada:pass@books.example/orders?key=k1";
    const terms = { prefix: "o/", tags: { shop: "songs" }, events: ["created"] };
    await ask("PUT", "/subscriptions/books", { url: secret, ...terms });
    const shown = (await ask("GET", "/subscriptions/books")).body;
    const keptUrl = async () => {
      const key = { of: "subscription", in: "all", id: "books" } as const;
      return (await atWork.door.store.find(key, { roundTrips: 0 }))?.url;
    };
    const said =
      "url must be the whole address: this is how it is shown, without a name, a password and a query; with a version, leave url out to keep it as it is";
    for (const url of [shown.url, "https://x.example/?…", "https://x.example/?%e2%80%a6"]) {
      expectInvalid(await ask("PUT", "/subscriptions/books", { ...terms, url, version: 1 }), said);
    }
    expectInvalid(await ask("PUT", "/subscriptions/new", { url: "https://x.example/?…" }), said);
    expectInvalid(await ask("PUT", "/subscriptions/new", {}), "url is required of a new subscription");
    expect((await ask("PUT", "/subscriptions/new", { version: 1 })).body.error.code).toBe(40407);
    expect((await ask("GET", "/subscriptions/books")).body.version).toBe(1);

    expect((await ask("PUT", "/subscriptions/books", { version: 1 })).body).toMatchObject({ ...terms, version: 2 });
    expect(await keptUrl()).toBe(secret);
    const wish = { tags: {}, events: ["resolved"], version: 2 };
    expect((await ask("PUT", "/subscriptions/books", wish)).body).toMatchObject({ ...wish, prefix: "o/", version: 3 });
    expect(await keptUrl()).toBe(secret);

    const named = "https://ada:pass@books.example/orders";
    await ask("PUT", "/subscriptions/books", { url: named, version: 3 });
    expectInvalid(await ask("PUT", "/subscriptions/books", { url: "https://books.example/orders", version: 4 }), said);
    const moved = await ask("PUT", "/subscriptions/books", { url: "https://Books.example", version: 4 });
    expect([moved.status, moved.body.url]).toEqual([200, "https://books.example/"]);
    const same = await ask("PUT", "/subscriptions/books", { url: moved.body.url, version: 5 });
    expect([same.status, await keptUrl()]).toEqual([200, "https://books.example/"]);
  });

  it("has so many secrets at most, and one at least", async () => {
    const { body } = await subscribe();
    const last = await ask("DELETE", `/subscriptions/books/secrets?id=${body.secrets[0].id}`);
    expectInvalid(last, "id must not be of the last secret: add another before");
    for (let count = 1; count < subscriptionLimits.secretsMax; count++) {
      expect((await ask("POST", "/subscriptions/books/secrets")).status).toBe(201);
    }
    expect((await ask("POST", "/subscriptions/books/secrets")).body.error).toMatchObject({
      code: 40906,
      details: [{ metadata: { limit: "secretsMax" } }],
    });
    expect((await ask("DELETE", "/subscriptions/books/secrets?id=none")).body.error.code).toBe(40406);
    expectInvalid(await ask("DELETE", "/subscriptions/books/secrets"), "id is required");
  });

  it("is one of so many at most, though several are made at once", async () => {
    const { subscriptionsMax } = subscriptionLimits;
    for (let number = 0; number < subscriptionsMax - 1; number++) {
      expect((await subscribe({}, `s${number}`)).status).toBe(201);
    }
    const replies = await Promise.all(["x", "y", "z"].map((name) => subscribe({}, name)));
    expect(replies.filter(({ status }) => status === 201).length).toBeLessThanOrEqual(1);
    expect(replies.filter(({ status }) => status !== 201).map(({ body }) => body.error.code)).toContain(40908);
    expect((await ask("GET", "/subscriptions")).body.subscriptions.length).toBeLessThanOrEqual(subscriptionsMax);
  });

  it.each<[object, string]>([
    [{ url: 7 }, "url must be a string"],
    [{ url: "poll://any@g" }, "url must be an address that is sent to: http, https, lambda, sqs, sns or eventbridge"],
    [{ events: ["forgotten"] }, `events.0 must be one of ${all.join(", ")}`],
    [{ events: [] }, "events must not be empty"],
    [{ tags: { a: 1 } }, "tags must be an object whose values are strings"],
    [{ prefix: 7 }, "prefix must be a string"],
  ])("of %j is refused", async (body, message) => {
    expectInvalid(await subscribe(body), message);
    expect((await ask("GET", "/subscriptions")).body).toEqual({ subscriptions: [] });
  });
});
