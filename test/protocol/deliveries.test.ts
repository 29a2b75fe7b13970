/** What was sent on account of a promise, as its log tells it. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Refusal } from "#lib/ports/transport.ts";
import { expectInvalid } from "../support/refusal.ts";
import { everyStore } from "../support/stores.ts";
import { type AtWork, openAtWork } from "./at-work.ts";

const timeout = 9e15;
const minute = 60_000;
const hour = 60 * minute;

describe.each(everyStore)("Over %s, the log of a promise's messages", (_, open) => {
  let atWork: AtWork;
  beforeEach(async () => {
    atWork = await openAtWork(open);
  });
  afterEach(() => atWork.door.close());

  async function completed(id: string, ...addresses: readonly string[]): Promise<void> {
    await atWork.door.ask("POST", "/promises", { id, timeout });
    for (const recv of addresses) {
      await atWork.door.ask("POST", `/promises/subscribe/${id}`, { id: "s", timeout, recv });
    }
    await atWork.door.ask("PATCH", `/promises/${id}`, { state: "RESOLVED" });
  }
  const log = async (id: string) => (await atWork.door.ask("GET", `/deliveries?promiseId=${id}`)).body;
  const workAfter = (ms: number) => atWork.workUntil(atWork.door.clock.now + ms);
  const answering = (status: number) => async (_message: unknown, onAnswer?: (status: number) => void) => {
    onAnswer?.(status);
    if (status > 299) {
      throw new Refusal(status);
    }
    return "sent" as const;
  };

  it("is empty of a promise of which nobody is told, and of one that there is not", async () => {
    await completed("p");
    await workAfter(0);
    expect(await log("p")).toEqual({ deliveries: [], isCut: false });
    expect(await log("none")).toEqual({ deliveries: [], isCut: false });
  });

  it("tells of each attempt, what was answered, and when the next is due, under one webhook-id", async () => {
    const ids = new Set<string | undefined>();
    atWork.receive = async (message, onAnswer) => {
      ids.add(message.messageId);
      return answering(ids.size > 0 && atWork.sent.length === 0 ? 503 : 204)(message, onAnswer);
    };
    await completed("a/b", "https://me:secret@example.com/hook?token=secret");
    await workAfter(0);
    const start = atWork.door.clock.now;
    const waiting = (await log("a/b")).deliveries;
    expect(waiting).toEqual([
      {
        webhookId: [...ids][0],
        promiseId: "a/b",
        address: "https://example.com/hook?…",
        state: "waiting",
        attempts: 1,
        latest: [{ sentOn: start, durationMs: 0, status: 503, error: "the receiver answered 503" }],
        nextOn: start + 1_000,
        createdOn: start,
      },
    ]);
    atWork.receive = async (message, onAnswer) => {
      ids.add(message.messageId);
      return answering(204)(message, onAnswer);
    };
    await workAfter(1_000);
    const [{ nextOn: _, ...before }] = waiting;
    expect((await log("a/b")).deliveries).toEqual([
      {
        ...before,
        state: "delivered",
        attempts: 2,
        latest: [...before.latest, { sentOn: start + 1_000, durationMs: 0, status: 204 }],
      },
    ]);
    expect(ids.size).toBe(1);
  });

  it("shows a message that was given up, until it is replayed and arrives", async () => {
    atWork.receive = answering(410);
    await completed("p", "https://example.com/");
    await workAfter(0);
    expect((await log("p")).deliveries).toMatchObject([{ state: "parked", attempts: 1, latest: [{ status: 410 }] }]);
    await workAfter(30 * hour);
    atWork.receive = answering(200);
    expect((await atWork.door.ask("POST", "/messages/replay")).body).toEqual({ replayed: 1, cursor: null });
    await workAfter(0);
    const [delivered] = (await log("p")).deliveries;
    expect(delivered).toMatchObject({ state: "delivered", latest: [{ status: 410 }, { status: 200 }] });
  });

  it("holds the latest attempts only, and ends thirty days after the last", async () => {
    atWork.receive = () => Promise.reject(new Error("cannot be reached: ECONNREFUSED"));
    await completed("p", "https://example.com/");
    for (let attempt = 1; attempt <= 13; attempt++) {
      await workAfter(hour);
    }
    const [each] = (await log("p")).deliveries;
    expect(each).toMatchObject({ attempts: 13, state: "held" });
    expect(each).not.toHaveProperty("nextOn");
    expect(each.latest).toHaveLength(10);
    expect(each.latest.at(-1)).toEqual({
      sentOn: atWork.door.clock.now,
      durationMs: 0,
      error: "cannot be reached: ECONNREFUSED",
    });
    atWork.door.clock.now += 31 * 24 * hour;
    expect((await log("p")).deliveries).toEqual([]);
  });

  it("tells of all receivers, but of no workers", async () => {
    await completed("p", "https://a.example/", "https://b.example/", "poll://any@g");
    await workAfter(0);
    const { deliveries } = await log("p");
    expect(deliveries.map(({ address }: { address: string }) => address).sort()).toEqual([
      "https://a.example/",
      "https://b.example/",
    ]);
  });

  it("is asked for by the promise's id", async () => {
    expectInvalid(await atWork.door.ask("GET", "/deliveries"), "promiseId is required");
  });
});
