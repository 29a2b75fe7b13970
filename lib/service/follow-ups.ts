import { isOfferedAtOnce } from "#lib/core/index.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { AdvanceOptions, Advancer } from "./advance.ts";

/** Does at once what follows from a write, beside the request that made it. */
export interface FollowUps extends Feed {
  /** Resolves when nothing more follows from what has been written. */
  idle(): Promise<void>;
}

export interface FollowUpOptions extends AdvanceOptions {
  readonly onFailure: (error: unknown) => void;
  /** Told of a task that has been taken, and by whom. */
  readonly onTaken: Feed["taken"];
  readonly onHeard: Feed["heardFrom"];
}

export function followUps(
  work: Advancer,
  { delivery, timer, now, onFailure, onTaken, onHeard }: FollowUpOptions,
): FollowUps {
  const underWay = new Set<Promise<unknown>>();
  const follow = (doing: Promise<unknown>) => {
    const done = doing.catch(onFailure).finally(() => underWay.delete(done));
    underWay.add(done);
  };
  return {
    written(image, isOffer, isNew = false) {
      const moment = now();
      if (isNew) {
        follow(work.claim(image, { roundTrips: 0 }));
      }
      if (isOffer && isOfferedAtOnce(image, moment)) {
        follow(delivery.offer(image, { roundTrips: 0 }));
      }
      if (image.dueAt !== undefined) {
        // What is settled and has waiters is due since it was: its clock may be a test's own.
        image.state !== "pending" || image.dueAt <= moment
          ? follow(work.promise(image, { roundTrips: 0 }))
          : timer.arm(image.dueAt);
      }
    },
    arm: (at) => timer.arm(at),
    taken: onTaken,
    heardFrom: onHeard,
    async idle() {
      while (underWay.size > 0) {
        await Promise.all(underWay);
      }
    },
  };
}
