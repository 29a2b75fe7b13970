/**
 * The requests of `protocol/rpc.md` 7 over the naive model: what each is answered, and what it leaves.
 *
 * @module
 */

import type { Answer, Birth, End, Hold, Request } from "./task-asked.ts";
import {
  type Happening,
  isOverdue,
  meet,
  newborn,
  offerOf,
  type PromiseOf,
  pendingAgain,
  put,
  settled,
  type TaskOf,
  toRecord,
  type World,
} from "./task-model.ts";

export interface Answered extends Happening {
  readonly answer: Answer;
}

export const toTask = ({ id, task }: PromiseOf): object | undefined => {
  if (task === undefined) {
    return undefined;
  }
  const { state, version, resumes, pid, ttl } = task;
  return { id, state, version, resumes, ...(pid !== undefined && { pid }), ...(ttl !== undefined && { ttl }) };
};

/** Answers a request whose clock says `now`. */
export function request(before: World, asked: Request, now: number): Answered {
  const world = meet(before, named(asked), now);
  const quietly = (answer: Answer, after = world): Answered => ({ world: after, offers: [], answer });
  switch (asked.kind) {
    case "create":
      return create(world, asked, now);
    case "task.create":
      return createTask(world, asked, now);
    case "get": {
      const found = world[asked.id];
      return quietly(found === undefined ? { fault: "promiseNotFound" } : { promise: toRecord(found) });
    }
    case "task.get": {
      const found = world[asked.id];
      return quietly(found?.task === undefined ? { fault: "taskNotFound" } : { task: toTask(found) as object });
    }
    case "settle":
      return world[asked.id] === undefined ? quietly({ fault: "promiseNotFound" }) : settle(world, asked, now);
    case "callback":
    case "listener":
      return register(world, asked);
    case "acquire": {
      const found = world[asked.id];
      if (found?.task === undefined) {
        return quietly({ fault: "taskNotFound" });
      }
      if (found.task.state !== "pending") {
        return quietly({ fault: "taskNotPending" });
      }
      return found.task.version === asked.version
        ? take(world, found, asked, now)
        : quietly({ fault: "taskVersionMismatch" });
    }
    case "halt":
    case "continue":
      return stopOrGo(world, asked, now);
    case "heartbeat":
      return quietly(
        {},
        asked.tasks.reduce((after, held) => renew(after, held, asked.pid, now), world),
      );
    default:
      return asHolder(world, asked, now);
  }
}

/** The promises that a request names: their time-outs are met. */
function named(asked: Request): string[] {
  switch (asked.kind) {
    case "callback":
      return [asked.awaited, asked.awaiter];
    case "listener":
      return [asked.awaited];
    case "suspend":
      return [asked.id, ...asked.awaited];
    case "fence.create":
    case "fence.settle":
      return [asked.id, asked.what.id];
    case "heartbeat":
      return [];
    default:
      return [asked.id];
  }
}

function create(world: World, birth: Birth, now: number): Answered {
  const found = world[birth.id];
  if (found !== undefined) {
    return { world, offers: [], answer: { promise: toRecord(found) } };
  }
  const { promise, isOffered } = newborn(birth, now);
  const offers = isOffered ? [offerOf(promise)] : [];
  return { world: put(world, promise), offers, answer: { promise: toRecord(promise) } };
}

function createTask(before: World, asked: Birth & { pid: string; ttl: number }, now: number): Answered {
  const world = before[asked.id] === undefined ? put(before, newborn(asked, now).promise) : before;
  const found = world[asked.id] as PromiseOf;
  switch (found.task?.state) {
    case undefined:
      return { world, offers: [], answer: { fault: "promiseWithoutTask" } };
    case "pending":
      return take(world, found, asked, now);
    case "fulfilled":
      return { world, offers: [], answer: { promise: toRecord(found), task: toTask(found) as object } };
    default:
      return { world, offers: [], answer: { fault: "taskExists" } };
  }
}

function take(world: World, found: PromiseOf, { pid, ttl }: { pid: string; ttl: number }, now: number): Answered {
  const { version, giveUps } = found.task as TaskOf;
  const leaseEndsAt = Math.max(now, found.createdAt) + ttl;
  const task: TaskOf = { state: "acquired", version: version + 1, resumes: 0, giveUps, pid, ttl, leaseEndsAt };
  const taken = { ...found, task };
  return {
    world: put(world, taken),
    offers: [],
    answer: { promise: toRecord(taken), task: toTask(taken) as object },
  };
}

/** Another server's clock may have been ahead when the promise was created: nothing ends before it begins. */
function settle(world: World, { id, verdict, value }: End, now: number): Answered {
  const found = world[id] as PromiseOf;
  const promise = found.state === "pending" ? settled(found, verdict, value, Math.max(now, found.createdAt)) : found;
  return { world: put(world, promise), offers: [], answer: { promise: toRecord(promise) } };
}

