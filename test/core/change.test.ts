import { describe, expect, it } from "vitest";
import { type Guard, type GuardedChange, permits, refused, run } from "#lib/core/index.ts";
import { pending, resolved } from "./images.ts";

const inState = (value: string): Guard => ({ kind: "is", field: "state", value });

const guarded = (...all: Guard[]): GuardedChange => ({
  of: "promise",
  id: "p",
  guards: all,
  change: { kind: "update", set: { state: "rejected", settledAt: 1_200 }, unset: ["dueAt"] },
});

it("a change is permitted only where all its guards hold together", () => {
  expect(permits(guarded(inState("pending")), pending)).toBe(true);
  expect(permits(guarded(inState("pending"), inState("resolved")), pending)).toBe(false);
  expect(permits(guarded(inState("resolved"), inState("pending")), pending)).toBe(false);
  expect(permits(guarded(), undefined)).toBe(true);
});

describe("A change that is permitted", () => {
  it("puts the whole promise", () => {
    const put: GuardedChange = { of: "promise", id: "p", guards: [], change: { kind: "put", image: resolved } };
    expect(run(put, undefined)).toEqual({ won: true, image: resolved });
  });

  it("sets fields, removes others, and leaves the rest as it was", () => {
    const { dueAt: _, ...kept } = pending;
    expect(run(guarded(), pending)).toEqual({ won: true, image: { ...kept, state: "rejected", settledAt: 1_200 } });
  });

  it("leaves what was stored untouched", () => {
    const before = structuredClone(pending);
    run(guarded(), pending);
    expect(pending).toEqual(before);
  });

  it("is a mistake of the verb's where it updates without a guard that asks for the promise", () => {
    expect(() => run(guarded(), undefined)).toThrow("needs a guard");
  });
});

describe("A change that is refused", () => {
  it("answers what refused it", () => {
    expect(run(guarded(inState("pending")), resolved)).toEqual({ won: false, image: resolved });
    expect(run(guarded(inState("pending")), undefined)).toEqual({ won: false, image: undefined });
  });

  it("is lost where it is signed by nobody", () => {
    expect(refused(guarded(inState("pending")), resolved).won).toBe(false);
  });
});

const create: GuardedChange = {
  of: "promise",
  id: "p",
  guards: [{ kind: "absent" }],
  change: { kind: "put", image: pending },
  signedIn: "createToken",
};

const settle = (settleToken: string): GuardedChange => ({
  of: "promise",
  id: "p",
  guards: [inState("pending")],
  change: { kind: "update", set: { state: "resolved", settledAt: 1_500, settleToken }, unset: ["dueAt"] },
  signedIn: "settleToken",
});

describe("A change that is repeated because its answer was lost", () => {
  it("has won where the create's own token stands", () => {
    expect(run(create, pending)).toEqual({ won: true, image: pending });
  });

  it("answers a create with what it made, whatever has become of that since", () => {
    expect(run(create, resolved)).toEqual({ won: true, image: pending });
  });

  it("has won where the settling's own token stands, and answers what stands", () => {
    expect(run(settle("t-settle"), resolved)).toEqual({ won: true, image: resolved });
  });

  it("has lost where somebody else's token stands", () => {
    expect(run(create, { ...pending, createToken: "other" }).won).toBe(false);
    expect(run(settle("other"), resolved)).toEqual({ won: false, image: resolved });
  });

  it("has lost where no token stands: the deadline signs nothing", () => {
    const { settleToken: _, ...timedOut } = resolved;
    expect(run(settle("t-settle"), timedOut).won).toBe(false);
  });

  it("has lost where neither it nor what stands bears a token", () => {
    const { settleToken: _, ...timedOut } = resolved;
    const tokenless: GuardedChange = {
      ...settle(""),
      change: { kind: "update", set: { state: "resolved" }, unset: [] },
    };
    expect(run(tokenless, timedOut)).toEqual({ won: false, image: timedOut });
  });

  it("does not take a create's token for a settling's", () => {
    expect(run(settle("creator"), resolved).won).toBe(false);
  });
});
