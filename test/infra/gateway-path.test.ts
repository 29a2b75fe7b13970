import { describe, expect, it } from "vitest";
import { gatewayPath, isAltered } from "../../functions/gateway-path.ts";

describe("a path that the gateway has decoded", () => {
  it.each(["a b", "50%", "%2F", "a/b", "a//b", "..", "#1", "ü/\u{1f600}", "x+y"])(
    "names the promise %j again",
    (id) => {
      const path = gatewayPath({ event: { rawPath: `/promises/${id}` } });
      expect(path?.startsWith("/promises/")).toBe(true);
      expect(decodeURIComponent(path?.slice("/promises/".length) ?? "")).toBe(id);
    },
  );

  it.each([
    ["/promises/50%", "", true],
    ["/promises/a%2Fb", "", true],
    ["/schedules/50%", "", true],
    ["/promises/q", "x", true],
    ["/base/promises/q", "x", true],
    ["/promises/plain id", "", false],
    ["/promises/a//b", "", false],
    ["/promise", "id=50%25", false],
    ["/promises", "id=50%25", false],
    ["/messages/replay", "limit=1", false],
  ])("%s with the query %j may name another: %s", (rawPath, rawQueryString, expected) => {
    expect(isAltered({ event: { rawPath, rawQueryString } })).toBe(expected);
  });

  it("is not altered where no gateway is", () => {
    expect([isAltered(undefined), isAltered({})]).toEqual([false, false]);
  });

  it("is not there where no gateway is", () => {
    expect([gatewayPath(undefined), gatewayPath({})]).toEqual([undefined, undefined]);
  });
});
