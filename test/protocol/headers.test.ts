import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../support/door.ts";
import { expectInvalid, expectRefusal } from "../support/refusal.ts";
import { openSqlite } from "../support/stores.ts";

const timeout = 9e15;

let door: Door;

const create = (headers: Record<string, string>, id = "p") => door.ask("POST", "/promises", { id, timeout }, headers);
const resolve = (headers: Record<string, string>) => door.ask("PATCH", "/promises/p", { state: "RESOLVED" }, headers);
const imageOf = (id: string) => door.store.get(id, { roundTrips: 0 });

beforeEach(async () => {
  door = await openDoor(openSqlite);
});
afterEach(() => door.close());

describe("strict", () => {
  /** Shows how a header was understood: a completion in another state is a repeat only where it is lenient. */
  const isStrict = async (headers: Record<string, string>): Promise<boolean> => {
    await create({});
    await door.ask("PATCH", "/promises/p", { state: "REJECTED" }, { "idempotency-key": "k" });
    const { status } = await resolve({ "idempotency-key": "k", ...headers });
    expect([200, 403]).toContain(status);
    return status === 403;
  };

  it.each(["1", "t", "T", "TRUE", "true", "True"])("may be spelled %s", async (strict) => {
    expect(await isStrict({ strict })).toBe(true);
  });

  it.each(["0", "f", "F", "FALSE", "false", "False"])("may be denied as %s", async (strict) => {
    expect(await isStrict({ strict })).toBe(false);
  });

  it("is off where nobody asks for it", async () => {
    expect(await isStrict({})).toBe(false);
  });

  it.each(["", "2", "yes", "no", "on", "tRUE", "TrUe", "true,true", "null", "-1", "00"])(
    "cannot be spelled %j, and nothing is done then",
    async (strict) => {
      expectInvalid(await create({ strict }), expect.stringMatching(/^strict must be one of /));
      expect(await imageOf("p")).toBeUndefined();
      await create({});
      const before = await imageOf("p");
      expectInvalid(await resolve({ strict }), expect.stringMatching(/^strict must be one of /));
      expect(await imageOf("p")).toEqual(before);
    },
  );

  it("is told of together with what is wrong with the body", async () => {
    const reply = await door.ask("POST", "/promises", { id: "p", timeout: -1 }, { strict: "maybe" });
    expectInvalid(reply, expect.stringMatching(/^strict /), expect.stringMatching(/^timeout /));
  });
});

describe("idempotency-key", () => {
  it("is absent where it is empty: it is not kept, and matches nothing", async () => {
    const { status, body } = await create({ "idempotency-key": "" });
    expect(status).toBe(201);
    expect(body).not.toHaveProperty("idempotencyKeyForCreate");
    expectRefusal(await create({ "idempotency-key": "" }), 409, 40900);
    expect((await resolve({ "idempotency-key": "" })).body).not.toHaveProperty("idempotencyKeyForComplete");
    expectRefusal(await resolve({ "idempotency-key": "" }), 403, 40300);
  });

  it("is compared letter by letter", async () => {
    await create({ "idempotency-key": "Key" });
    for (const other of ["key", "Key.", "Ke", "KEY"]) {
      expectRefusal(await create({ "idempotency-key": other }), 409, 40900);
    }
    expect((await create({ "idempotency-key": "Key" })).status).toBe(200);
  });

  it("of a create is no key of a completion", async () => {
    await create({ "idempotency-key": "k" });
    await resolve({});
    expectRefusal(await resolve({ "idempotency-key": "k" }), 403, 40300);
  });

  it("may be named in any letter case", async () => {
    expect((await create({ "Idempotency-KEY": "k" })).body.idempotencyKeyForCreate).toBe("k");
  });

  it("may hold whatever a header can", async () => {
    const key = "{\"a\":1} 'x', \u00fc; %20 $x #y";
    const { body } = await create({ "idempotency-key": key });
    expect(body.idempotencyKeyForCreate).toBe(key);
    expect((await create({ "idempotency-key": key })).status).toBe(200);
  });
});

