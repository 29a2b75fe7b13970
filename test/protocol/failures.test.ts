/** What goes wrong inside: told without a word about it, and written down without a word of what was asked. */

import { describe, expect, it } from "vitest";
import { Fault } from "#lib/core/index.ts";
import { idHash, logger, requestLog } from "#lib/log.ts";
import type { Store } from "#lib/ports/store.ts";
import { type Door, openDoor } from "../support/door.ts";
import { expectRefusal } from "../support/refusal.ts";
import { type OpenStore, openSqlite } from "../support/stores.ts";

const timeout = 9e15;

/** Whatever of a request may be in no log: each text is found again wherever it is. */
const secret = "s3cr3t";

const failing = (failure: unknown): OpenStore => {
  const fail = () => Promise.reject(failure);
  const store: Store = {
    dueShards: 1,
    get: fail,
    find: fail,
    whole: fail,
    read: fail,
    members: fail,
    attempt: fail,
    transact: fail,
    lineage: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    listed: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    oldest: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    listedById: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
    due: () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) }),
  };
  return async () => ({ store, close: () => {} });
};

/** A door whose log is kept. */
async function openLogged(open: OpenStore): Promise<{ door: Door; lines: string[] }> {
  const lines: string[] = [];
  const door = await openDoor(open, { log: requestLog(logger({ write: (line: string) => lines.push(line) })) });
  return { door, lines };
}

const requests: [verb: string, method: string, path: string, body: object | undefined][] = [
  ["create", "POST", "/promises", { id: secret, timeout, param: { data: secret }, tags: { [secret]: secret } }],
  ["settle", "PATCH", `/promises/${secret}`, { state: "RESOLVED", value: { data: secret } }],
  ["get", "GET", `/promises/${secret}`, undefined],
  ["search", "GET", `/promises?id=${secret}*&tags[${secret}]=${secret}`, undefined],
  ["search", "GET", `/promises?id=${secret}`, undefined],
];

const headers = { "idempotency-key": secret, authorization: `Bearer ${secret}`, cookie: secret };

it.each([new Fault("storeFailed", {}), new Fault("storeUnavailable", {}), new Error(secret)])(
  "The question whether it is ready, over a store that fails (%s), is answered 503, and the failure logged",
  async (failure) => {
    const { door, lines } = await openLogged(failing(failure));
    expectRefusal(await door.ask("GET", "/ready"), 503, 50300);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ level: "error", verb: "ready", status: 503 });
    expect(lines[0]).not.toContain(secret);
  },
);

describe.each(requests)("A %s (%s %s)", (verb, method, path, body) => {
  it("that meets an unforeseen failure answers no word of it, and logs where it was", async () => {
    const failure = new Error(`cannot write ${secret} to disk`, { cause: new TypeError(secret) });
    const { door, lines } = await openLogged(failing(failure));
    const reply = await door.ask(method, path, body, headers);
    expectRefusal(reply, 500, 50000);
    expect(JSON.stringify([reply.body, [...reply.headers]])).not.toContain(secret);
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toContain(secret);
    const { err, ...line } = JSON.parse(lines[0] ?? "");
    expect(line).toMatchObject({ level: "error", method, verb, status: 500 });
    expect(err).toMatchObject({ type: "Error", cause: { type: "TypeError" } });
    expect(err.stack).toMatch(/^ {4}at .+/);
  });

  it("that meets a store out of reach answers 503, and when to come again", async () => {
    const { door, lines } = await openLogged(failing(new Fault("storeUnavailable", {}, { cause: new Error(secret) })));
    const reply = await door.ask(method, path, body, headers);
    expectRefusal(reply, 503, 50300);
    expect(Number(reply.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(lines.join()).not.toContain(secret);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      verb,
      err: { type: "Fault", code: "storeUnavailable" },
    });
  });

  it("that meets a store which refuses answers 500, and says whose fault it is", async () => {
    const { door, lines } = await openLogged(failing(new Fault("storeFailed", {}, { cause: new Error(secret) })));
    const reply = await door.ask(method, path, body, headers);
    expectRefusal(reply, 500, 50004);
    expect(reply.body.error.details[0]).toMatchObject({ "@type": "ServerError", domain: "server" });
    expect(JSON.stringify(reply.body) + lines.join()).not.toContain(secret);
  });
});

