/**
 * What holds of every stored task and of all that wait, and of every two states of the store that follow each other by
 * one write (`protocol/rpc.md` 17, whose numbers these are).
 *
 * @module
 */

import { hasTask, type PromiseImage, type TaskImage } from "#lib/core/index.ts";
import { type Clock, type Images, isTimer, named, type Rules, violations } from "./invariants.ts";

/** Everything that is stored of promises. */
export interface Stored {
  readonly images: Images;
  /** Who waits for each promise, wherever that stands; one that stands in two places is here twice. */
  readonly callbacks: ReadonlyMap<string, readonly string[]>;
  readonly listeners: ReadonlyMap<string, readonly string[]>;
  /** Messages for listeners, as `promise address`. */
  readonly news: ReadonlySet<string>;
}

export const nothingStored: Stored = {
  images: new Map(),
  callbacks: new Map(),
  listeners: new Map(),
  news: new Set(),
};

const none: readonly string[] = [];

/** The invariants that do not hold of a write; mostly none. */
export function taskViolations(before: Stored, after: Stored, clock: Clock, isBackground: boolean): string[] {
  return [
    ...violations(before.images, after.images, clock),
    ...[...after.images.values()].flatMap((image) => [
      ...named(image.id, ofWaiters(image, after)),
      ...named(image.id, ofChangedWaiters(image, before, after, clock)),
      ...(hasTask(image) ? named(image.id, ofTask(image, after, clock)) : []),
      ...(hasTask(image) ? named(image.id, ofTaskStep(image, before, after, clock)) : []),
      ...(hasTask(image) && isBackground ? named(image.id, ofBackground(before.images.get(image.id), image)) : []),
    ]),
  ];
}

const isSet = (field: unknown): boolean => field !== undefined;

function ofWaiters({ id, tags, taskState }: PromiseImage, { images, callbacks, listeners }: Stored): Rules {
  const awaiters = callbacks.get(id) ?? none;
  const addresses = listeners.get(id) ?? none;
  return {
    "11 awaits not itself": !awaiters.includes(id),
    "12 each waiter once": new Set(awaiters).size + new Set(addresses).size === awaiters.length + addresses.length,
    "22 a task exactly where there is a target": isSet(taskState) === isSet(tags["resonate:target"]),
    "27 every awaiter has a task": awaiters.every((awaiter) => isSet(images.get(awaiter)?.taskState)),
  };
}

function ofChangedWaiters({ id, state }: PromiseImage, before: Stored, after: Stored, { now }: Clock): Rules {
  const was = before.images.get(id);
  const gone = (all: "callbacks" | "listeners") => without(before[all].get(id), after[all].get(id));
  const come = (all: "callbacks" | "listeners") => without(after[all].get(id), before[all].get(id));
  const isSettled = was !== undefined && was.state !== "pending";
  const isResumed = (awaiter: string) => {
    const [earlier, image] = [before.images.get(awaiter), after.images.get(awaiter)];
    return (
      image === undefined || image.state !== "pending" || now >= image.timeoutAt || resumes(image) > resumes(earlier)
    );
  };
  return {
    "9 nobody waits at birth": isSet(was) || come("callbacks").length + come("listeners").length === 0,
    "39 waiters come only while it is pending":
      (state === "pending" && !isSettled) || come("callbacks").length + come("listeners").length === 0,
    "39 waiters go only once it is settled": isSettled || gone("callbacks").length + gone("listeners").length === 0,
    "54 who is taken out is woken": gone("callbacks").every(isResumed),
    "60 who is taken out is told": gone("listeners").every((address) => after.news.has(`${id} ${address}`)),
  };
}

const without = (all: readonly string[] = none, those: readonly string[] = none): readonly string[] =>
  all.filter((one) => !those.includes(one));

const resumes = (image: PromiseImage | undefined): number => image?.resumes ?? 0;

