/** What is wrong with a request, in the words that clients know (`protocol/rpc.md` 2). */

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Door, openDoor } from "../../support/door.ts";
import { openSqlite } from "../../support/stores.ts";
import { type Rpc, rpcOf } from "./asking.ts";
import { but, type Data, fencedSettlement, pathsOf, valid } from "./valid.ts";

let door: Door;
let rpc: Rpc;

beforeAll(async () => {
  door = await openDoor(openSqlite);
  rpc = rpcOf(door);
});
afterAll(() => door.close());

const requests: readonly (readonly [kind: string, data: Data])[] = [
  ...valid,
  ["task.fence", fencedSettlement],
  ["promise.create", but(valid.get("promise.create") as Data, { param: { data: "d", headers: { h: "v" } } })],
  ["promise.search", { state: "pending", limit: 1, cursor: "x" }],
  ["task.search", { state: "halted", limit: 1_000, cursor: "x" }],
  ["schedule.search", { limit: 1, cursor: "x" }],
];

/** Members that may be left out, or be null. */
const isOptional = (path: string) => /^(param|state|limit|cursor)(\/|$)/.test(path);
const mayBeNull = (path: string) => /^(param\/(data|headers)|state|limit|cursor)$/.test(path);

const members = requests.flatMap(([kind, data]) =>
  pathsOf(data)
    .filter((path) => !/\/\d+$|headers\/h/.test(path))
    .map((path) => ({ kind, data, path })),
);

const complaintOf = (kind: string, path: string) =>
  kind === "task.fence" && path.startsWith("action/data")
    ? `Invalid action data: ${path.slice("action/data/".length).replaceAll("/", ".") || "data"}: `
    : `Invalid request: ${path.replaceAll("/", ".")}: `;

describe("A member", () => {
  const isNeeded = ({ kind, path }: { kind: string; path: string }) =>
    !(isOptional(path) && /search|promise.create/.test(kind));

  it.each(members.filter(isNeeded))("$path of $kind must be there", async ({ kind, data, path }) => {
    const reply = await rpc(kind, but(data, { [path]: undefined }));
    expect(reply).toEqual({ status: 400, data: expect.stringContaining(complaintOf(kind, path)) });
  });

  it.each(members)("$path of $kind must be of its type", async ({ kind, data, path }) => {
    for (const other of [true, 0.5, []]) {
      const reply = await rpc(kind, but(data, { [path]: other }));
      const isList = Array.isArray(other) && /^(tasks|actions)$/.test(path);
      expect(reply).toEqual(
        isList
          ? { status: path === "tasks" ? 200 : 400, data: expect.anything() }
          : { status: 400, data: expect.stringContaining(complaintOf(kind, path)) },
      );
    }
  });

  it.each(members)("$path of $kind is null only where that is the same as absent", async ({ kind, data, path }) => {
    const { status } = await rpc(kind, but(data, { [path]: null }));
    const isFine = mayBeNull(path) && isNeeded({ kind, path }) === false;
    expect(status === 400).toBe(!isFine);
  });
});

