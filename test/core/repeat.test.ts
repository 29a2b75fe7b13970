import { describe, expect, it } from "vitest";
import { acceptCreate, acceptSettle, type Terms } from "#lib/core/index.ts";
import { pending, resolved } from "./images.ts";

const { idempotencyKeyForCreate: _, ...keyless } = pending;
const { idempotencyKeyForComplete: __, settleToken: ___, ...byTimer } = resolved;
const timedOut = { ...byTimer, state: "rejected_timedout" } as const;

const accepts = (check: () => void): boolean => {
  try {
    check();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ name: "Fault" });
    return false;
  }
};

const terms = (idempotencyKey: string | undefined, strict: boolean): Terms => ({
  ...(idempotencyKey !== undefined && { idempotencyKey }),
  strict,
});

describe("A repeated create", () => {
  it.each([
    ["the same key", pending, "birth", false, true],
    ["the same key, strictly", pending, "birth", true, true],
    ["another key", pending, "other", false, false],
    ["no key", pending, undefined, false, false],
    ["an empty key against none", keyless, "", false, false],
    ["no key, where the promise has none either", keyless, undefined, false, false],
    ["the same key, of a completed promise", resolved, "birth", false, true],
    ["the same key, strictly, of a completed promise", resolved, "birth", true, false],
    ["the key of the completion", resolved, "end", false, false],
  ])("with %s", (_name, promise, key, strict, accepted) => {
    expect(accepts(() => acceptCreate(promise, terms(key, strict)))).toBe(accepted);
  });

  it("that is not welcome says that the promise exists", () => {
    expect(() => acceptCreate(pending, terms("other", false))).toThrow(
      expect.objectContaining({ code: "promiseExists", details: { id: "p" } }),
    );
  });
});

describe("A repeated completion", () => {
  it.each([
    ["the same key and verdict", resolved, "resolved", "end", false, true],
    ["the same key and verdict, strictly", resolved, "resolved", "end", true, true],
    ["the same key and another verdict", resolved, "rejected", "end", false, true],
    ["the same key and another verdict, strictly", resolved, "rejected", "end", true, false],
    ["another key", resolved, "resolved", "other", false, false],
    ["no key", resolved, "resolved", undefined, false, false],
    ["the key of the create", resolved, "resolved", "birth", false, false],
    ["no key, of a timer that the deadline resolved", byTimer, "resolved", undefined, false, false],
    ["any key, of a promise that timed out", timedOut, "resolved", "any", false, true],
    ["no key, of a promise that timed out", timedOut, "rejected", undefined, false, true],
    ["any key, strictly, of a promise that timed out", timedOut, "rejected", "any", true, false],
  ] as const)("with %s", (_name, promise, verdict, key, strict, accepted) => {
    expect(accepts(() => acceptSettle(promise, verdict, terms(key, strict)))).toBe(accepted);
  });

  it("that is not welcome says what the promise is", () => {
    expect(() => acceptSettle(timedOut, "resolved", terms(undefined, true))).toThrow(
      expect.objectContaining({ code: "promiseSettled", details: { id: "p", state: "rejected_timedout" } }),
    );
  });

  it("is none where the promise is pending", () => {
    expect(() => acceptSettle(pending, "resolved", terms("end", false))).toThrow("not settled");
  });
});
