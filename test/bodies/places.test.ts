/** The places that payloads are kept in: S3, as a server in this process plays it, and a folder. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { text as textOf } from "node:stream/consumers";
import { beforeEach, describe, expect, it } from "vitest";
import { folderBodies } from "#lib/bodies/folder.ts";
import { s3Bodies } from "#lib/bodies/s3.ts";
import type { Bodies } from "#lib/ports/bodies.ts";
import { freshFolder } from "../support/folder.ts";
import { serveAll } from "../support/listener.ts";

type Trouble = (request: IncomingMessage, response: ServerResponse) => boolean;

const objects = new Map<string, string>();
let trouble: Trouble;
let seen: IncomingMessage[];

const origin = serveAll(async (request, response) => {
  seen.push(request);
  if (trouble(request, response)) {
    return;
  }
  const path = request.url ?? "";
  if (request.method === "PUT") {
    objects.set(path, await textOf(request));
  } else if (request.method === "DELETE") {
    objects.delete(path);
  }
  const found = request.method === "GET" ? objects.get(path) : "";
  response.writeHead(found === undefined ? 404 : 200).end(found);
});

beforeEach(() => {
  trouble = () => false;
  seen = [];
});

const s3 = (answerMsMax?: number): Bodies =>
  s3Bodies({
    ...(answerMsMax !== undefined && { answerMsMax }),
    bucket: "large",
    region: "eu-west-1",
    credentials: { accessKeyId: "id", secretAccessKey: "secret" },
    endpoint: new URL(origin()),
  });

const places: readonly (readonly [string, () => Bodies])[] = [
  ["S3", () => s3()],
  ["a folder", () => folderBodies(freshFolder())],
];

describe.each(places)("%s", (_, open) => {
  const text = JSON.stringify({ data: `ü😀 "${"x".repeat(1_000_000)}` });

  it("gives back what it was given, until it is deleted; what is not there is a failure", async () => {
    const bodies = open();
    const cost = { roundTrips: 0 };
    await bodies.put("a/b", text, cost);
    expect(await bodies.get("a/b", cost)).toBe(text);
    await bodies.delete("a/b", cost);
    await bodies.delete("a/b", cost);
    await expect(bodies.get("a/b", cost)).rejects.toMatchObject({ code: "storeFailed" });
  });
});

describe("S3", () => {
  const cost = () => ({ roundTrips: 0 });

  it("is asked for objects of the bucket, each request signed", async () => {
    await s3().put("a/b", "text", cost());
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual(["PUT /large/a/b"]);
    expect(seen[0]?.headers["authorization"]).toMatch(
      /^AWS4-HMAC-SHA256 Credential=id\/\d{8}\/eu-west-1\/s3\/aws4_request/,
    );
    expect(seen[0]?.headers["x-amz-content-sha256"]).toMatch(/^[0-9a-f]{64}$/);
  });

  it.each([500, 503, 429])("that answers %i is asked again, each round trip counted", async (status) => {
    let failures = 2;
    trouble = (_, response) => failures-- > 0 && Boolean(response.writeHead(status).end());
    const counted = cost();
    await s3().put("again", "text", counted);
    expect([counted.roundTrips, objects.get("/large/again")]).toEqual([3, "text"]);
  });

  it("whose answer is lost is asked again, and has the object once", async () => {
    let losses = 1;
    trouble = (request) => {
      if (losses-- > 0) {
        objects.set(request.url ?? "", "text");
        request.socket.destroy();
        return true;
      }
      return false;
    };
    await s3().put("lost", "text", cost());
    expect(objects.get("/large/lost")).toBe("text");
  });

  it("that stays away is unavailable for the moment", async () => {
    trouble = (_, response) => Boolean(response.writeHead(503).end());
    await expect(s3().get("a", cost())).rejects.toMatchObject({ code: "storeUnavailable" });
    expect(seen).toHaveLength(3);
  });

  it("that is slow is waited for only so long, each time", async () => {
    trouble = () => true;
    const slow = s3(100);
    await expect(slow.get("a", cost())).rejects.toMatchObject({ code: "storeUnavailable" });
    expect(seen).toHaveLength(3);
  });

  it("that refuses is not asked twice, and its words are nobody's", async () => {
    trouble = (_, response) => Boolean(response.writeHead(403).end("<Error>secret</Error>"));
    const failure = await s3()
      .put("a", "text", cost())
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "storeFailed" });
    expect(String((failure as Error).cause)).not.toContain("secret");
    expect(seen).toHaveLength(1);
  });

  it("without the bucket takes nothing", async () => {
    trouble = (_, response) => Boolean(response.writeHead(404).end());
    await expect(s3().put("a", "text", cost())).rejects.toMatchObject({ code: "storeFailed" });
  });
});
