import { describe, expect, it } from "vitest";
import { type PromiseImage, run, type Settle, settle } from "#lib/core/index.ts";
import { at, pending, resolved } from "./images.ts";

const request = (changed: Partial<Settle> = {}): Settle => ({ id: "p", verdict: "rejected", value: {}, ...changed });

const attempt = (stored: PromiseImage | undefined, now: number, changed: Partial<Settle> = {}) => {
  const verb = settle(request(changed), at(now));
  return verb.decide(run(verb.write, stored));
};

describe("A promise that is settled", () => {
  it("has the verdict, the value, the key, the moment and the token, and nothing left to be done", () => {
    const { dueAt: _, ...kept } = pending;
    expect(attempt(pending, 1_200, { value: { data: "no" }, idempotencyKey: "k" })).toEqual({
      kind: "answer",
      answer: {
        changed: true,
        promise: {
          ...kept,
          state: "rejected",
          value: { data: "no" },
          settledAt: 1_200,
          settleToken: "t",
          idempotencyKeyForComplete: "k",
        },
      },
    });
  });

  it("keeps the trace that it was created in, unless it was settled in one", () => {
    const traced = { ...pending, trace: { traceparent: "birth" } };
    expect(attempt(traced, 1_200)).toMatchObject({ answer: { promise: { trace: { traceparent: "birth" } } } });
    expect(attempt(traced, 1_200, { trace: { traceparent: "end" } })).toMatchObject({
      answer: { promise: { trace: { traceparent: "end" } } },
    });
  });

  it.each(["resolved", "rejected", "rejected_canceled"] as const)("can be %s", (verdict) => {
    expect(attempt(pending, 1_200, { verdict })).toMatchObject({ answer: { promise: { state: verdict } } });
  });

  it("is so from its birth to the moment before its deadline, and the deadline wins a tie", () => {
    expect(run(settle(request(), at(1_000)).write, pending).won).toBe(true);
    expect(run(settle(request(), at(1_999)).write, pending).won).toBe(true);
    expect(run(settle(request(), at(2_000)).write, pending).won).toBe(false);
  });
});

describe("A settling that comes too late", () => {
  it("says what stands", () => {
    expect(attempt(resolved, 1_600)).toEqual({ kind: "answer", answer: { changed: false, promise: resolved } });
  });

  it("finds no promise where there is none", () => {
    expect(() => attempt(undefined, 1_600)).toThrow(
      expect.objectContaining({ code: "promiseNotFound", details: { id: "p" } }),
    );
  });
});

describe("A settling by a clock that is behind the promise's birth", () => {
  it("is tried again at the moment of that birth", () => {
    const step = attempt(pending, 900);
    expect(step.kind).toBe("again");
    const again = step.kind === "again" ? step.verb : undefined;
    const outcome = again && run(again.write, pending);
    expect(outcome).toMatchObject({ won: true, image: { settledAt: pending.createdAt, settleToken: "t" } });
    expect(outcome && again?.decide(outcome)).toMatchObject({ kind: "answer", answer: { changed: true } });
  });
});

it("is refused before it is written where it breaks a limit", () => {
  expect(() => settle(request({ id: "a\0" }), at(1))).toThrow(expect.objectContaining({ code: "invalid" }));
});