/** A settled promise's task is fulfilled, whatever stands in its fields. */
function ofTask(image: TaskImage, { images, callbacks }: Stored, { now }: Clock): Rules {
  const { id, state, taskState, taskVersion, pid, ttl, leasedAt, retryAt, timeoutAt } = image;
  if (state !== "pending") {
    return {};
  }
  const isHeld = taskState === "acquired";
  const isAwaiting = [...callbacks.values()].some((awaiters) => awaiters.includes(id));
  return {
    "15 held exactly while it has a lease": [pid, ttl, leasedAt].every((field) => isSet(field) === isHeld),
    "16 offered again exactly while it is pending": isTimer(image) || isSet(retryAt) === (taskState === "pending"),
    "17 no retry but of a pending one": taskState === "pending" || !isSet(retryAt),
    "18 nothing has woken one that sleeps": taskState !== "suspended" || !isSet(image.resumes),
    "19 woken by no more promises than there are": resumes(image) < images.size && image.resumes !== 0,
    "20 held at a version and for a time": !isHeld || (taskVersion >= 1 && (ttl ?? 0) > 0),
    "28 one that sleeps stands in a callback": taskState !== "suspended" || now >= timeoutAt || isAwaiting,
  };
}

const successors: Readonly<Record<string, readonly string[]>> = {
  pending: ["pending", "acquired", "halted"],
  acquired: ["acquired", "pending", "suspended", "halted"],
  suspended: ["suspended", "pending", "halted"],
  halted: ["halted", "pending"],
};

function ofTaskStep(image: TaskImage, beforeAll: Stored, afterAll: Stored, { now }: Clock): Rules {
  const was = beforeAll.images.get(image.id);
  if (was === undefined) {
    return ofTaskBirth(image, now);
  }
  if (!hasTask(was)) {
    return { "22 a task from the start": false };
  }
  if (was.state !== "pending" || image.state !== "pending") {
    return { "37 fulfilled at its version": was.taskVersion === image.taskVersion };
  }
  const [before, after] = [was.taskState, image.taskState];
  const isEntering = before !== after;
  const isTaken = after === "acquired" && isEntering;
  const hasWokenIt = [...afterAll.images.values()].some(
    ({ id, state }) =>
      state !== "pending" && without(beforeAll.callbacks.get(id), afterAll.callbacks.get(id)).includes(image.id),
  );
  return {
    "41 a version more exactly when it is taken": image.taskVersion === was.taskVersion + (isTaken ? 1 : 0),
    "43 held by one for one time": isEntering || (was.pid === image.pid && was.ttl === image.ttl),
    "44 taken with a new lease, nothing having woken it": !isTaken || (image.leasedAt === now && !isSet(image.resumes)),
    "46 a lease is renewed from now": was.leasedAt === image.leasedAt || after !== "acquired" || image.leasedAt === now,
    "48 offered again when that is due, and then later":
      isEntering || was.retryAt === image.retryAt || ((was.retryAt ?? now) <= now && (image.retryAt ?? now + 1) > now),
    "50 a step of the table": (successors[before] as readonly string[]).includes(after),
    "53 woken only more often, until it is taken or sleeps":
      resumes(image) >= resumes(was) || after === "acquired" || after === "suspended",
    "55 what sleeps is woken by what it awaited":
      !(before === "suspended" && after === "pending") || (hasWokenIt && resumes(image) > 0),
    "56 no dead task becomes pending": !(after === "pending" && isEntering) || now < image.timeoutAt,
  };
}

function ofTaskBirth({ state, taskState, taskVersion, leasedAt }: TaskImage, now: number): Rules {
  return {
    "21 born pending, held, or fulfilled":
      taskState === "acquired" ? taskVersion === 1 && leasedAt === now : taskState === "pending" && taskVersion === 0,
    "21 born fulfilled at no version": state === "pending" || taskVersion === 0,
  };
}

/** What nobody asked for. */
function ofBackground(before: PromiseImage | undefined, { state, taskState: after }: TaskImage): Rules {
  const isStep = before === undefined || before.taskState === after || state !== "pending";
  return {
    "52 only pending by itself": isStep || (after === "pending" && before.taskState !== "halted"),
  };
}
