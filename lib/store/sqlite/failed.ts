import { Fault } from "#lib/core/index.ts";

/** SQLite's errors as the store's own: its messages quote statements. */
export const storeFailed = (cause: unknown): Fault<"storeFailed"> => new Fault("storeFailed", {}, { cause });

/** @throws Fault `storeFailed` where the work throws anything. */
export function orFail<Result>(work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    throw storeFailed(error);
  }
}
