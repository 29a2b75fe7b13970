import type { EpochMs, PromiseImage } from "#lib/core/index.ts";

/**
 * Told of every write that was won, so that what follows from it is done at once. Forgetting one only delays what
 * follows: the sweep finds it.
 */
export interface Feed {
  /**
   * @param isOffer Whether the write made the promise's task pending.
   * @param isNew Whether it may have made the promise itself.
   */
  written(image: PromiseImage, isOffer: boolean, isNew?: boolean): void;
  /** Something will be due then. */
  arm(at: EpochMs): void;
  /** A process asks for a task: it is at work. */
  heardFrom(pid: string): void;
  /** Somebody holds the task now. */
  taken(id: string, pid: string): void;
}
