/** The envelope, and the order in which a request is checked (`protocol/rpc.md` 1). */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addressesAt } from "#lib/protocol/addresses.ts";
import { bodyBytesMax } from "#lib/protocol/body.ts";
import { type Door, openDoor } from "../../support/door.ts";
import { openSqlite } from "../../support/stores.ts";
import { flawsOf, rpcOf, version } from "./asking.ts";

let door: Door;

beforeAll(async () => {
  door = await openDoor(openSqlite);
});
afterAll(() => door.close());

const head = { corrId: "c", version };
const get = { kind: "promise.get", head, data: { id: "none" } };

async function refusal(body: unknown, echo = { kind: "promise.get", corrId: "c" }): Promise<[number, string]> {
  const reply = await door.ask("POST", "/", body);
  expect(flawsOf(reply, echo)).toEqual([]);
  return [reply.status, reply.body.data];
}

const withHead = (members: object) => ({ ...get, head: { ...head, ...members } });

describe("An envelope", () => {
  const nobody = { kind: "unknown", corrId: "0" };

  it.each([
    ["no JSON", "{", nobody],
    ["nothing", "", nobody],
    ["JSON that is not UTF-8", Buffer.from('{"kind":"\xff"}', "latin1"), nobody],
    ["null", "null", nobody],
    ["a list", [get], nobody],
    ["a text", '"promise.get"', nobody],
    ["without a kind", { ...get, kind: undefined }, { kind: "unknown", corrId: "c" }],
    ["of a kind that is no text", { ...get, kind: 7 }, { kind: "unknown", corrId: "c" }],
    ["without a head", { ...get, head: undefined }, { kind: "promise.get", corrId: "0" }],
    ["with a head that is a list", { ...get, head: [] }, { kind: "promise.get", corrId: "0" }],
    ["without a corrId", withHead({ corrId: undefined }), { kind: "promise.get", corrId: "0" }],
    ["with a corrId that is a number", withHead({ corrId: 7 }), { kind: "promise.get", corrId: "0" }],
    ["without a version", withHead({ version: undefined }), { kind: "promise.get", corrId: "c" }],
    ["with credentials that are no text", withHead({ auth: 7 }), { kind: "promise.get", corrId: "c" }],
    ["with a moment that is text", withHead({ "resonate:debug_time": "5" }), { kind: "promise.get", corrId: "c" }],
    ["with half a moment", withHead({ "resonate:debug_time": 1.5 }), { kind: "promise.get", corrId: "c" }],
    ["without data", { ...get, data: undefined }, { kind: "promise.get", corrId: "c" }],
  ])("that is %s is refused as one, and what can be repeated is", async (_, body, echo) => {
    expect(await refusal(body, echo)).toEqual([400, expect.stringMatching(/^Invalid request envelope: .+/)]);
  });

  it.each([[[]], ["text"], [null], [7]])("whose data is %j is refused for that", async (data) => {
    expect(await refusal({ ...get, data })).toEqual([400, "Invalid 'data' field — must be an object"]);
  });

  it.each(["", "2026-04-02", "1"])("of version %j is refused with the version that there is", async (other) => {
    expect(await refusal(withHead({ version: other }))).toEqual([
      400,
      `Unsupported protocol version '${other}', supported versions: ["2026-04-01"]`,
    ]);
  });

  it("may have members that nobody knows, everywhere", async () => {
    const extra = { unknown: [null] };
    const body = { ...extra, kind: "promise.get", head: { ...head, ...extra }, data: { id: "none", ...extra } };
    expect(await refusal(body)).toEqual([404, "Promise not found"]);
  });

  it.each([
    ["credentials", { auth: "token" }],
    ["credentials that are null", { auth: null }],
    ["a hint of the origin", { "resonate:origin": "x" }],
    ["a moment that nobody may set", { "resonate:debug_time": 5 }],
    ["the last moment of 64 bits", { "resonate:debug_time": 2 ** 63 }],
    ["no moment", { "resonate:debug_time": null }],
  ])("may hold %s", async (_, members) => {
    expect(await refusal(withHead(members))).toEqual([404, "Promise not found"]);
  });

  it.each(["", "\u0000", "\u{1f600}", "__proto__", "x".repeat(10_000)])(
    "has its corrId %.20j repeated",
    async (corrId) => {
      expect(await refusal(withHead({ corrId }), { kind: "promise.get", corrId })).toEqual([404, "Promise not found"]);
    },
  );

  it.each(["constructor", "__proto__", "toString", "promise", "promise.delete", "PROMISE.GET", "promise.get "])(
    "of the kind %j asks for nothing that there is",
    async (kind) => {
      expect(await refusal({ ...get, kind }, { kind, corrId: "c" })).toEqual([400, `Unknown operation: ${kind}`]);
    },
  );
});