describe("A request", () => {
  it.each(requests)("%s that is in order is not refused as one that is not", async (kind, data) => {
    expect((await rpc(kind, data)).status).not.toBe(400);
  });

  it.each(requests)("%s may have members that nobody knows", async (kind, data) => {
    const given = but(data, {
      unknown: [null],
      ...(data["action"] === undefined ? {} : { "action/data/unknown": {} }),
    });
    expect((await rpc(kind, given)).status).not.toBe(400);
  });

  it.each([
    ["promise.create", "tags", null],
    ["promise.create", "tags", { a: 1 }],
    ["promise.create", "tags", []],
    ["promise.create", "param/headers", { a: null }],
    ["promise.settle", "value", null],
    ["promise.settle", "value/data", {}],
    ["promise.settle", "state", "pending"],
    ["promise.settle", "state", "rejected_timedout"],
    ["promise.settle", "state", "RESOLVED"],
    ["task.fulfill", "action/data/state", "pending"],
    ["promise.search", "state", "x"],
    ["promise.search", "tags", { a: 1 }],
    ["task.search", "state", "resolved"],
    ["schedule.create", "promiseTags", null],
    ["schedule.create", "promiseParam", null],
    ["schedule.create", "timezone", 7],
  ])("%s cannot have %s be %j", async (kind, path, value) => {
    const { status, data } = await rpc(kind, but(valid.get(kind) as Data, { [path]: value }));
    expect([status, data]).toEqual([400, expect.stringMatching(/^Invalid request: /)]);
  });

  it.each([
    ["task.create", { "action/kind": "x" }],
    ["task.fulfill", { "action/kind": "x", "action/head": { corrId: 7 } }],
    ["task.suspend", { "actions/0/kind": "" }],
    ["task.fence", { "action/head": null }],
    ["task.fence", { "action/head": { corrId: 7, version: "x" } }],
    ["task.heartbeat", { tasks: [] }],
    [
      "task.heartbeat",
      {
        tasks: [
          { id: "a.b", version: 1 },
          { id: "c", version: 9 },
        ],
      },
    ],
    ["promise.create", { tags: { "resonate:origin": "x.y", "resonate:parent": "z", "resonate:prefix": "." } }],
    ["schedule.create", { id: "with.dots" }],
  ])("%s is taken with %j, which some of its clients send", async (kind, changes) => {
    expect((await rpc(kind, but(valid.get(kind) as Data, changes))).status).not.toBe(400);
  });
});

const targeted = (address: string) => ({ "tags/resonate:target": address });
const delayed = (delay: string, tags: object = { "resonate:target": "poll://any@g" }) => ({
  timeoutAt: 100,
  tags: { ...tags, "resonate:delay": delay },
});

const ids = ["promise.get", "promise.create", "promise.settle"] as const;
const taskIds = ["task.get", "task.acquire", "task.release", "task.halt", "task.continue"] as const;
const searches = ["promise.search", "task.search", "schedule.search"] as const;

