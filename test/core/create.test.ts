import { describe, expect, it } from "vitest";
import { advance, type Create, create, endOfTime, type Tags } from "#lib/core/index.ts";
import { at, pending, resolved, retryMs } from "./images.ts";

const moment = at(1_000);

const request = (changed: Partial<Create> = {}): Create => ({
  id: "p",
  timeoutAt: 2_000,
  param: { data: "asked" },
  tags: {},
  ...changed,
});

function newborn(changed: Partial<Create> = {}, now = 1_000) {
  const { change } = create(request(changed), at(now)).write;
  return change.kind === "put" ? change.image : undefined;
}

describe("A promise that is created", () => {
  it("is pending, with nothing but what was sent, the moment, the token, and its deadline armed", () => {
    expect(newborn()).toEqual({
      id: "p",
      state: "pending",
      param: { data: "asked" },
      value: {},
      tags: {},
      timeoutAt: 2_000,
      createdAt: 1_000,
      createToken: "t",
      dueAt: 2_000,
    });
  });

  it("keeps the idempotency key and the trace where there are any", () => {
    const trace = { traceparent: "00-1-2-01" };
    expect(newborn({ idempotencyKey: "k", trace })).toMatchObject({ idempotencyKeyForCreate: "k", trace });
  });

  it("ends at the end of time where the client asks for later", () => {
    expect(newborn({ timeoutAt: 2 ** 63 })).toMatchObject({ timeoutAt: endOfTime, dueAt: endOfTime });
    expect(newborn({ timeoutAt: endOfTime })).toMatchObject({ timeoutAt: endOfTime });
  });

  it("is not armed where it is a step of a workflow", () => {
    expect(newborn({ tags: { "resonate:scope": "local" } })).not.toHaveProperty("dueAt");
    expect(newborn({ tags: { "resonate:scope": "global" } })).toHaveProperty("dueAt");
  });

  it.each<[name: string, tags: Tags, state: string]>([
    ["any promise", {}, "rejected_timedout"],
    ["a timer", { "resonate:timeout": "true" }, "resolved"],
    ["a timer of the RPC door", { "resonate:timer": "true" }, "resolved"],
    ["what is only nearly a timer", { "resonate:timeout": "True", "resonate:timer": "1" }, "rejected_timedout"],
  ])("is born settled by its deadline where that has come: %s", (_, tags, state) => {
    for (const now of [2_000, 2_001]) {
      const image = newborn({ tags }, now);
      expect(image).toMatchObject({ state, createdAt: 2_000, settledAt: 2_000, value: {} });
      expect(image).not.toHaveProperty("dueAt");
      expect(image && advance(image, now, retryMs, [])).toBeUndefined();
    }
    expect(newborn({ tags }, 1_999)?.state).toBe("pending");
  });
});

describe("A create", () => {
  const { write, decide } = create(request(), moment);

  it("asks that there be no promise of that id, and signs as its creator", () => {
    expect(write).toMatchObject({ id: "p", guards: [{ kind: "absent" }], signedIn: "createToken" });
  });

  it("says what it made, or what was there", () => {
    expect(decide({ won: true, image: pending })).toMatchObject({ answer: { changed: true, promise: pending } });
    expect(decide({ won: false, image: resolved })).toMatchObject({ answer: { changed: false, promise: resolved } });
  });

  it("does not believe a store that refuses it for nothing", () => {
    expect(() => decide({ won: false, image: undefined })).toThrow();
  });

  it("is refused before it is written where it breaks a limit", () => {
    expect(() => create(request({ id: "" }), moment)).toThrow(expect.objectContaining({ code: "invalid" }));
  });
});
