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

  it.each([
    ["created", "promise.created", settled.createdAt],
    ["resolved", "promise.resolved", settled.settledAt],
  ] as const)(
    "that tells a subscription that a promise is %s says so as Standard Webhooks has it",
    (event, type, at) => {
      const message = { kind: "event", address: "https://r", event, subscription: "books", promise: settled } as const;
      expect(sent(message)).toEqual({
        type,
        timestamp: new Date(at ?? Number.NaN).toISOString(),
        data: { subscription: "books", promise: settled },
      });
    },
  );

  it("tells of moments past the year 9999 as its end", () => {
    const promise = { ...settled, createdAt: Number.MAX_SAFE_INTEGER };
    const message = { kind: "event", address: "https://r", event: "created", subscription: "books", promise } as const;
    expect(sent(message).timestamp).toBe("9999-12-31T23:59:59.999Z");
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
