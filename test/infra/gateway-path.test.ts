import { describe, expect, it } from "vitest";
import { gatewayPath } from "../../functions/gateway-path.ts";

describe("a path that the gateway has decoded", () => {
  it.each(["a b", "50%", "%2F", "a/b", "a//b", "..", "#1", "ü/\u{1f600}", "x+y"])(
    "names the promise %j again",
    (id) => {
      const path = gatewayPath({ event: { rawPath: `/promises/${id}` } });
      expect(path?.startsWith("/promises/")).toBe(true);
      expect(decodeURIComponent(path?.slice("/promises/".length) ?? "")).toBe(id);
    },
  );

  it("is not there where no gateway is", () => {
    expect([gatewayPath(undefined), gatewayPath({})]).toEqual([undefined, undefined]);
  });
});
