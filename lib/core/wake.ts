/**
 * What follows from a settled promise: whoever awaits it is woken, whoever listens is told.
 *
 * @module
 */

import type { AnyChange, GuardedChange } from "./change.ts";
import { report } from "./composite.ts";
import { waiterId } from "./enlist.ts";
import { isAliveAt, isDueBy, isPending, isTaskIn } from "./guard.ts";
import { posting, unblock } from "./message.ts";
import { type EpochMs, isLeftDue, isOverdue, type PromiseImage } from "./promise.ts";
import { givenUp, hasTask } from "./task.ts";
import type { Waiter } from "./things.ts";

/** What a promise's end means to one who waits for it: a composite notes it, a task goes on. */
const toldOf = (settled: PromiseImage, awaiter: PromiseImage | undefined, now: EpochMs, retryMs: number) =>
  awaiter?.hasMembers ? report(awaiter, settled, now) : resume(awaiter, now, retryMs);

/** What makes an awaiter go on, or remember to; nothing, where it has ended. */
export function resume(awaiter: PromiseImage | undefined, now: EpochMs, retryMs: number): GuardedChange | undefined {
  if (!hasTask(awaiter) || awaiter.state !== "pending" || isOverdue(awaiter, now)) {
    return undefined;
  }
  const { id, taskState, dueAt = now } = awaiter;
  const guards = [isPending, isAliveAt(now), isTaskIn(taskState)];
  if (taskState !== "suspended") {
    return { of: "promise", id, guards, change: { kind: "update", increment: "resumes" } };
  }
  const { retryAt = now } = givenUp(0, now, retryMs);
  const moves = dueAt > retryAt;
  return {
    of: "promise",
    id,
    guards: moves ? guards : [...guards, isDueBy(retryAt)],
    change: {
      kind: "update",
      set: { taskState: "pending", retryAt, ...(moves && { dueAt: retryAt }) },
      increment: "resumes",
    },
  };
}

/** What was read of those who wait for a settled promise. */
export interface Waiting {
  readonly awaiters: ReadonlyMap<string, PromiseImage>;
  readonly now: EpochMs;
  readonly retryMs: number;
}

/**
 * One transaction that takes the waiters who stand in the promise itself out of it, and wakes or tells each of them.
 * They only become fewer once it is settled, so that with no others the promise has nothing left to do.
 */
export function discharge(settled: PromiseImage, { awaiters, now, retryMs }: Waiting): readonly AnyChange[] {
  const { id, callbacks = [], listeners = [] } = settled;
  return [
    {
      of: "promise",
      id,
      guards: [
        ...callbacks.map((member) => ({ kind: "has", field: "callbacks", member }) as const),
        ...listeners.map((member) => ({ kind: "has", field: "listeners", member }) as const),
      ],
      change: {
        kind: "update",
        exclude: {
          ...(callbacks.length > 0 && { callbacks }),
          ...(listeners.length > 0 && { listeners }),
        },
        unset: isLeftDue(settled) ? [] : ["dueAt"],
      },
    },
    ...callbacks.flatMap((awaiter) => toldOf(settled, awaiters.get(awaiter), now, retryMs) ?? []),
    ...listeners.map((address) => posting(unblock(id, address, now))),
  ];
}

/** The same for waiters that are things of their own. */
export const dischargeMore = (
  settled: PromiseImage,
  waiters: readonly Waiter[],
  { awaiters, now, retryMs }: Waiting,
): readonly AnyChange[] =>
  waiters.flatMap((waiter): AnyChange[] => {
    const gone: AnyChange = {
      of: "waiter",
      in: settled.id,
      id: waiterId(waiter),
      guards: [{ kind: "present", field: "waiter" }],
      change: { kind: "delete" },
    };
    const change =
      waiter.role === "listener"
        ? posting(unblock(settled.id, waiter.waiter, now))
        : toldOf(settled, awaiters.get(waiter.waiter), now, retryMs);
    return change === undefined ? [gone] : [gone, change];
  });

/** The last of the crowd has been told. */
export const settledAlone = ({ id, moreWaiters: _, ...settled }: PromiseImage): GuardedChange => ({
  of: "promise",
  id,
  guards: [
    { kind: "unset", field: "callbacks" },
    { kind: "unset", field: "listeners" },
    { kind: "present", field: "settledAt" },
  ],
  change: { kind: "update", unset: isLeftDue(settled) ? ["moreWaiters"] : ["dueAt", "moreWaiters"] },
});