describe("A request that is wrong in every way", () => {
  it("is told each in the order of the checks, as the ones before are mended", async () => {
    const echo = { kind: "", corrId: "c" };
    const settle = { id: "", state: "lost" };
    expect(await refusal({ kind: "", head: { corrId: "c" }, data: [] }, echo)).toEqual([
      400,
      expect.stringMatching(/^Invalid request envelope: head.version/),
    ]);
    const old = { corrId: "c", version: "old" };
    expect((await refusal({ kind: "", head: old, data: [] }, echo))[1]).toMatch(/^Missing or invalid 'kind' field — /);
    expect((await refusal({ kind: "x", head: old, data: [] }, { kind: "x", corrId: "c" }))[1]).toMatch(
      /^Invalid 'data' field — /,
    );
    expect((await refusal({ kind: "x", head: old, data: settle }, { kind: "x", corrId: "c" }))[1]).toMatch(
      /^Unsupported protocol version 'old'/,
    );
    expect((await refusal({ kind: "x", head, data: settle }, { kind: "x", corrId: "c" }))[1]).toBe(
      "Unknown operation: x",
    );
    const kind = "task.fulfill";
    const fulfill = (data: object) => refusal({ kind, head, data }, { kind, corrId: "c" });
    const action = (data: object) => ({ kind: "promise.settle", head: {}, data });
    expect((await fulfill({ id: "", version: -1, action: action(settle) }))[1]).toMatch(
      /^Invalid request: action.data.state/,
    );
    const both = await fulfill({ id: "", version: -1, action: action({ id: "a", state: "resolved" }) });
    expect(both).toEqual([400, "Task ID is required; Version must be a non-negative integer"]);
    const cross = await fulfill({ id: "b", version: 0, action: action({ id: "a", state: "resolved" }) });
    expect(cross).toEqual([400, "Action ID must match the task ID"]);
    expect(await fulfill({ id: "a", version: 0, action: action({ id: "a", state: "resolved" }) })).toEqual([
      404,
      "Task not found",
    ]);
  });
});

describe("The door", () => {
  it.each(["text/plain", "application/xml", "", "nonsense"])("reads JSON that is called %j", async (type) => {
    expect((await door.ask("POST", "/", get, { "content-type": type })).status).toBe(404);
  });

  it.each(["GET", "PUT", "PATCH", "DELETE"])("takes nothing but POST, not %s", async (method) => {
    const reply = await door.ask(method, "/");
    expect([reply.status, reply.headers.get("allow")]).toEqual([405, "POST"]);
  });

  it.each([
    ["says its length", (body: string): Record<string, string> => ({ "content-length": String(body.length) })],
    ["does not say its length", () => ({})],
  ])("takes a body that %s up to the limit, and names the limit past it", async (_, headersOf) => {
    const bodyOf = (bytes: number) => {
      const front = `${JSON.stringify(get).slice(0, -1)},"x":"`;
      return `${front}${"x".repeat(bytes - front.length - 2)}"}`;
    };
    const [full, past] = [bodyOf(bodyBytesMax), bodyOf(bodyBytesMax + 1)];
    expect((await door.ask("POST", "/", full, headersOf(full))).status).toBe(404);
    const reply = await door.ask("POST", "/", past, headersOf(past));
    expect(flawsOf(reply, { kind: "unknown", corrId: "0" })).toEqual([]);
    expect([reply.status, reply.body.data]).toEqual([413, "body must be at most 2900000 bytes"]);
  });

  it("is found at every own URL, with and without a slash at its end, and the other doors below", async () => {
    const urls = ["https://h.test/base/v1", "https://h.test/base", "https://old.test"];
    const based = await openDoor(openSqlite, { addresses: addressesAt(urls) });
    for (const path of ["/base/v1", "/base/v1/", "/base", "/base/", "/"]) {
      const reply = await based.ask("POST", path, get);
      expect([path, reply.status, reply.body.data]).toEqual([path, 404, "Promise not found"]);
    }
    expect((await based.ask("GET", "/base/v1/health")).status).toBe(200);
    expect((await based.ask("GET", "/base/promises/none")).status).toBe(404);
    expect((await based.ask("POST", "/basement", get)).status).toBe(404);
    expect((await based.ask("POST", "/basement", get)).body.error.code).toBe(40400);
    based.close();
  });
});

