/** Receivers that keep failing: paused, tried now and then, and sent everything when they work again. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { endpointLimits } from "#lib/core/index.ts";
import { Refusal, Unsent } from "#lib/ports/transport.ts";
import { expectInvalid, expectRefusal } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { type AtWork, openAtWork, toldOf } from "./at-work.ts";

const timeout = 9e15;
const minute = 60_000;
const hour = 60 * minute;
const hook = "https://me:password@example.com/hook?key=secret";
const shown = "https://example.com/hook?…";

describe.each(everyStore)("Over %s, a receiver", (_, open) => {
  let atWork: AtWork;
  /** Attempts that have reached a receiver, by promise. */
  let attempts: string[];
  let failure: (() => Error) | undefined;

  beforeEach(async () => {
    [attempts, failure] = [[], () => new Refusal(503)];
    atWork = await openAtWork(open);
    atWork.receive = async (message, onAnswer) => {
      attempts.push(message.kind === "execute" ? message.id : message.promise.id);
      if (failure !== undefined) {
        const error = failure();
        if (error instanceof Refusal) {
          onAnswer?.(error.status);
        }
        throw error;
      }
      return "sent";
    };
  });
  afterEach(() => atWork.door.close());

  async function completed(id: string, ...addresses: readonly string[]): Promise<void> {
    await atWork.door.ask("POST", "/promises", { id, timeout });
    for (const recv of addresses) {
      await atWork.door.ask("POST", `/promises/subscribe/${id}`, { id: "s", timeout, recv });
    }
    await atWork.door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED" });
  }
  /** Lets the time pass, a step at a time. */
  async function pass(ms: number, stepMs = 10_000): Promise<void> {
    for (const end = atWork.door.clock.now + ms; atWork.door.clock.now < end; ) {
      await atWork.workUntil(Math.min(end, atWork.door.clock.now + stepMs));
    }
  }
  const endpoints = async (query = "") => (await atWork.door.ask("GET", `/endpoints${query}`)).body.endpoints;
  const held = async (query = "") => (await atWork.door.ask("GET", `/messages?state=held${query}`)).body.messages;
  /** One that fails until it is paused, on account of one message. */
  async function paused(...addresses: readonly string[]) {
    await completed("first", ...addresses);
    await pass(12 * minute);
    expect((await endpoints()).map(({ state }: { state: string }) => state)).toEqual(addresses.map(() => "paused"));
  }

  it("that works is not listed, and costs no write", async () => {
    failure = undefined;
    await completed("p", hook);
    await pass(minute);
    expect(attempts).toEqual(["p"]);
    expect(await endpoints()).toEqual([]);
  });

  it("that fails is listed with its last error, by what tells nothing of its secrets, until something arrives", async () => {
    await completed("p", hook);
    await pass(10_000);
    const [failing, ...others] = await endpoints();
    expect(others).toEqual([]);
    expect(failing).toEqual({
      id: expect.stringMatching(/^ep_[\w-]{27}$/),
      address: "https://example.com/hook?…",
      state: "failing",
      failures: 1,
      failingSince: expect.any(Number),
      lastFailedOn: atWork.door.clock.now,
      lastError: "the receiver answered 503",
      lastStatus: 503,
    });
    expect(Buffer.from(failing.id.slice(3), "base64url").toString()).not.toContain("secret");
    failure = () => new Error("cannot be reached: ECONNREFUSED");
    await pass(10_000);
    expect((await endpoints())[0]).toMatchObject({ lastError: "cannot be reached: ECONNREFUSED" });
    expect((await endpoints())[0]).not.toHaveProperty("lastStatus");
    failure = undefined;
    await pass(minute);
    expect(await endpoints()).toEqual([]);
  });

  it("is paused only when it has failed often enough and for long enough", async () => {
    const many = Array.from({ length: 12 }, (_, n) => `p${n}`);
    for (const id of many) {
      await completed(id, hook);
    }
    await pass(endpointLimits.failingMsMin - 20_000);
    expect((await endpoints())[0]).toMatchObject({ state: "failing" });
    await pass(5 * minute);
    expect((await endpoints())[0]).toMatchObject({ state: "paused", pausedOn: expect.any(Number) });
    expect((await held()).length).toBe(12);
  });

  it("is not paused where attempts fail now and then", async () => {
    let nth = 0;
    const refusal = () => new Refusal(500);
    failure = refusal;
    for (let round = 0; round < 30; round++) {
      await completed(`p${round}`, hook);
      failure = nth++ % 5 === 4 ? undefined : refusal;
      await pass(minute, minute);
    }
    expect((await endpoints()).filter(({ state }: { state: string }) => state !== "failing")).toEqual([]);
    expect(await held()).toEqual([]);
  });

  it("is not blamed for what never left this service", async () => {
    failure = () => new Unsent("too much is waiting");
    await completed("p", hook);
    await pass(20 * minute);
    expect(attempts.length).toBeGreaterThan(9);
    expect(await endpoints()).toEqual([]);
  });

  it("that is paused is sent nothing but a probe, ever later; what comes meanwhile is held, and not counted", async () => {
    await paused(hook);
    await completed("second", hook);
    await completed("third", hook);
    attempts.length = 0;
    await pass(3 * hour, minute);
    expect(attempts.length).toBeLessThan(10);
    expect(new Set(attempts)).toEqual(new Set(["first", "second", "third"]));
    expect((await held()).map(({ promiseId, heldOn }: Record<string, unknown>) => [promiseId, typeof heldOn])).toEqual(
      ["first", "second", "third"].map((id) => [id, "number"]),
    );
    const { deliveries } = (await atWork.door.ask("GET", "/deliveries?promiseId=second")).body;
    expect(deliveries).toMatchObject([{ state: "held", address: "https://example.com/hook?…" }]);
  });

  it("that was away for twenty hours is sent everything by itself, once, and is forgotten", async () => {
    await paused(hook);
    const ids = Array.from({ length: 130 }, (_, n) => `p${String(n).padStart(3, "0")}`);
    for (const id of ids) {
      await completed(id, hook);
    }
    await pass(20 * hour, 10 * minute);
    expect(toldOf(atWork)).toEqual([]);
    failure = undefined;
    await pass(hour, minute);
    const arrived = atWork.sent.flatMap((each) => (each.kind === "unblock" ? [each.promise.id] : []));
    expect(arrived.toSorted()).toEqual(["first", ...ids]);
    expect([await endpoints(), await held()]).toEqual([[], []]);
  });

  it("that stays away for days leaves parked messages, tried or not, which are replayed when it is back", async () => {
    await paused(hook);
    await completed("second", hook);
    await pass(27 * hour, 10 * minute);
    expect([await endpoints(), await held()]).toEqual([[], []]);
    const parked = (await atWork.door.ask("GET", "/messages?state=parked")).body.messages;
    expect(parked.map(({ promiseId }: { promiseId: string }) => promiseId)).toEqual(["first", "second"]);
    failure = undefined;
    await atWork.door.ask("POST", "/messages/replay");
    await atWork.workUntil(atWork.door.clock.now);
    expect(toldOf(atWork)).toEqual([hook, hook]);
  });

  it("that takes one message but never another is sent all others", async () => {
    await paused(hook);
    for (const id of ["a", "b", "c"]) {
      await completed(id, hook);
    }
    const { receive } = atWork;
    failure = undefined;
    atWork.receive = async (message, onAnswer) => {
      failure = message.kind === "unblock" && message.promise.id === "first" ? () => new Refusal(400) : undefined;
      return receive(message, onAnswer);
    };
    await pass(4 * hour, minute);
    expect(toldOf(atWork)).toHaveLength(3);
  });

  it("that fails again when its messages are released is paused again, and loses none", async () => {
    await paused(hook);
    const ids = Array.from({ length: 40 }, (_, n) => `p${n}`);
    for (const id of ids) {
      await completed(id, hook);
    }
    let taken = 0;
    const { receive } = atWork;
    atWork.receive = async (message, onAnswer) => {
      failure = taken < 1 ? undefined : () => new Refusal(503);
      const sent = await receive(message, onAnswer);
      taken += 1;
      return sent;
    };
    await pass(2 * hour, minute);
    expect((await endpoints())[0]).toMatchObject({ state: "paused" });
    taken = Number.NEGATIVE_INFINITY;
    await pass(3 * hour, minute);
    const arrived = atWork.sent.flatMap((each) => (each.kind === "unblock" ? [each.promise.id] : []));
    expect(new Set(arrived)).toEqual(new Set(["first", ...ids]));
    expect([await endpoints(), await held()]).toEqual([[], []]);
  });

  it("is probed at once when an operator says so", async () => {
    await paused(hook);
    await pass(6 * hour, 10 * minute);
    failure = undefined;
    const [{ id }] = await endpoints();
    const { status, body } = await atWork.door.ask("POST", `/endpoints/${id}/resume`);
    expect({ status, body }).toMatchObject({ status: 200, body: { id, nextProbeOn: atWork.door.clock.now } });
    await atWork.workUntil(atWork.door.clock.now);
    expect(toldOf(atWork)).toEqual([hook]);
    expect(await endpoints()).toEqual([]);
    expectRefusal(await atWork.door.ask("POST", `/endpoints/${id}/resume`), 404, 40408);
  });

  it("that asks to be left alone for longer is", async () => {
    failure = () => new Refusal(429, 90 * minute);
    await completed("p", hook);
    for (let n = 0; n < 12; n++) {
      await completed(`p${n}`, hook);
    }
    await pass(8 * hour, 10 * minute);
    const [endpoint] = await endpoints();
    expect(endpoint).toMatchObject({ state: "paused", lastStatus: 429 });
    expect(endpoint.nextProbeOn - endpoint.lastFailedOn).toBe(90 * minute);
  });

  it("says which messages are held or parked for it, and replays those alone", async () => {
    const other = "https://other.example/";
    await completed("order/1", hook, other);
    await completed("trip/1", hook, other);
    await pass(27 * hour, 10 * minute);
    const encoded = encodeURIComponent(hook);
    const list = async (query: string) =>
      (await atWork.door.ask("GET", `/messages?state=parked${query}`)).body.messages.map(
        ({ promiseId, address }: Record<string, string>) => `${promiseId} ${address}`,
      );
    expect(await list("")).toHaveLength(4);
    expect(await list(`&address=${encoded}`)).toEqual([`order/1 ${shown}`, `trip/1 ${shown}`]);
    expect(await list("&prefix=order/")).toHaveLength(2);
    expect(await list(`&address=${encoded}&prefix=trip`)).toEqual([`trip/1 ${shown}`]);
    const page = await atWork.door.ask("GET", `/messages?state=parked&address=${encoded}&limit=1`);
    expect(page.body.messages).toMatchObject([{ promiseId: "order/1" }]);
    const next = await atWork.door.ask("GET", `/messages?cursor=${page.body.cursor}`);
    expect(next.body).toMatchObject({ messages: [{ promiseId: "trip/1", address: shown }], cursor: null });
    failure = undefined;
    const replay = await atWork.door.ask("POST", `/messages/replay?address=${encoded}&prefix=order`);
    expect(replay.body).toEqual({ replayed: 1, cursor: null });
    await atWork.workUntil(atWork.door.clock.now);
    expect(toldOf(atWork)).toEqual([hook]);
    expect(await list("")).toHaveLength(3);
    expectInvalid(
      await atWork.door.ask("POST", "/messages/replay?state=held"),
      "state must be parked: no other messages are replayed",
    );
    expectInvalid(
      await atWork.door.ask("GET", `/messages?state=parked&address=${"x".repeat(1_001)}`),
      "address must be an address of at most 1000 bytes",
    );
  });

  it("that fails, and is sent nothing more, is forgotten", async () => {
    failure = () => new Refusal(410);
    await completed("p", hook);
    await pass(endpointLimits.quietMs - minute, 10 * minute);
    expect(await endpoints()).toMatchObject([{ state: "failing", lastStatus: 410 }]);
    await completed("q", hook);
    await pass(endpointLimits.quietMs - minute, 10 * minute);
    expect(await endpoints()).toMatchObject([{ state: "failing", failures: 2 }]);
    await pass(12 * minute, minute);
    expect(await endpoints()).toEqual([]);
  });

  it("is listed page by page", async () => {
    const addresses = Array.from({ length: 7 }, (_, n) => `https://example.com/${n}`);
    await completed("p", ...addresses);
    await pass(10_000);
    const found: string[] = [];
    for (let query = "?limit=3"; query !== ""; ) {
      const { body } = await atWork.door.ask("GET", `/endpoints${query}`);
      expect(body.endpoints.length).toBeLessThanOrEqual(3);
      found.push(...body.endpoints.map(({ address }: { address: string }) => address));
      query = body.cursor === null ? "" : `?cursor=${body.cursor}`;
    }
    expect(found.toSorted()).toEqual(addresses);
    expectInvalid(await atWork.door.ask("GET", "/endpoints?cursor=x"), "cursor must be one that a search has answered");
  });
});