function register(world: World, asked: Extract<Request, { kind: "callback" | "listener" }>): Answered {
  const answered = (answer: Answer, after = world): Answered => ({ world: after, offers: [], answer });
  const awaited = world[asked.awaited];
  if (awaited === undefined) {
    return answered({ fault: "awaitedNotFound" });
  }
  const with_ = (set: readonly string[], one: string) => [...new Set([...set, one])].sort();
  if (asked.kind === "listener") {
    const waiting = { ...awaited, listeners: with_(awaited.listeners, asked.address) };
    return answered({ promise: toRecord(awaited) }, awaited.state === "pending" ? put(world, waiting) : world);
  }
  const awaiter = world[asked.awaiter];
  if (awaiter?.task === undefined) {
    return answered({ fault: awaiter === undefined ? "awaiterNotFound" : "awaiterWithoutTask" });
  }
  const waiting = { ...awaited, callbacks: with_(awaited.callbacks, asked.awaiter) };
  const isBothPending = awaited.state === "pending" && awaiter.state === "pending";
  return answered({ promise: toRecord(awaited) }, isBothPending ? put(world, waiting) : world);
}

function stopOrGo(world: World, { kind, id }: { kind: "halt" | "continue"; id: string }, now: number): Answered {
  const found = world[id];
  const answered = (answer: Answer, after = world, offers: string[] = []): Answered => ({
    world: after,
    offers,
    answer,
  });
  if (found?.task === undefined) {
    return answered({ fault: "taskNotFound" });
  }
  const { state, version, resumes, giveUps } = found.task;
  if (kind === "halt") {
    const halted = put(world, { ...found, task: { state: "halted", version, resumes, giveUps } });
    return state === "fulfilled" ? answered({ fault: "taskFulfilled" }) : answered({}, halted);
  }
  if (state !== "halted") {
    return answered({ fault: "taskNotHalted" });
  }
  const { promise, isOffered } = pendingAgain(found, Math.max(now, found.createdAt), 0);
  return answered({}, put(world, promise), isOffered ? [offerOf(promise)] : []);
}

/** A late heartbeat takes nothing back from an earlier one. */
function renew(world: World, { id, version }: Hold, pid: string, now: number): World {
  const found = world[id];
  const task = found?.task;
  const isHeld = task?.state === "acquired" && task.version === version && task.pid === pid;
  if (found === undefined || task === undefined || !isHeld || isOverdue(found, now)) {
    return world;
  }
  const leaseEndsAt = Math.max(task.leaseEndsAt ?? 0, now + (task.ttl ?? 0));
  return put(world, { ...found, task: { ...task, leaseEndsAt } });
}

type Holder = Extract<Request, { kind: "release" | "fulfill" | "suspend" | "fence.create" | "fence.settle" }>;

function asHolder(world: World, asked: Holder, now: number): Answered {
  const answered = (answer: Answer, after = world, offers: string[] = []): Answered => ({
    world: after,
    offers,
    answer,
  });
  const found = world[asked.id];
  const task = found?.task;
  if (found === undefined || task === undefined) {
    return answered({ fault: "taskNotFound" });
  }
  if (task.state !== "acquired" || task.version !== asked.version) {
    return answered({ fault: "taskNotHeld" });
  }
  const moment = Math.max(now, found.createdAt);
  switch (asked.kind) {
    case "release": {
      const { promise, isOffered } = pendingAgain(found, moment, task.giveUps + 1);
      return answered({}, put(world, promise), isOffered ? [offerOf(promise)] : []);
    }
    case "fulfill":
      return settle(world, asked, now);
    case "fence.create":
      return create(world, asked.what, moment);
    case "fence.settle":
      return world[asked.what.id] === undefined ? answered({}) : settle(world, asked.what, moment);
    case "suspend":
      return suspend(world, found, asked.awaited);
  }
}

function suspend(world: World, found: PromiseOf, ids: readonly string[]): Answered {
  const awaited = [...new Set(ids)].map((id) => world[id]);
  const task = found.task as TaskOf;
  if (awaited.includes(undefined)) {
    return { world, offers: [], answer: { fault: "awaitedNotFound" } };
  }
  if (awaited.some((each) => each?.state !== "pending")) {
    const after = put(world, { ...found, task: { ...task, resumes: 0 } });
    return { world: after, offers: [], answer: { isHeldStill: true } };
  }
  const asleep: PromiseOf = { ...found, task: { state: "suspended", version: task.version, resumes: 0, giveUps: 0 } };
  const waited = (awaited as PromiseOf[]).map((each) => ({
    ...each,
    callbacks: [...new Set([...each.callbacks, found.id])].sort(),
  }));
  return { world: waited.reduce(put, put(world, asleep)), offers: [], answer: {} };
}
