/**
 * Tasks, as requests ask for them (`protocol/rpc.md` 7.7 to 7.17).
 *
 * @module
 */

import {
  type Acquire,
  acquire,
  type Create,
  checkId,
  continueTask,
  createTask,
  Fault,
  type Fulfill,
  fulfill,
  type Held,
  halt,
  hasTask,
  heartbeat,
  isId,
  type Lease,
  type PromiseImage,
  type PromiseRecord,
  release,
  type Settle,
  type TaskImage,
} from "#lib/core/index.ts";
import { type Conduct, carryOut, eventMomentOf, look, momentOf, type RequestContext } from "./carry-out.ts";
import { runFenced } from "./fence.ts";
import { preload } from "./preload.ts";
import { suspendTask } from "./suspend.ts";
import { wholeTasks } from "./whole.ts";

/** A task that was taken, and what its worker need not ask for. */
export interface Taken {
  readonly image: TaskImage;
  readonly preload: readonly PromiseRecord[];
}

/** What whoever holds a task does with another promise. */
export type Fenced =
  | { readonly kind: "create"; readonly what: Create }
  | { readonly kind: "settle"; readonly what: Settle };

export interface Tasks {
  /** @throws Fault `taskNotFound` */
  get(id: string, request: RequestContext): Promise<TaskImage>;
  /** @throws Fault `taskExists`, `promiseWithoutTask`, `invalid`, `tooLarge` */
  create(what: Create & Lease, request: RequestContext): Promise<Taken>;
  /** @throws Fault `taskNotFound`, `taskNotPending`, `taskVersionMismatch`, `invalid` */
  acquire(what: Acquire, request: RequestContext): Promise<Taken>;
  /** @throws Fault `taskNotFound`, `taskNotHeld` */
  release(held: Held, request: RequestContext): Promise<void>;
  /** @throws Fault `taskNotFound`, `taskNotHeld`, `invalid`, `tooLarge` */
  fulfill(what: Fulfill, request: RequestContext): Promise<PromiseImage>;
  /**
   * Puts the task to sleep until one of these settles; if one has already, it goes on, with a preload.
   *
   * @throws Fault `taskNotFound`, `taskNotHeld`, `awaitedNotFound`
   */
  suspend(
    held: Held,
    awaited: readonly string[],
    request: RequestContext,
  ): Promise<"suspended" | readonly PromiseRecord[]>;
  /**
   * Does something only while the task is held. Nothing comes back of a settlement whose promise is absent.
   *
   * @throws Fault `taskNotFound`, `taskNotHeld`, `invalid`, `tooLarge`
   */
  fence(held: Held, action: Fenced, request: RequestContext): Promise<PromiseImage | undefined>;
  /** Renews the leases of those that the process still holds. */
  heartbeat(pid: string, tasks: readonly Held[], request: RequestContext): Promise<void>;
  /** @throws Fault `taskNotFound`, `taskFulfilled` */
  halt(id: string, request: RequestContext): Promise<void>;
  /** @throws Fault `taskNotFound`, `taskNotHalted` */
  continue(id: string, request: RequestContext): Promise<void>;
}

/** Heartbeats under way at once. */
const heartbeatsAtOnceMax = 50;

export const taskService = (conduct: Conduct): Tasks => wholeTasks(conduct.store, tasksOf(conduct));

function tasksOf(conduct: Conduct): Tasks {
  const { store, feed } = conduct;

  /** Before a task's second version, nothing has been done on its behalf. */
  const taken = async (image: TaskImage, request: RequestContext): Promise<Taken> => {
    if (image.state === "pending") {
      feed.taken(image.id, image.pid ?? "");
    }
    const isFresh = image.taskVersion <= 1 || image.state !== "pending";
    return { image, preload: isFresh ? [] : await preload(store, image, request) };
  };

  return {
    async get(id, request) {
      checkId(id);
      const image = await look(conduct, id, request);
      if (!hasTask(image)) {
        throw new Fault("taskNotFound", { id });
      }
      return image;
    },
    create: async (what, request) =>
      taken(await carryOut(conduct, createTask(what, await eventMomentOf(request, conduct)), request), request),
    async acquire(what, request) {
      checkId(what.id);
      feed.heardFrom(what.pid);
      return taken(await carryOut(conduct, acquire(what, momentOf(request, conduct)), request), request);
    },
    async release(held, request) {
      checkId(held.id);
      await carryOut(conduct, release(held, momentOf(request, conduct)), request);
    },
    async fulfill(what, request) {
      const { promise } = await carryOut(conduct, fulfill(what, await eventMomentOf(request, conduct)), request);
      return promise;
    },
    suspend: (held, awaited, request) => suspendTask(conduct, held, awaited, request),
    fence: (held, action, request) => runFenced(conduct, held, action, request),
    async heartbeat(pid, tasks, { now, cost }) {
      // Under a name that no store can keep, nobody holds anything.
      const keepable = pid.isWellFormed() ? tasks.filter(({ id }) => isId(id)) : [];
      for (let from = 0; from < keepable.length; from += heartbeatsAtOnceMax) {
        const group = keepable.slice(from, from + heartbeatsAtOnceMax);
        await Promise.all(group.map((held) => store.attempt(heartbeat(held, pid, now), cost)));
      }
    },
    async halt(id, request) {
      checkId(id);
      await carryOut(conduct, halt(id, momentOf(request, conduct)), request);
    },
    async continue(id, request) {
      checkId(id);
      await carryOut(conduct, continueTask(id, momentOf(request, conduct)), request);
    },
  };
}
