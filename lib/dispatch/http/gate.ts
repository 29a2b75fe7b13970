import { Unsent } from "#lib/ports/transport.ts";

export interface Gate {
  /**
   * Does the work when its turn comes.
   *
   * @throws Unsent where too much is waiting already; whatever the work throws.
   */
  pass<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Lets so many through at once, has so many more wait in order, and turns the others away. */
export function gate(concurrentMax: number, waitingMax: number): Gate {
  let underWay = 0;
  const waiting: (() => void)[] = [];
  return {
    async pass(work) {
      if (underWay < concurrentMax) {
        underWay += 1;
      } else if (waiting.length < waitingMax) {
        // Whoever leaves hands its place on, so nobody who has just come can slip in between.
        await new Promise<void>((resolve) => waiting.push(resolve));
      } else {
        throw new Unsent(`${waitingMax} messages are waiting to be posted already`);
      }
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next === undefined) {
          underWay -= 1;
        } else {
          next();
        }
      }
    },
  };
}
