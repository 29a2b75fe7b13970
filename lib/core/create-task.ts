import { acquisition, asTaken, type Lease } from "./acquire.ts";
import { type Create, creation, newborn } from "./create.ts";
import { Fault } from "./fault.ts";
import { checkCreate, checkLease } from "./limits.ts";
import type { PromiseImage } from "./promise.ts";
import { bornBy } from "./settle.ts";
import { hasTask, type TaskImage } from "./task.ts";
import { again, answer, type EventMoment, type Verb } from "./verb.ts";

/**
 * Creates a promise and its task, held by the caller from the start; or takes the task that is there, if it is pending.
 * What comes back may be fulfilled: then there is nothing to do.
 *
 * @throws Fault `taskExists`, `promiseWithoutTask`, `invalid`, `tooLarge`
 */
export function createTask(request: Create & Lease, moment: EventMoment): Verb<TaskImage> {
  checkCreate(request);
  checkLease(request);
  const { id, pid, ttl } = request;
  return {
    write: creation(
      newborn(request, moment, { taskState: "acquired", taskVersion: 1, pid, ttl, leasedAt: moment.now }),
    ),
    decide: ({ won, image }) => (won ? answer(image as TaskImage) : takeIfPending(image)),
  };

  function takeIfPending(image: PromiseImage | undefined): ReturnType<Verb<TaskImage>["decide"]> {
    if (!hasTask(image)) {
      throw new Fault("promiseWithoutTask", { id });
    }
    if (image.state !== "pending") {
      return answer(image);
    }
    if (image.taskState !== "pending") {
      throw new Fault("taskExists", { id });
    }
    const what = { id, version: image.taskVersion, pid, ttl };
    const born = bornBy(image, moment);
    return again({
      write: acquisition(what, born, image),
      decide: ({ won, image: now }) => (won ? answer(asTaken(now as TaskImage, what, born)) : takeIfPending(now)),
    });
  }
}