describe("traceparent", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  /** The trace that is kept with a promise; the name of its request stands beside it. */
  async function traceOf(id = "p") {
    const { requestId, ...trace } = (await imageOf(id))?.trace ?? {};
    expect(requestId).toEqual(expect.any(String));
    return trace;
  }

  it("is kept with the promise that was created in it, and never shown", async () => {
    const { body } = await create({ traceparent, tracestate: "vendor=1" });
    expect(JSON.stringify(body)).not.toContain("trace");
    expect(await traceOf()).toEqual({ traceparent, tracestate: "vendor=1" });
  });

  it("of the completion takes the place of the creation's", async () => {
    const later = traceparent.replace("4bf9", "0000");
    await create({ traceparent, tracestate: "vendor=1" });
    await resolve({ traceparent: later });
    expect(await traceOf()).toEqual({ traceparent: later });
  });

  it("stays where the completion has none, and where a repeat changes nothing", async () => {
    await create({ traceparent, "idempotency-key": "k" });
    await create({ traceparent: traceparent.replace("4bf9", "0000"), "idempotency-key": "k" });
    await resolve({});
    expect(await traceOf()).toEqual({ traceparent });
  });

  it.each(["", "nonsense", traceparent.toUpperCase(), `${traceparent}-more`, traceparent.slice(1)])(
    "of the form %j is no trace, and no reason to refuse",
    async (other) => {
      expect((await create({ traceparent: other, tracestate: "vendor=1" })).status).toBe(201);
      expect(await traceOf()).toEqual({});
    },
  );

  it("goes without its state where there is none to keep", async () => {
    await create({ traceparent, tracestate: "x".repeat(513) });
    await create({ traceparent, tracestate: "" }, "q");
    await create({ tracestate: "vendor=1" }, "r");
    expect([await traceOf("p"), await traceOf("q"), await traceOf("r")]).toEqual([
      { traceparent },
      { traceparent },
      {},
    ]);
  });
});

describe("location", () => {
  it("is told of what was created, and of nothing else", async () => {
    const key = { "idempotency-key": "k" };
    const created = await create(key);
    expect({ status: created.status, location: created.headers.get("location") }).toEqual({
      status: 201,
      location: "http://promises.test/promises/p",
    });
    const others = [
      await create(key),
      await resolve(key),
      await resolve(key),
      await door.ask("GET", "/promises/p"),
      await create({}),
    ];
    expect(others.map(({ status, headers }) => [status, headers.get("location")])).toEqual([
      [200, null],
      [201, null],
      [200, null],
      [200, null],
      [409, null],
    ]);
  });
});

describe("request-id", () => {
  const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  const rpc = (kind: string, data: object, head = {}) =>
    door.ask("POST", "/", { kind, head: { corrId: "c-1", version: "2026-04-01", ...head }, data });

  it("is kept with what the request creates, for the messages that result", async () => {
    await create({ "request-id": "r-1" });
    await create({ "request-id": "r-2", traceparent }, "q");
    expect((await imageOf("p"))?.trace).toEqual({ requestId: "r-1" });
    expect((await imageOf("q"))?.trace).toEqual({ traceparent, requestId: "r-2" });
  });

  it("of a completion without a trace leaves what is there, since it cannot be told apart", async () => {
    await create({ "request-id": "r-1", traceparent });
    await resolve({ "request-id": "r-2" });
    expect((await imageOf("p"))?.trace).toEqual({ traceparent, requestId: "r-1" });
  });

  it("is what an envelope calls corrId, but for the steps of a workflow, which tell nobody", async () => {
    const promise = { timeoutAt: timeout, param: {}, tags: {} };
    await rpc("promise.create", { ...promise, id: "p" });
    await rpc("promise.create", { ...promise, id: "p.1", tags: { "resonate:scope": "local" } });
    expect((await imageOf("p"))?.trace).toEqual({ requestId: "c-1" });
    expect(await imageOf("p.1")).not.toHaveProperty("trace");
  });

  it.each(["a b", "x".repeat(129), "\u00fc"])("like %.20j is no name, and kept nowhere", async (corrId) => {
    const { status, headers } = await rpc(
      "promise.create",
      { id: "p", timeoutAt: timeout, param: {}, tags: {} },
      { corrId },
    );
    expect([status, headers.get("request-id")]).toEqual([200, expect.stringMatching(/^token-\d+$/)]);
    expect((await imageOf("p"))?.trace).toEqual({ requestId: headers.get("request-id") });
  });

  it("is told in every answer: the client's own name, or one that the service has given", async () => {
    const named = await create({ "request-id": "r-1" });
    const refused = await create({ "request-id": "r-2" });
    expect([named, refused].map(({ status, headers }) => [status, headers.get("request-id")])).toEqual([
      [201, "r-1"],
      [409, "r-2"],
    ]);
    const others = [await door.ask("GET", "/promises/p"), await door.ask("GET", "/nowhere"), await create({}, "q")];
    const given = others.map(({ headers }) => headers.get("request-id"));
    expect(new Set(given).size).toBe(3);
    expect((await imageOf("q"))?.trace).toEqual({ requestId: given[2] });
  });
});
