/**
 * Requests of the simulation in the words of the RPC door, and its answers in the simulation's.
 *
 * @module
 */

import type { Answer, Birth, End, Request } from "./task-asked.ts";

const inner = (kind: string, data: object) => ({ kind, head: {}, data });
const toBirth = ({ id, timeoutAt, param, tags }: Birth) => ({ id, timeoutAt, param, tags });
const toEnd = ({ id, verdict, value }: End) => ({ id, state: verdict, value });

/** The kind of a request, and its data. */
export function toRpc(asked: Request): { readonly kind: string; readonly data: object } {
  switch (asked.kind) {
    case "create":
      return { kind: "promise.create", data: toBirth(asked) };
    case "settle":
      return { kind: "promise.settle", data: toEnd(asked) };
    case "get":
      return { kind: "promise.get", data: { id: asked.id } };
    case "callback":
      return { kind: "promise.register_callback", data: { awaited: asked.awaited, awaiter: asked.awaiter } };
    case "listener":
      return { kind: "promise.register_listener", data: { awaited: asked.awaited, address: asked.address } };
    case "task.get":
      return { kind: "task.get", data: { id: asked.id } };
    case "task.create": {
      const { pid, ttl } = asked;
      return { kind: "task.create", data: { pid, ttl, action: inner("promise.create", toBirth(asked)) } };
    }
    case "fulfill": {
      const { id, version } = asked;
      return { kind: "task.fulfill", data: { id, version, action: inner("promise.settle", toEnd(asked)) } };
    }
    case "suspend": {
      const { id, version } = asked;
      const actions = asked.awaited.map((awaited) => inner("promise.register_callback", { awaited, awaiter: id }));
      return { kind: "task.suspend", data: { id, version, actions } };
    }
    case "fence.create":
    case "fence.settle": {
      const { id, version } = asked;
      const action =
        asked.kind === "fence.create"
          ? inner("promise.create", toBirth(asked.what))
          : inner("promise.settle", toEnd(asked.what));
      return { kind: "task.fence", data: { id, version, action } };
    }
    case "acquire":
    case "release":
    case "heartbeat":
    case "halt":
    case "continue": {
      const { kind, ...data } = asked;
      return { kind: `task.${kind}`, data };
    }
  }
}

/** What this service tells beside the protocol, which the simulation does not judge. */
const withoutGiveUps = ({ giveUps: _, ...task }: { giveUps?: number }): object => task;

/** Refusals, by what is said of them. */
const faults: Readonly<Record<string, string>> = {
  "Promise not found": "promiseNotFound",
  "Task not found": "taskNotFound",
  "Awaited promise not found": "awaitedNotFound",
  "Awaiter promise not found": "awaiterNotFound",
  "Awaiter promise has no resonate:target tag": "awaiterWithoutTask",
  "The promise does not have a resonate:target tag": "promiseWithoutTask",
  "Already exists": "taskExists",
  "Task is not pending": "taskNotPending",
  "Task version mismatch or invalid state": "taskNotHeld",
  "Task is not acquired or version mismatch": "taskNotHeld",
  "Task is fulfilled": "taskFulfilled",
  "Task is not halted": "taskNotHalted",
};

/** Two kinds use the same words for different faults. */
const versionMismatch = ({ kind }: Request): string => (kind === "acquire" ? "taskVersionMismatch" : "taskNotHeld");

/** @throws Error where an answer is none that the simulation knows. */
export function fromRpc(asked: Request, status: number, data: unknown): Answer {
  if (status === 300) {
    return { isHeldStill: true };
  }
  if (status !== 200) {
    const fault = data === "Version mismatch" ? versionMismatch(asked) : faults[String(data)];
    if (fault === undefined) {
      throw new Error(`${JSON.stringify(asked)} is answered ${status} ${JSON.stringify(data)}`);
    }
    return { fault };
  }
  const told = data as { promise?: object; task?: object; action?: { head: { status: number }; data: object } };
  if (told.action !== undefined) {
    return told.action.head.status === 200 ? (told.action.data as Answer) : {};
  }
  return {
    ...(told.promise !== undefined && { promise: told.promise }),
    ...(told.task !== undefined && { task: withoutGiveUps(told.task) }),
  };
}
