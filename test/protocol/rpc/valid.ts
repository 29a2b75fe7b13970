/** A request of each kind that is in order, with no member that could be left out. */

import { action, target } from "./lives.ts";

export type Data = Readonly<Record<string, unknown>>;

const held = { id: "a", version: 0 };
const lease = { pid: "p", ttl: 1 };
const schedule = { id: "a", cron: "@daily", promiseId: "x", promiseTimeout: 1, promiseTags: target };

export const valid: ReadonlyMap<string, Data> = new Map<string, Data>([
  ["promise.get", { id: "a" }],
  ["promise.create", { id: "a", timeoutAt: 1 }],
  ["promise.settle", { id: "a", state: "resolved" }],
  ["promise.register_callback", { awaited: "a", awaiter: "b" }],
  ["promise.register_listener", { awaited: "a", address: "poll://any@g" }],
  ["promise.search", {}],
  ["task.get", { id: "a" }],
  ["task.create", { ...lease, action: action({ id: "b", timeoutAt: 1, tags: target }) }],
  ["task.acquire", { ...held, ...lease }],
  ["task.release", held],
  ["task.fulfill", { ...held, action: action({ id: "a", state: "rejected_canceled" }) }],
  ["task.suspend", { ...held, actions: [action({ awaited: "b", awaiter: "a" })] }],
  ["task.fence", { ...held, action: { kind: "promise.create", data: { id: "b", timeoutAt: 1 } } }],
  ["task.heartbeat", { pid: "p", tasks: [held] }],
  ["task.halt", { id: "a" }],
  ["task.continue", { id: "a" }],
  ["task.search", {}],
  ["schedule.get", { id: "a" }],
  ["schedule.create", schedule],
  ["schedule.delete", { id: "a" }],
  ["schedule.search", {}],
]);

/** The fenced settlement, as the other fenced request there is. */
export const fencedSettlement: Data = {
  ...held,
  action: { kind: "promise.settle", data: { id: "b", state: "resolved" } },
};

/** A request with some members in place of others, by their paths; undefined takes one out. */
export function but(data: Data, changes: Data): Data {
  const changed = structuredClone(data) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split("/");
    const last = steps.pop() as string;
    let place = changed;
    for (const step of steps) {
      place[step] ??= {};
      place = place[step] as Record<string, unknown>;
    }
    place[last] = value;
  }
  return changed;
}

/** The paths of all members but those of maps. */
export const pathsOf = (data: unknown): readonly string[] =>
  typeof data === "object" && data !== null
    ? Object.entries(data).flatMap(([name, value]) =>
        name === "tags" || name === "promiseTags" ? [] : [name, ...pathsOf(value).map((rest) => `${name}/${rest}`)],
      )
    : [];
