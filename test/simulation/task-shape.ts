/**
 * What is stored and what the model holds, in one shape, so that they can be compared.
 *
 * @module
 */

import type { PromiseImage } from "#lib/core/index.ts";
import type { Stored } from "./task-invariants.ts";
import { delayOf, isTimer, timedOut, type World } from "./task-model.ts";

export const shape = (record: object | undefined): object => {
  const { id, state, param, value, tags, timeoutAt, createdAt, settledAt } = (record ?? {}) as PromiseImage;
  return { id, state, param, value, tags, timeoutAt, createdAt, settledAt };
};

/** What is stored, in the words of the model, as the clock shows it. */
export function worldOf({ images, callbacks, listeners }: Stored, now: number): object {
  const worlds = [...images.values()].map((image) => {
    const { taskState, taskVersion: version, resumes = 0, pid, ttl, leasedAt, retryAt, giveUps = 0 } = image;
    const lease = leasedAt === undefined || ttl === undefined ? {} : { pid, ttl, leaseEndsAt: leasedAt + ttl };
    const task = taskState && { state: taskState, version, resumes, giveUps, retryAt, ...lease };
    const fulfilled = task && { state: "fulfilled", version, resumes: 0, giveUps: 0 };
    const waiters = { callbacks: callbacks.get(image.id) ?? [], listeners: listeners.get(image.id) ?? [] };
    const kept = { ...shape(image), ...waiters, task: image.state === "pending" ? task : fulfilled };
    return [image.id, timedOut(kept as World[string], now)] as const;
  });
  return unordered(Object.fromEntries(worlds));
}

/** Who waits has no order, and a timer's task, which is never offered, may have any moment for it. */
export const unordered = (world: World): object =>
  Object.fromEntries(
    Object.values(world).map(({ callbacks, listeners, task, ...record }) => {
      const { retryAt, ...others } = task ?? {};
      const shown = {
        ...others,
        ...(isTimer(record) || retryAt === undefined ? {} : { retryAt: Math.max(retryAt, delayOf(record)) }),
      };
      const waiters = { callbacks: callbacks.toSorted(), listeners: listeners.toSorted() };
      return [record.id, JSON.parse(JSON.stringify({ ...shape(record), ...waiters, ...(task && { task: shown }) }))];
    }),
  );
