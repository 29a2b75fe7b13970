import type { Scene } from "./scene.ts";

/** One row of the table: a scene played up to a point, and what is counted of it. */
export interface Row {
  readonly verb: string;
  readonly budget: Budget;
  /** Whether a worker is there to take what is offered; otherwise it waits in the mailbox. */
  readonly worker?: "absent";
  /** Whether receivers take what is posted to them; otherwise attempts fail. */
  readonly receiver?: "down";
  readonly before?: (scene: Scene) => Promise<unknown>;
  readonly measured: (scene: Scene) => Promise<unknown>;
}

export interface Budget {
  readonly roundTrips: number;
  readonly writeUnits: number;
  readonly readUnits?: number;
}

/** One after the other. */
export const inTurn =
  (...steps: readonly ((scene: Scene) => Promise<unknown>)[]) =>
  async (scene: Scene): Promise<void> => {
    for (const step of steps) {
      await step(scene);
    }
  };
