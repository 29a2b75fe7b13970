/**
 * The published tables, asked of a service over the network: its clock is its own, so that what is timed out was born so.
 *
 * @module
 */

import { expect } from "vitest";
import { type Case, cases, expectedOf, type Key } from "../protocol/transition-table.ts";
import type { RpcReply } from "../support/rpc.ts";

interface Reply {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: a test says what it expects of an answer
  readonly body: any;
}

type Ask = (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Reply>;
type Call = (kind: string, data: object) => Promise<RpcReply>;

const far = 4_102_444_800_000;
const atOnceMax = 8;
const states = { resolve: "RESOLVED", reject: "REJECTED", cancel: "REJECTED_CANCELED" } as const;

const headersOf = (purpose: "create" | "complete", key: Key, strict?: boolean): Record<string, string> => ({
  ...(key !== "none" && { "idempotency-key": `${purpose}-${key}` }),
  ...(strict !== undefined && { strict: String(strict) }),
});

/** Every case of the REST table (`protocol/rest.md` 4). The cases that were not answered as it says. */
export async function flawsOfTransitions(ask: Ask, front: string): Promise<string[]> {
  const waiting = [...cases.entries()];
  const flaws: string[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [number, each] = next;
      flaws.push(...(await flawsOfCase(ask, `${front}/${number}`, each)));
    }
  };
  await Promise.all(Array.from({ length: atOnceMax }, work));
  return flaws;
}

async function flawsOfCase(ask: Ask, id: string, each: Case): Promise<string[]> {
  const { request, stored, createKey, completeKey, sentKey, strict } = each;
  const create = (data: string, timeout: number, headers: Record<string, string>) =>
    ask("POST", "/promises", { id, timeout, param: { data } }, headers);
  const complete = (state: string, data: string, headers: Record<string, string>) =>
    ask("PATCH", `/promises/${id}`, { state, value: { data } }, headers);
  if (stored !== "none") {
    await create("first", stored === "REJECTED_TIMEDOUT" ? 1 : far, headersOf("create", createKey));
  }
  if (stored !== "none" && stored !== "PENDING" && stored !== "REJECTED_TIMEDOUT") {
    await complete(stored, "first", headersOf("complete", completeKey));
  }
  const reply =
    request === "create"
      ? await create("second", far, headersOf("create", sentKey, strict))
      : await complete(states[request], "second", headersOf("complete", sentKey, strict));
  const read = await ask("GET", `/promises/${id}`);
  const expected = expectedOf(each);
  const found = {
    status: reply.status,
    code: reply.body.error?.code,
    state: read.body.state ?? "none",
    value: read.body.value?.data,
  };
  const completesNow = expected.status === 201 && request !== "create";
  const isValued = Object.values<string>(states).includes(expected.state);
  const wanted = {
    status: expected.status,
    code: expected.code,
    state: expected.state,
    value: isValued ? (completesNow ? "second" : "first") : undefined,
  };
  return JSON.stringify(found) === JSON.stringify(wanted)
    ? []
    : [`${JSON.stringify(each)}: ${JSON.stringify(found)} instead of ${JSON.stringify(wanted)}`];
}

/** One life of a task through the RPC door, each status and refusal as the protocol says (`protocol/rpc.md` 7, 21). */
export async function expectGoldenLife(call: Call, w: string): Promise<void> {
  const expectStatus = async (status: number, kind: string, data: object, said?: unknown) => {
    const reply = await call(kind, data);
    expect([kind, reply.status, said === undefined || reply.data]).toEqual([kind, status, said ?? true]);
    return reply.data;
  };
  const tags = { "resonate:target": `poll://any@${w}` };
  const [first, second] = [`${w}:0`, `${w}:1`];
  const action = (kind: string, data: object) => ({ kind, head: {}, data });
  const awaiting = (version: number, ...ids: string[]) => ({
    id: w,
    version,
    actions: ids.map((awaited) => action("promise.register_callback", { awaited, awaiter: w })),
  });
  const born = { id: w, timeoutAt: far, tags };

  await expectStatus(404, "promise.get", { id: w }, "Promise not found");
  await expectStatus(404, "task.get", { id: w }, "Task not found");
  await expectStatus(200, "promise.create", born);
  await expectStatus(200, "promise.create", { ...born, timeoutAt: 1 });
  await expectStatus(409, "task.acquire", { id: w, version: 1, pid: "a", ttl: 60_000 }, "Version mismatch");
  await expectStatus(200, "task.acquire", { id: w, version: 0, pid: "a", ttl: 60_000 });
  await expectStatus(409, "task.acquire", { id: w, version: 1, pid: "a", ttl: 60_000 }, "Task is not pending");
  await expectStatus(200, "task.release", { id: w, version: 1 }, {});
  const taken = await expectStatus(200, "task.create", {
    pid: "b",
    ttl: 60_000,
    action: action("promise.create", born),
  });
  expect(taken.task).toMatchObject({ id: w, state: "acquired", version: 2, pid: "b", ttl: 60_000, resumes: 0 });
  await expectStatus(
    409,
    "task.create",
    { pid: "b", ttl: 60_000, action: action("promise.create", born) },
    "Already exists",
  );
  await expectStatus(200, "task.heartbeat", { pid: "b", tasks: [{ id: w, version: 2 }] }, {});
  await expectStatus(200, "task.heartbeat", { pid: "b", tasks: [] }, {});
  await expectStatus(422, "task.suspend", awaiting(2, first), "Awaited promise not found");
  for (const id of [first, second]) {
    const fence = { id: w, version: 2, action: action("promise.create", { id, timeoutAt: far }) };
    expect((await expectStatus(200, "task.fence", fence)).action.head.status).toBe(200);
  }
  await expectStatus(
    409,
    "task.fence",
    { id: w, version: 1, action: action("promise.create", { id: `${w}:2`, timeoutAt: far }) },
    "Version mismatch",
  );
  await expectStatus(200, "task.suspend", awaiting(2, first, first, second), {});
  await expectStatus(200, "promise.settle", { id: first, state: "resolved" });
  await expect
    .poll(async () => (await call("task.get", { id: w })).data.task, { timeout: 15_000 })
    .toMatchObject({
      state: "pending",
      version: 2,
      resumes: 1,
    });
  await expectStatus(200, "task.acquire", { id: w, version: 2, pid: "a", ttl: 60_000 });
  await expectStatus(300, "task.suspend", awaiting(3, first));
  await expectStatus(200, "task.halt", { id: w }, {});
  await expectStatus(200, "task.halt", { id: w }, {});
  await expectStatus(200, "task.continue", { id: w }, {});
  await expectStatus(409, "task.continue", { id: w }, "Task is not halted");
  await expectStatus(200, "task.acquire", { id: w, version: 3, pid: "a", ttl: 60_000 });
  const verdict = action("promise.settle", { id: w, state: "resolved", value: { data: "R" } });
  await expectStatus(200, "task.fulfill", { id: w, version: 4, action: verdict });
  await expectStatus(
    409,
    "task.fulfill",
    { id: w, version: 4, action: verdict },
    "Task version mismatch or invalid state",
  );
  const settled = await expectStatus(200, "promise.settle", { id: w, state: "rejected" });
  expect(settled.promise).toMatchObject({ state: "resolved", value: { data: "R" } });
  await expectStatus(409, "task.halt", { id: w }, "Task is fulfilled");
  await expectStatus(400, "task.nothing", {}, "Unknown operation: task.nothing");
  await expectStatus(403, "debug.reset", {}, "Debug operations are disabled");
}
