/** What tests read of everything that is stored. */

import type { Debugged } from "./debugged.ts";

export interface Watching {
  /** What a task waits for: to be offered again (0), or the end of its lease (1). */
  timersOf(id: string): Promise<readonly object[]>;
  /** Whose tasks await the promise. */
  awaitersOf(id: string): Promise<readonly string[]>;
}

export const watching = ({ rpc }: Debugged): Watching => {
  const snap = async () => (await rpc("debug.snap")).data;
  return {
    timersOf: async (id) => (await snap()).taskTimeouts.filter((each: { id: string }) => each.id === id),
    awaitersOf: async (id) =>
      (await snap()).callbacks.flatMap((each: { awaited: string; awaiter: string }) =>
        each.awaited === id ? [each.awaiter] : [],
      ),
  };
};
