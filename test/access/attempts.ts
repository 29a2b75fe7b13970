/**
 * Everything that one may try with an id through either door, the id standing in each place where one may stand.
 * Whatever else such a request names is the caller's own.
 */

import type { Answer, Guarded } from "./guarded.ts";

type Try = (guarded: Guarded, credential: string, id: string) => Promise<Answer>;

/** What the caller under test may name. */
export const own = "mine/";

const later = 9_000_000_000_000;
const held = { id: "mine/w", version: 1 };
const head = { corrId: "inner", version: "2026-04-01" };
const target = { "resonate:target": "poll://any@g" };

const action = (kind: string, data: object) => ({ kind, head, data });
const creation = (id: string, tags: object = {}) => action("promise.create", { id, timeoutAt: later, tags });
const composed = (id: string) =>
  creation("mine/n", { "resonate:composite": JSON.stringify({ of: ["mine/m", id], need: 1, missing: "create" }) });
const wait = (awaited: string, awaiter: string) => action("promise.register_callback", { awaited, awaiter });

const rpc =
  (kind: string, toData: (id: string) => object): Try =>
  (guarded, credential, id) =>
    guarded.rpc(credential, kind, toData(id));

const rest =
  (method: string, toPath: (id: string) => string, toBody?: (id: string) => object): Try =>
  (guarded, credential, id) =>
    guarded.ask(credential, method, toPath(encodeURIComponent(id)), toBody?.(id));

const scheduled = (id: string, promiseId: string) => ({
  id,
  promiseId,
  cron: "* * * * *",
  promiseTimeout: 1_000,
  promiseTags: target,
});

