import { Unsent } from "#lib/ports/transport.ts";

export interface Gate {
  /**
   * Does the work when its turn comes.
   *
   * @param of Whom the work is for: one takes at most half of the places that the others leave, so that nobody who does
   * not answer takes them all.
   * @throws Unsent where too much is waiting already; whatever the work throws.
   */
  pass<Result>(of: string, work: () => Promise<Result>): Promise<Result>;
}

/** Lets so many through at once, has so many more wait in order, and turns the others away. */
export function gate(concurrentMax: number, waitingMax: number): Gate {
  const underWay = places(concurrentMax);
  const room = places(waitingMax);
  const waiting: { readonly of: string; readonly go: () => void }[] = [];

  /** Whoever leaves hands its place on, so nobody who has just come can slip in between. */
  const handOn = (): void => {
    for (let at = 0; at < waiting.length; ) {
      const { of, go } = waiting[at] as (typeof waiting)[number];
      if (underWay.isFor(of)) {
        waiting.splice(at, 1);
        room.leave(of);
        underWay.take(of);
        go();
      } else {
        at += 1;
      }
    }
  };

  return {
    async pass(of, work) {
      if (underWay.isFor(of)) {
        underWay.take(of);
      } else if (room.isFor(of)) {
        room.take(of);
        await new Promise<void>((go) => waiting.push({ of, go }));
      } else {
        throw new Unsent("too many messages are waiting to be posted already");
      }
      try {
        return await work();
      } finally {
        underWay.leave(of);
        handOn();
      }
    },
  };
}

/** Places, of which nobody takes more than half of what the others leave. */
function places(max: number) {
  const takenBy = new Map<string, number>();
  let taken = 0;
  return {
    isFor(of: string): boolean {
      const own = takenBy.get(of) ?? 0;
      return own < Math.ceil((max - (taken - own)) / 2);
    },
    take(of: string): void {
      takenBy.set(of, (takenBy.get(of) ?? 0) + 1);
      taken += 1;
    },
    leave(of: string): void {
      const left = (takenBy.get(of) ?? 0) - 1;
      left === 0 ? takenBy.delete(of) : takenBy.set(of, left);
      taken -= 1;
    },
  };
}
