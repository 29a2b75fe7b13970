/**
 * What the service has to answer about promises and tasks, told as naively as can be: plain objects, and the rules of
 * `protocol/rpc.md` 5 to 9 one by one. A request is a function from one world to the next; so is each thing that the
 * service does on its own.
 *
 * It shares nothing with what it judges but the words of the protocol.
 *
 * @module
 */

export interface TaskOf {
  readonly state: "pending" | "acquired" | "suspended" | "halted" | "fulfilled";
  readonly version: number;
  readonly resumes: number;
  readonly pid?: string;
  readonly ttl?: number;
  readonly leaseEndsAt?: number;
  readonly retryAt?: number;
  readonly giveUps: number;
}

export interface PromiseOf {
  readonly id: string;
  readonly state: "pending" | "resolved" | "rejected" | "rejected_canceled" | "rejected_timedout";
  readonly param: object;
  readonly value: object;
  readonly tags: Readonly<Record<string, string>>;
  readonly timeoutAt: number;
  readonly createdAt: number;
  readonly settledAt?: number;
  readonly task?: TaskOf;
  /** Who is to be woken, and who is to be told: sorted, each once. */
  readonly callbacks: readonly string[];
  readonly listeners: readonly string[];
}

export type World = Readonly<Record<string, PromiseOf>>;

/** After how long a pending task is offered again, in simulations of tasks. */
export const taskRetryMs = 2_000;

/** A world, and the tasks that were offered on the way to it, as `id@version`. */
export interface Happening {
  readonly world: World;
  readonly offers: readonly string[];
}

export const isTimer = ({ tags }: Pick<PromiseOf, "tags">): boolean =>
  tags["resonate:timer"] === "true" || tags["resonate:timeout"] === "true";

export const delayOf = ({ tags }: Pick<PromiseOf, "tags">): number => Number(tags["resonate:delay"] ?? 0);

export const isOverdue = ({ state, timeoutAt }: PromiseOf, now: number): boolean =>
  state === "pending" && now >= timeoutAt;

export const settled = (
  promise: PromiseOf,
  state: PromiseOf["state"],
  value: object,
  settledAt: number,
): PromiseOf => ({
  ...promise,
  state,
  value,
  settledAt,
  ...(promise.task && { task: { state: "fulfilled", version: promise.task.version, resumes: 0, giveUps: 0 } }),
});

/** The promise as its deadline has left it, if it has come. */
export const timedOut = (promise: PromiseOf, now: number): PromiseOf =>
  isOverdue(promise, now)
    ? settled(promise, isTimer(promise) ? "resolved" : "rejected_timedout", promise.value, promise.timeoutAt)
    : promise;

/** What clients see of it. */
export const toRecord = ({ task: _, callbacks: __, listeners: ___, ...record }: PromiseOf): object => record;

export const put = (world: World, promise: PromiseOf): World => ({ ...world, [promise.id]: promise });

/** The world in which the time-outs of these promises are written. */
export const meet = (world: World, ids: readonly string[], now: number): World =>
  ids.reduce((met, id) => {
    const found = met[id];
    return found !== undefined && isOverdue(found, now) ? put(met, timedOut(found, now)) : met;
  }, world);

/** A task that becomes pending: offered at once, or from the third time in a row that it was given up, after a while. */
export function pendingAgain(
  promise: PromiseOf,
  now: number,
  giveUps: number,
): { promise: PromiseOf; isOffered: boolean } {
  const { version = 0, resumes = 0 } = promise.task ?? {};
  const waitMs = giveUps >= 3 ? Math.min(1_000 * 2 ** (giveUps - 3), taskRetryMs) : taskRetryMs;
  return {
    promise: { ...promise, task: { state: "pending", version, resumes, giveUps, retryAt: now + waitMs } },
    isOffered: giveUps < 3 && !isTimer(promise) && delayOf(promise) <= now,
  };
}

export const offerOf = ({ id, task }: PromiseOf): string => `${id}@${task?.version}`;

