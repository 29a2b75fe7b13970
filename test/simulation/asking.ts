/**
 * Asks the service what the model is asked, and tells its answer in the model's words.
 *
 * @module
 */

import { isFault, type PromiseImage, type TaskImage, toTask } from "#lib/core/index.ts";
import type { Conduct } from "#lib/service/carry-out.ts";
import { promiseService } from "#lib/service/promises.ts";
import { type Taken, taskService } from "#lib/service/tasks.ts";
import type { Answer, Request } from "./task-asked.ts";

/** Asks, at a moment of the clock. Nothing comes back where the store was out of reach: it may have taken effect. */
export type Ask = (asked: Request, now: number) => Promise<Answer | undefined>;

export function asking(conduct: Conduct, process = "one"): Ask {
  const promises = promiseService(conduct);
  const tasks = taskService(conduct);
  let tokens = 0;

  return async (asked, now) => {
    const context = { now, token: `${process}-${tokens++}`, cost: { roundTrips: 0 } };
    try {
      return await carryOut(asked, context);
    } catch (error) {
      if (!isFault(error)) {
        throw error;
      }
      return error.code === "storeUnavailable" ? undefined : { fault: error.code };
    }
  };

  async function carryOut(asked: Request, context: Parameters<typeof promises.get>[1]): Promise<Answer> {
    switch (asked.kind) {
      case "create":
        return shown((await promises.create(asked, context)).promise);
      case "settle":
        return shown((await promises.settle(asked, context)).promise);
      case "get":
        return shown(await promises.get(asked.id, context));
      case "callback":
        return shown(await promises.registerCallback(asked.awaited, asked.awaiter, context));
      case "listener":
        return shown(await promises.registerListener(asked.awaited, asked.address, context));
      case "task.get":
        return { task: taskOf(await tasks.get(asked.id, context)) };
      case "task.create":
        return taken(await tasks.create(asked, context));
      case "acquire":
        return taken(await tasks.acquire(asked, context));
      case "release":
        await tasks.release(asked, context);
        return {};
      case "fulfill":
        return shown(await tasks.fulfill(asked, context));
      case "suspend":
        return (await tasks.suspend(asked, asked.awaited, context)) === "suspended" ? {} : { isHeldStill: true };
      case "fence.create":
      case "fence.settle": {
        const action =
          asked.kind === "fence.create"
            ? ({ kind: "create", what: asked.what } as const)
            : ({ kind: "settle", what: asked.what } as const);
        const promise = await tasks.fence(asked, action, context);
        return promise === undefined ? {} : shown(promise);
      }
      case "heartbeat":
        await tasks.heartbeat(asked.pid, asked.tasks, context);
        return {};
      case "halt":
        await tasks.halt(asked.id, context);
        return {};
      case "continue":
        await tasks.continue(asked.id, context);
        return {};
    }
  }
}

export function recordOf(image: PromiseImage): object {
  const { id, state, param, value, tags, timeoutAt, createdAt, settledAt } = image;
  return { id, state, param, value, tags, timeoutAt, createdAt, ...(settledAt !== undefined && { settledAt }) };
}

export function taskOf(image: TaskImage): object {
  const { giveUps: _, ...task } = toTask(image);
  return task;
}

const shown = (image: PromiseImage): Answer => ({ promise: recordOf(image) });

const taken = ({ image }: Taken): Answer => ({ ...shown(image), task: taskOf(image) });