describe("An integer", () => {
  const create = async (id: string, timeoutAt: string) => {
    const body = `{"kind":"promise.create","head":${JSON.stringify(head)},"data":{"id":"${id}","timeoutAt":${timeoutAt}}}`;
    const reply = await door.ask("POST", "/", body);
    expect(flawsOf(reply, { kind: "promise.create", corrId: "c" })).toEqual([]);
    return reply.status === 200 ? reply.body.data.promise.timeoutAt : [reply.status, reply.body.data];
  };

  it.each([
    ["9007199254740991", Number.MAX_SAFE_INTEGER],
    ["9007199254740992", Number.MAX_SAFE_INTEGER],
    ["9223372036854775807", Number.MAX_SAFE_INTEGER],
    ["1e15", 1e15],
    ["2000000.0", 2_000_000],
    ["0", 0],
    ["-0", 0],
  ])("of 64 bits is taken: %s, and kept as %d at most", async (sent, kept) => {
    expect(await create(`int${sent}`, sent)).toBe(kept);
  });

  it.each(["1.5", '"5"', "null", "true", "1e400", "18446744073709551616", "[]"])("is not what %s is", async (sent) => {
    expect(await create("never", sent)).toEqual([400, "Invalid request: timeoutAt: must be an integer of 64 bits"]);
  });

  it.each(["9007199254740992", "9223372036854775807", "-9007199254740992", "1.5", '"1"', "null"])(
    "that is compared is one that JSON in JavaScript can say, which %s is not",
    async (sent) => {
      const ask = async (kind: string, data: string) => {
        const { body } = await door.ask(
          "POST",
          "/",
          `{"kind":"${kind}","head":${JSON.stringify(head)},"data":{${data}}}`,
        );
        return [body.head.status, body.data];
      };
      const rule = "must be an integer from -(2^53 - 1) to 2^53 - 1";
      const task = `"id":"none","version":${sent}`;
      expect(await ask("task.release", task)).toEqual([400, `Invalid request: version: ${rule}`]);
      expect(await ask("task.heartbeat", `"pid":"p","tasks":[{${task}}]`)).toEqual([
        400,
        `Invalid request: tasks.0.version: ${rule}`,
      ]);
      if (sent !== "null") {
        expect(await ask("task.search", `"limit":${sent}`)).toEqual([400, `Invalid request: limit: ${rule}`]);
      }
    },
  );

  it("below nothing is none that a deadline can be", async () => {
    expect(await create("never", "-1")).toEqual([400, "TimeoutAt must be a non-negative integer"]);
    expect(await create("never", "-9223372036854775808")).toEqual([400, "TimeoutAt must be a non-negative integer"]);
  });

  it("past 64 bits is no lease either; within them it lasts for ever", async () => {
    const rpc = rpcOf(door);
    const action = (id: string) => ({
      kind: "promise.create",
      head: {},
      data: { id, timeoutAt: 9e15, tags: { "resonate:target": "poll://any@g" } },
    });
    expect((await rpc("task.create", { pid: "p", ttl: 2 ** 64, action: action("long") })).status).toBe(400);
    const taken = await rpc("task.create", { pid: "p", ttl: 2 ** 63 - 1, action: action("long") });
    expect(taken.data.task.ttl).toBe(Number.MAX_SAFE_INTEGER);
    expect((await rpc("task.heartbeat", { pid: "p", tasks: [{ id: "long", version: 1 }] })).status).toBe(200);
  });
});
