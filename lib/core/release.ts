import { Fault } from "./fault.ts";
import type { Guard } from "./guard.ts";
import { isAliveAt, isBornBy, isDueBy, isPending, hasTask as isTask, isTaskIn, isVersion } from "./guard.ts";
import type { PromiseImage, TaskFields } from "./promise.ts";
import { bornBy } from "./settle.ts";
import { givenUp, hasTask, isHeldAt, lease, type TaskImage } from "./task.ts";
import { again, answer, type Moment, type Verb } from "./verb.ts";

/** A task as whoever holds it names it. */
export interface Held {
  readonly id: string;
  readonly version: number;
}

const isFirstGiveUp: Guard = { kind: "unset", field: "giveUps" };

/**
 * Gives a held task back. Given up again and again, it is offered again later and later.
 *
 * @throws Fault `taskNotFound`, `taskNotHeld`
 */
export function release({ id, version }: Held, moment: Moment): Verb<TaskImage> {
  const isHeld = [isTaskIn("acquired"), isVersion(version)];
  const releasing = (at: Moment, giveUps: number, guards: readonly Guard[], seen?: PromiseImage): Verb<TaskImage> => ({
    write: toPending(id, [...isHeld, ...guards], givenUp(giveUps, at.now, at.retryMs), at, seen),
    decide: ({ won, image }) => {
      if (!hasTask(image)) {
        throw new Fault("taskNotFound", { id });
      }
      if (won) {
        return answer(image);
      }
      if (!isHeldAt(image, version)) {
        throw new Fault("taskNotHeld", { id });
      }
      // At one version, a task is given up once: nothing else counts.
      return again(releasing(bornBy(image, moment), (image.giveUps ?? 0) + 1, [], image));
    },
  });
  return releasing(moment, 1, [isFirstGiveUp]);
}

/**
 * Lets a halted task go on: it is offered again.
 *
 * @throws Fault `taskNotFound`, `taskNotHalted`
 */
export function continueTask(id: string, moment: Moment, seen?: PromiseImage): Verb<TaskImage> {
  return {
    write: toPending(id, [isTaskIn("halted")], givenUp(0, moment.now, moment.retryMs), moment, seen),
    decide: ({ won, image }) => {
      if (!hasTask(image)) {
        throw new Fault("taskNotFound", { id });
      }
      if (won) {
        return answer(image);
      }
      if (image.state !== "pending" || image.taskState !== "halted") {
        throw new Fault("taskNotHalted", { id });
      }
      return again(continueTask(id, bornBy(image, moment), image));
    },
  };
}

/**
 * Stops a task where it is: nobody holds it, and it is not offered.
 *
 * @throws Fault `taskNotFound`, `taskFulfilled`
 */
export function halt(id: string, moment: Moment): Verb<TaskImage> {
  const { now, token } = moment;
  return {
    write: {
      of: "promise",
      id,
      guards: [isPending, isAliveAt(now), isBornBy(now), isTask],
      change: { kind: "update", set: { taskState: "halted", taskToken: token }, unset: [...lease, "retryAt"] },
      signedIn: "taskToken",
    },
    decide: ({ won, image }) => {
      if (!hasTask(image)) {
        throw new Fault("taskNotFound", { id });
      }
      if (won) {
        return answer(image);
      }
      if (image.state !== "pending") {
        throw new Fault("taskFulfilled", { id });
      }
      return again(halt(id, bornBy(image, moment)));
    },
  };
}

/**
 * The one write by which a client makes a task pending. The due key is a lower bound: it moves only where it is seen to
 * be later than the next offer.
 */
function toPending(
  id: string,
  guards: readonly Guard[],
  pending: TaskFields & { readonly giveUps?: number },
  { now, token }: Moment,
  seen: PromiseImage | undefined,
): Verb<TaskImage>["write"] {
  const { retryAt = now, giveUps, ...state } = pending;
  const moves = seen?.dueAt !== undefined && seen.dueAt > retryAt;
  return {
    of: "promise",
    id,
    guards: [isPending, isAliveAt(now), isBornBy(now), ...guards, ...(moves ? [] : [isDueBy(retryAt)])],
    change: {
      kind: "update",
      set: { ...state, ...(giveUps ? { giveUps } : {}), retryAt, taskToken: token, ...(moves && { dueAt: retryAt }) },
      unset: [...lease, ...(giveUps ? [] : (["giveUps"] as const))],
    },
    signedIn: "taskToken",
  };
}