const broken: readonly (readonly [kind: string, changes: Data, message: string])[] = [
  ...ids.map((kind) => [kind, { id: "" }, "Promise ID is required"] as const),
  ["task.fulfill", { "action/data/id": "" }, "Promise ID is required"],
  ["task.create", { "action/data/id": "" }, "Promise ID is required"],
  ["task.fence", { "action/data/id": "" }, "Promise ID is required"],
  ["promise.create", { timeoutAt: -1 }, "TimeoutAt must be a non-negative integer"],
  ["task.create", { "action/data/timeoutAt": -1 }, "TimeoutAt must be a non-negative integer"],
  ["task.fence", { "action/data/timeoutAt": -1 }, "TimeoutAt must be a non-negative integer"],
  ["promise.create", { id: "a\0" }, "Promise ID must not contain null bytes"],
  ...["", "default", "local://x", "nats://x", "poll://g", "poll://ANY@g", "poll://any@", "poll://all@g", "//x"].flatMap(
    (address) => [
      ["promise.create", targeted(address), "Invalid resonate:target address"] as const,
      ["task.create", { "action/data/tags/resonate:target": address }, "Invalid resonate:target address"] as const,
      ["task.fence", { "action/data/tags/resonate:target": address }, "Invalid resonate:target address"] as const,
      [
        "promise.register_listener",
        { address },
        address === "" ? "Address is required" : "Invalid listener address",
      ] as const,
    ],
  ),
  ...["", "-1", "1.5", "x", "1e3", " 1"].map(
    (delay) => ["promise.create", delayed(delay), "resonate:delay must be a non-negative integer"] as const,
  ),
  ["promise.create", delayed("100"), "resonate:delay must be less than timeoutAt"],
  ["promise.create", delayed("99", {}), "resonate:delay requires a resonate:target tag"],
  ["promise.register_callback", { awaited: "" }, "Awaited promise ID is required"],
  ["promise.register_callback", { awaiter: "" }, "Awaiter promise ID is required"],
  ["promise.register_callback", { awaited: "b" }, "Awaited and awaiter must be different promises"],
  ["promise.register_listener", { awaited: "" }, "Awaited promise ID is required"],
  ...taskIds.map((kind) => [kind, { id: "" }, "Task ID is required"] as const),
  ...["task.fulfill", "task.suspend", "task.fence"].map((kind) => [kind, { id: "" }, "Task ID is required"] as const),
  ["task.heartbeat", { "tasks/0/id": "" }, "Task ID is required"],
  ...["task.acquire", "task.release", "task.fulfill", "task.suspend", "task.fence"].map(
    (kind) => [kind, { version: -1 }, "Version must be a non-negative integer"] as const,
  ),
  ["task.heartbeat", { "tasks/0/version": -1 }, "Version must be a non-negative integer"],
  ...["task.create", "task.acquire", "task.heartbeat"].map(
    (kind) => [kind, { pid: "" }, "Process ID is required"] as const,
  ),
  ...["task.create", "task.acquire"].map((kind) => [kind, { ttl: 0 }, "TTL must be a positive integer"] as const),
  ["task.create", { "action/data/tags": undefined }, "Action must have a resonate:target tag"],
  ["task.create", { "action/data/tags/resonate:delay": "0" }, "Action must not have a resonate:delay tag"],
  ["task.suspend", { actions: [] }, "Actions array cannot be empty"],
  ["task.suspend", { "actions/0/data/awaiter": "c" }, "All action awaiter IDs must match the task ID"],
  ["task.suspend", { "actions/0/data/awaited": "" }, "Awaited promise ID is required"],
  ["task.suspend", { "actions/0/data/awaiter": "" }, "Awaiter promise ID is required"],
  ["task.suspend", { "actions/0/data/awaited": "a" }, "Awaited and awaiter must be different promises"],
  ["task.fulfill", { "action/data/id": "b" }, "Action ID must match the task ID"],
  ["task.fence", { "action/data/id": "a" }, "Action ID must not equal the task ID"],
  ...["", "promise.get", "task.create", "constructor"].map(
    (kind) => ["task.fence", { "action/kind": kind }, "Invalid fence action kind"] as const,
  ),
  ...["schedule.get", "schedule.create", "schedule.delete"].map(
    (kind) => [kind, { id: "" }, "Schedule ID is required"] as const,
  ),
  ["schedule.create", { cron: "" }, "Cron expression is required"],
  ...["x", "61 * * * *", "* * * *"].map((cron) => ["schedule.create", { cron }, "Invalid cron expression"] as const),
  ["schedule.create", { promiseId: "" }, "Promise ID template is required"],
  ["schedule.create", { promiseTimeout: -1 }, "Promise timeout must be a non-negative integer"],
  ["schedule.create", { promiseTags: {} }, "promiseTags must include a resonate:target tag"],
  ...searches.map((kind) => [kind, { limit: 0 }, "Limit must be a positive integer"] as const),
  ...searches.map((kind) => [kind, { limit: 1_001 }, "Invalid 'limit' — must be between 1 and 1000"] as const),
];

describe("A rule", () => {
  it.each(broken)("of %s that %j breaks is told: %s", async (kind, changes, message) => {
    expect(await rpc(kind, but(valid.get(kind) as Data, changes))).toEqual({ status: 400, data: message });
  });

  it("is told beside the others that are broken, and those between fields only when no other is", async () => {
    const create = valid.get("task.create") as Data;
    const { data } = await rpc("task.create", but(create, { pid: "", ttl: 0, "action/data/tags": {} }));
    expect(data).toBe("Process ID is required; TTL must be a positive integer");
  });

  it("is told before what is or is not there", async () => {
    const settle = {
      id: "nowhere",
      version: 5,
      action: { kind: "promise.settle", data: { id: "", state: "resolved" } },
    };
    expect(await rpc("task.fence", settle)).toEqual({ status: 400, data: "Promise ID is required" });
    expect(await rpc("task.fence", but(settle, { "action/data/id": "b" }))).toEqual({
      status: 404,
      data: "Task not found",
    });
  });
});
