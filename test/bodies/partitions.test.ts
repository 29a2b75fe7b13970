import { afterEach, describe, expect, it, vi } from "vitest";
import { endpointOf } from "#lib/aws-request.ts";
import { s3Bodies } from "#lib/bodies/s3.ts";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});

describe("AWS's services", () => {
  it.each([
    ["eu-west-1", "amazonaws.com"],
    ["us-gov-west-1", "amazonaws.com"],
    ["cn-north-1", "amazonaws.com.cn"],
    ["cn-northwest-1", "amazonaws.com.cn"],
    ["eusc-de-east-1", "amazonaws.eu"],
    ["us-iso-east-1", "c2s.ic.gov"],
  ])("of %s have hosts under %s", async (region, suffix) => {
    vi.stubEnv("AWS_ENDPOINT_URL", undefined);
    expect(endpointOf("sqs", region).href).toBe(`https://sqs.${region}.${suffix}/`);
    const asked: string[] = [];
    vi.stubGlobal("fetch", async (url: URL) => {
      asked.push(url.href);
      return new Response("{}");
    });
    const credentials = { accessKeyId: "a", secretAccessKey: "s" };
    await s3Bodies({ bucket: "b", region, credentials }).get("key", { roundTrips: 0 });
    expect(asked).toEqual([`https://b.s3.${region}.${suffix}/key`]);
  });

  it("are all where a test has put them", () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566");
    expect(endpointOf("secretsmanager", "cn-north-1").href).toBe("http://127.0.0.1:4566/");
  });
});
