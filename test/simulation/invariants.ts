/**
 * What holds of every stored promise, and of every two images of it that follow each other, whatever happens
 * (`protocol/rpc.md` 17, whose numbers these are).
 *
 * @module
 */

import { isAwaited, type PromiseImage } from "#lib/core/index.ts";

export type Images = ReadonlyMap<string, PromiseImage>;

/** What the clocks said: of the request at hand, and at most so far. */
export interface Clock {
  readonly now: number;
  readonly latest: number;
}

/** The invariants that do not hold; mostly none. */
export function violations(before: Images, after: Images, clock: Clock): string[] {
  return [
    ...[...after.values()].flatMap((image) => [
      ...named(image.id, ofImage(image, clock)),
      ...named(image.id, ofStep(before.get(image.id), image, clock)),
    ]),
    ...[...before.keys()].filter((id) => !after.has(id)).map((id) => `${id}: 36 gone`),
  ];
}

export type Rules = Readonly<Record<string, boolean>>;

export const named = (id: string, rules: Rules): string[] =>
  Object.entries(rules).flatMap(([rule, isKept]) => (isKept ? [] : [`${id}: ${rule}`]));

export const isTimer = ({ tags }: PromiseImage): boolean =>
  tags["resonate:timeout"] === "true" || tags["resonate:timer"] === "true";
const verdictOfTime = (image: PromiseImage) => (isTimer(image) ? "resolved" : "rejected_timedout");
const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

function ofImage(image: PromiseImage, { latest }: Clock): Rules {
  const { state, value, createdAt, timeoutAt, settledAt = Number.NaN } = image;
  const isPending = state === "pending";
  const isAtDeadline = settledAt === timeoutAt;
  return {
    "1 born by its deadline": isPending ? createdAt < timeoutAt : createdAt <= timeoutAt,
    "2 settled exactly when it has a time": isPending === Number.isNaN(settledAt),
    "3 settled between birth and deadline": isPending || (createdAt <= settledAt && settledAt <= timeoutAt),
    "4 nothing from the future": createdAt <= latest && (isPending || settledAt <= latest),
    "5 pending without a value": !isPending || same(value, {}),
    "6 at the deadline, the deadline's verdict": !isAtDeadline || state === verdictOfTime(image),
    "7 at the deadline, without a value": !isAtDeadline || same(value, {}),
    "8 only the deadline times out": state !== "rejected_timedout" || isAtDeadline,
    "due at the earliest thing of its own": isPending ? isDueInTime(image) : isDueUntilAllAreTold(image),
  };
}

/** A lower bound; exactly the deadline, where nothing else can happen. A step that nobody awaits need not be. */
function isDueInTime(image: PromiseImage): boolean {
  const { tags, taskState, dueAt, timeoutAt, retryAt = timeoutAt, leasedAt, ttl } = image;
  if (dueAt === undefined) {
    return tags["resonate:scope"] === "local" && taskState === undefined && !isAwaited(image);
  }
  const leaseEnd = leasedAt === undefined || ttl === undefined ? timeoutAt : leasedAt + ttl;
  return taskState === undefined ? dueAt === timeoutAt : dueAt <= Math.min(timeoutAt, retryAt, leaseEnd);
}

const isDueUntilAllAreTold = (image: PromiseImage): boolean =>
  isAwaited(image) ? image.dueAt !== undefined && image.dueAt <= image.timeoutAt : image.dueAt === undefined;

function ofStep(before: PromiseImage | undefined, after: PromiseImage, clock: Clock): Rules {
  return before === undefined ? ofBirth(after, clock) : ofChange(before, after, clock);
}

function ofBirth(image: PromiseImage, { now }: Clock): Rules {
  const { state, value, createdAt, timeoutAt, settledAt } = image;
  const isAlive = state === "pending" && createdAt === now && createdAt < timeoutAt;
  const isBornDead =
    createdAt === timeoutAt && settledAt === timeoutAt && timeoutAt <= now && state === verdictOfTime(image);
  return { "9 born clean": same(value, {}) && (isAlive || isBornDead || isByPlan(image, now)) };
}

/** A schedule's promise is born when it was planned, however late that is noticed. */
const isByPlan = ({ tags, state, createdAt, timeoutAt, settledAt }: PromiseImage, now: number): boolean =>
  tags["resonate:schedule"] !== undefined &&
  createdAt <= now &&
  (state === "pending" ? createdAt < timeoutAt : settledAt === timeoutAt && timeoutAt <= now);

function ofChange(before: PromiseImage, after: PromiseImage, { now }: Clock): Rules {
  const wasPending = before.state === "pending";
  const isPending = after.state === "pending";
  const isSettling = wasPending && !isPending;
  const constants = ({ id, param, tags, timeoutAt, createdAt, idempotencyKeyForCreate, createToken }: PromiseImage) => [
    id,
    param,
    tags,
    timeoutAt,
    createdAt,
    idempotencyKeyForCreate,
    createToken,
  ];
  const end = ({ state, value, settledAt, idempotencyKeyForComplete, settleToken }: PromiseImage) => [
    state,
    value,
    settledAt,
    idempotencyKeyForComplete,
    settleToken,
  ];
  return {
    "31 its beginning never changes": same(constants(before), constants(after)),
    "32 its end never changes": wasPending || same(end(before), end(after)),
    "33 never pending again": wasPending || !isPending,
    "34 its time changes with its state": (before.settledAt !== after.settledAt) === (before.state !== after.state),
    "35 its value changes only when it settles": isSettling || same(before.value, after.value),
    "51 settled by a client in time, or by its deadline":
      !isSettling || isByClient(after, now) || isByDeadline(after, now),
  };
}

/** A clock behind the promise's birth counts as being at it. */
const isByClient = ({ state, createdAt, timeoutAt, settledAt, settleToken }: PromiseImage, now: number) =>
  settleToken !== undefined &&
  settledAt === Math.max(now, createdAt) &&
  settledAt < timeoutAt &&
  state !== "rejected_timedout";

const isByDeadline = (image: PromiseImage, now: number) =>
  image.settleToken === undefined &&
  image.settledAt === image.timeoutAt &&
  image.timeoutAt <= now &&
  image.state === verdictOfTime(image) &&
  same(image.value, {});