/** A promise as it comes into the world at a moment. */
export function newborn(
  { id, timeoutAt, param, tags }: Pick<PromiseOf, "id" | "timeoutAt" | "param" | "tags">,
  now: number,
): { promise: PromiseOf; isOffered: boolean } {
  const createdAt = Math.min(now, timeoutAt);
  const bare: PromiseOf = {
    ...{ id, state: "pending", param, value: {}, tags, timeoutAt, createdAt },
    callbacks: [],
    listeners: [],
  };
  if (tags["resonate:target"] === undefined) {
    return { promise: timedOut(bare, now), isOffered: false };
  }
  const { promise, isOffered } = pendingAgain(bare, now, 0);
  const delay = delayOf(promise);
  const task = { ...(promise.task as TaskOf), ...(delay > now && { retryAt: delay }) };
  const born = timedOut({ ...promise, task }, now);
  return { promise: born, isOffered: isOffered && born.state === "pending" };
}

/** What waking a waiter makes of the world: nothing, where it has ended. */
export function resume(world: World, awaiter: string, now: number): Happening {
  const found = world[awaiter];
  const task = found?.task;
  if (found === undefined || task === undefined || found.state !== "pending" || isOverdue(found, now)) {
    return { world, offers: [] };
  }
  const counted = { ...found, task: { ...task, resumes: task.resumes + 1 } };
  if (task.state !== "suspended") {
    return { world: put(world, counted), offers: [] };
  }
  const { promise, isOffered } = pendingAgain(counted, now, 0);
  return { world: put(world, promise), offers: isOffered ? [offerOf(promise)] : [] };
}

/** One callback of a settled promise, discharged. */
export function drain(world: World, awaited: string, awaiter: string, now: number): Happening {
  const found = world[awaited] as PromiseOf;
  const without = put(world, { ...found, callbacks: found.callbacks.filter((each) => each !== awaiter) });
  return resume(without, awaiter, now);
}

export const isLapsed = ({ state, task }: PromiseOf, now: number): boolean =>
  state === "pending" && task?.state === "acquired" && (task.leaseEndsAt ?? 0) <= now;

const isToRetry = (promise: PromiseOf, now: number): boolean =>
  promise.state === "pending" &&
  promise.task?.state === "pending" &&
  !isTimer(promise) &&
  Math.max(promise.task.retryAt ?? 0, delayOf(promise)) <= now;

/** Everything that is due by now, done. */
export function sweep(before: World, now: number): Happening {
  let world = meet(before, Object.keys(before), now);
  const offers: string[] = [];
  for (const promise of Object.values(world)) {
    if (isLapsed(promise, now)) {
      const { promise: released, isOffered } = pendingAgain(promise, now, (promise.task as TaskOf).giveUps + 1);
      world = put(world, released);
      offers.push(...(isOffered ? [offerOf(released)] : []));
    } else if (isToRetry(promise, now)) {
      world = put(world, { ...promise, task: { ...(promise.task as TaskOf), retryAt: now + taskRetryMs } });
      offers.push(offerOf(promise));
    }
  }
  for (const { id, state, callbacks } of Object.values(world)) {
    for (const awaiter of state === "pending" ? [] : callbacks) {
      const drained = drain(world, id, awaiter, now);
      world = drained.world;
      offers.push(...drained.offers);
    }
  }
  for (const promise of Object.values(world)) {
    world = promise.state === "pending" ? world : put(world, { ...promise, listeners: [] });
  }
  return { world, offers };
}

/** Every world that one step of the service's own can lead to, by the time the clock has come this far. */
export function ownSteps(world: World, clock: number): World[] {
  return Object.values(world).flatMap((promise) => [
    ...(isOverdue(promise, clock) ? [put(world, timedOut(promise, clock))] : []),
    ...(isLapsed(promise, clock) && !isOverdue(promise, clock)
      ? [put(world, pendingAgain(promise, clock, 1).promise)]
      : []),
    ...(promise.state === "pending"
      ? []
      : promise.callbacks.map((awaiter) => drain(world, promise.id, awaiter, clock).world)),
  ]);
}