describe("The log", () => {
  it("has one line for each request, and no more in it than is meant to be", async () => {
    const { door, lines } = await openLogged(openSqlite);
    for (const [, method, path, body] of requests) {
      await door.ask(method, path, body, { ...headers, "request-id": "req-1" });
    }
    const told = lines.map((line) => JSON.parse(line));
    const { level, time, durationMs, ...rest } = told[0];
    expect([level, typeof time, typeof durationMs]).toEqual(["info", "number", "number"]);
    expect(rest).toEqual({
      method: "POST",
      verb: "create",
      status: 201,
      roundTrips: expect.any(Number),
      requestId: "req-1",
      idHash: idHash(secret),
    });
    expect(told.map(({ verb, status }) => [verb, status])).toEqual([
      ["create", 201],
      ["settle", 201],
      ["get", 200],
      ["search", 200],
      ["search", 200],
    ]);
    expect(lines.join()).not.toContain(secret);
    expect(lines.every((line) => line.indexOf("\n") === line.length - 1)).toBe(true);
    door.close();
  });

  it("names a request as its envelope does, where no header does", async () => {
    const { door, lines } = await openLogged(openSqlite);
    const envelope = { kind: "promise.get", head: { corrId: "c-1", version: "2026-04-01" }, data: { id: "none" } };
    await door.ask("POST", "/", envelope);
    await door.ask("POST", "/", envelope, { "request-id": "r-1" });
    await door.ask("POST", "/", { ...envelope, head: { ...envelope.head, corrId: `${secret} no name` } });
    expect(lines.map((line) => JSON.parse(line).requestId)).toEqual(["c-1", "r-1", expect.stringMatching(/^token-/)]);
    door.close();
  });

  it("finds a promise again by one hash, in whatever form its id was asked for", async () => {
    const { door, lines } = await openLogged(openSqlite);
    await door.ask("GET", "/promises/a/b");
    await door.ask("GET", "/promises/a%2Fb");
    await door.ask("POST", "/promises", { id: "http://promises.test/promises/a/b", timeout });
    expect(new Set(lines.map((line) => JSON.parse(line).idHash))).toEqual(new Set([idHash("a/b")]));
    expect(idHash("a/b")).toMatch(/^[0-9a-f]{16}$/);
    door.close();
  });

  it.each([
    ["GET", "/promises/%zz", 400],
    ["POST", "/promises", 400],
    ["GET", "/promises", 400],
    ["GET", "/promises?cursor=x", 400],
    ["GET", "/promises/none", 404],
    ["GET", `/${secret}`, 404],
    ["GET", "/*", 404],
    ["DELETE", "/promises/x", 405],
    ["POST", "/tasks/claim", 410],
    ["GET", "/schedules", 400],
    ["GET", "/schedules/none", 404],
    ["GET", "/messages?state=parked", 200],
    ["GET", "/health", 200],
  ])("has one line for %s %s, answered %d", async (method, path, status) => {
    const { door, lines } = await openLogged(openSqlite);
    await door.ask(method, path, method === "POST" ? secret : undefined, headers);
    expect(lines.map((line) => JSON.parse(line))).toEqual([expect.objectContaining({ method, status })]);
    expect(lines.join()).not.toContain(secret);
    door.close();
  });

  it.each(["a b", "x".repeat(129), '{"a":1}', "\u00fc", ""])(
    "gives another name to a request whose own is none, like %.20j",
    async (requestId) => {
      const { door, lines } = await openLogged(openSqlite);
      await door.ask("GET", "/health", undefined, { "request-id": requestId });
      expect(JSON.parse(lines[0] ?? "").requestId).toMatch(/^token-/);
      door.close();
    },
  );
});
