import { describe, expect, it } from "vitest";
import { toBody } from "#lib/dispatch/body.ts";
import { news, offer, settled } from "./messages.ts";

const sent = (message: Parameters<typeof toBody>[0]) => JSON.parse(toBody(message, "https://server/base"));

describe("a message", () => {
  it("that offers a task says which version of it, and where the server is", () => {
    expect(sent(offer("poll://any@g", "t/1", 7))).toEqual({
      kind: "execute",
      head: { serverUrl: "https://server/base" },
      data: { task: { id: "t/1", version: 7 } },
    });
  });

  it("that tells of a settled promise bears its record", () => {
    expect(sent(news("poll://uni@g/w"))).toEqual({ kind: "unblock", head: {}, data: { promise: settled } });
  });

  it("leaves out what the protocol does not know of a promise, and what is absent", () => {
    const kept = {
      ...settled,
      idempotencyKeyForCreate: "secret",
      idempotencyKeyForComplete: "secret",
      createToken: "secret",
      taskState: "acquired",
    };
    const { settledAt: _, ...pending } = kept;
    expect(sent(news("poll://uni@g/w", kept)).data.promise).toEqual(settled);
    expect(Object.keys(sent(news("poll://uni@g/w", pending)).data.promise)).toEqual(
      Object.keys(settled).filter((field) => field !== "settledAt"),
    );
  });
});