export const attempts: readonly (readonly [name: string, attempt: Try])[] = [
  ["promise.get", rpc("promise.get", (id) => ({ id }))],
  ["promise.create", rpc("promise.create", (id) => creation(id).data)],
  ["promise.create of a composite with it", rpc("promise.create", (id) => composed(id).data)],
  ["promise.settle", rpc("promise.settle", (id) => ({ id, state: "resolved" }))],
  ["promise.register_callback on it", rpc("promise.register_callback", (id) => ({ awaited: id, awaiter: "mine/w" }))],
  ["promise.register_callback for it", rpc("promise.register_callback", (id) => ({ awaited: "mine/p", awaiter: id }))],
  ["promise.register_listener", rpc("promise.register_listener", (id) => ({ awaited: id, address: "poll://any@g" }))],
  ["task.get", rpc("task.get", (id) => ({ id }))],
  ["task.create", rpc("task.create", (id) => ({ pid: "p", ttl: 1_000, action: creation(id, target) }))],
  ["task.acquire", rpc("task.acquire", (id) => ({ id, version: 0, pid: "p", ttl: 1_000 }))],
  ["task.release", rpc("task.release", (id) => ({ id, version: 1 }))],
  [
    "task.fulfill",
    rpc("task.fulfill", (id) => ({ id, version: 1, action: action("promise.settle", { id, state: "resolved" }) })),
  ],
  ["task.suspend on it", rpc("task.suspend", (id) => ({ ...held, actions: [wait(id, "mine/w")] }))],
  [
    "task.suspend on it among others",
    rpc("task.suspend", (id) => ({ ...held, actions: [wait("mine/p", "mine/w"), wait(id, "mine/w")] })),
  ],
  ["task.suspend of it", rpc("task.suspend", (id) => ({ id, version: 1, actions: [wait("mine/p", id)] }))],
  ["task.fence by it", rpc("task.fence", (id) => ({ id, version: 1, action: creation("mine/n") }))],
  ["task.fence that creates it", rpc("task.fence", (id) => ({ ...held, action: creation(id) }))],
  ["task.fence that creates a composite with it", rpc("task.fence", (id) => ({ ...held, action: composed(id) }))],
  [
    "task.fence that settles it",
    rpc("task.fence", (id) => ({ ...held, action: action("promise.settle", { id, state: "resolved" }) })),
  ],
  ["task.heartbeat", rpc("task.heartbeat", (id) => ({ pid: "p", tasks: [{ id, version: 1 }] }))],
  ["task.heartbeat among others", rpc("task.heartbeat", (id) => ({ pid: "p", tasks: [held, { id, version: 1 }] }))],
  ["task.halt", rpc("task.halt", (id) => ({ id }))],
  ["task.continue", rpc("task.continue", (id) => ({ id }))],
  ["schedule.get", rpc("schedule.get", (id) => ({ id }))],
  ["schedule.create", rpc("schedule.create", (id) => scheduled(id, "mine/p"))],
  ["schedule.create of its promises", rpc("schedule.create", (id) => scheduled("mine/s", `${id}.{{.timestamp}}`))],
  ["schedule.create of it alone", rpc("schedule.create", (id) => scheduled("mine/s", id))],
  ["schedule.delete", rpc("schedule.delete", (id) => ({ id }))],
  ["GET /promises/:id", rest("GET", (id) => `/promises/${id}`)],
  ["HEAD /promises/:id", rest("HEAD", (id) => `/promises/${id}`)],
  [
    "POST /promises",
    rest(
      "POST",
      () => "/promises",
      (id) => ({ id, timeout: later }),
    ),
  ],
  [
    "POST /promises of a composite with it",
    rest(
      "POST",
      () => "/promises",
      (id) => ({ id: "mine/n", timeout: later, composite: { of: ["mine/p", { id }], need: 1 } }),
    ),
  ],
  [
    "POST /promises of a composite with the tag",
    rest(
      "POST",
      () => "/promises",
      (id) => ({ ...composed(id).data, timeout: later }),
    ),
  ],
  [
    "PATCH /promises/:id",
    rest(
      "PATCH",
      (id) => `/promises/${id}`,
      () => ({ state: "RESOLVED" }),
    ),
  ],
  [
    "POST /promises/subscribe/:id",
    rest(
      "POST",
      (id) => `/promises/subscribe/${id}`,
      () => ({ id: "s", timeout: later, recv: "poll://any@g" }),
    ),
  ],
  [
    "POST /promises/:id/links",
    rest(
      "POST",
      (id) => `/promises/${id}/links`,
      () => ({ outcomes: ["resolve"] }),
    ),
  ],
  [
    "POST /links",
    rest(
      "POST",
      (id) => `/links?promiseId=${id}`,
      () => ({ outcomes: ["resolve"] }),
    ),
  ],
  ["GET /links", rest("GET", (id) => `/links?promiseId=${id}`)],
  ["GET /deliveries", rest("GET", (id) => `/deliveries?promiseId=${id}`)],
  ["DELETE /links", rest("DELETE", (id) => `/links?promiseId=${id}&id=0001`)],
  ["GET /promises?id=", rest("GET", (id) => `/promises?id=${id}`)],
  ["GET /promises?id=…*", rest("GET", (id) => `/promises?id=${id}*`)],
  ["GET /schedules/:id", rest("GET", (id) => `/schedules/${id}`)],
  ["DELETE /schedules/:id", rest("DELETE", (id) => `/schedules/${id}`)],
  [
    "POST /schedules",
    rest(
      "POST",
      () => "/schedules",
      (id) => scheduled(id, "mine/p"),
    ),
  ],
  [
    "POST /schedules of its promises",
    rest(
      "POST",
      () => "/schedules",
      (id) => scheduled("mine/s", `${id}.{{.timestamp}}`),
    ),
  ],
  ["GET /schedules?id=", rest("GET", (id) => `/schedules?id=${id}`)],
  ["GET /schedules?id=…*", rest("GET", (id) => `/schedules?id=${id}*`)],
];

export const secret = "what nobody else may read";

/** A promise, a task that is held, and a schedule under each of these ids, all with the secret in them. */
export async function settle(guarded: Guarded, admin: string, ids: readonly string[]): Promise<void> {
  const param = { data: secret };
  for (const id of ids) {
    const made = await guarded.rpc(admin, "task.create", {
      pid: "p",
      ttl: 60_000,
      action: action("promise.create", { id, timeoutAt: later, param, tags: { ...target, secret } }),
    });
    const planned = await guarded.rpc(admin, "schedule.create", { ...scheduled(id, `${id}.run`), promiseParam: param });
    if (made.status !== 200 || planned.status !== 200) {
      throw new Error(`${id} was not made: ${made.text} ${planned.text}`);
    }
  }
}
