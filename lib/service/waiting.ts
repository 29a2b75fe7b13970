/**
 * Beginning to wait for a promise (`protocol/rpc.md` 7.4, 7.5).
 *
 * @module
 */

import { type AnyChange, type Effect, enlist, Fault, type PromiseImage, type Waiter } from "#lib/core/index.ts";
import { attemptsMax, type Conduct, current, look, type RequestContext } from "./carry-out.ts";

/**
 * Makes somebody wait for a promise, unless it is settled.
 *
 * @param isAnew Whether the answer is to tell if they have waited already; that they do, costs the same either way.
 * @throws Fault `awaitedNotFound`
 */
export async function wait(
  conduct: Conduct,
  awaited: string,
  waiter: Waiter,
  request: RequestContext,
  isAnew = false,
): Promise<Effect> {
  const { now, cost } = request;
  let seen: PromiseImage | undefined;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const writes = enlist(awaited, waiter, now, seen, isAnew);
    const [first, ...others] = writes;
    if (seen !== undefined && first?.change.kind === "check" && others.length === 0) {
      return { changed: false, promise: seen };
    }
    if (others.length > 0 && seen === undefined) {
      // A transaction does not tell what the promise was, and afterwards it may have ended.
      seen = await look(conduct, awaited, request);
      if (seen === undefined) {
        throw new Fault("awaitedNotFound", { id: awaited });
      }
      if (seen.state !== "pending") {
        return { changed: false, promise: seen };
      }
      continue;
    }
    const tried = await tryAll(conduct, writes, seen, request);
    if (tried.image === undefined) {
      throw new Fault("awaitedNotFound", { id: awaited });
    }
    if (tried.came === "waits") {
      arm(conduct, writes);
    }
    if (tried.came !== "refused") {
      return { changed: tried.came === "waits", promise: tried.image };
    }
    seen = await current(conduct, tried.image, now, cost);
    if (seen.state !== "pending") {
      return { changed: false, promise: seen };
    }
  }
  throw new Fault("storeUnavailable", {});
}

/** Deadlines that these writes have armed are looked at in time. */
export function arm({ feed }: Conduct, writes: readonly AnyChange[]): void {
  for (const { of, change } of writes) {
    if (of === "promise" && change.kind === "update" && change.set?.dueAt !== undefined) {
      feed.arm(change.set.dueAt);
    }
  }
}

interface Tried {
  /** Whether somebody waits now, or did already, or has been refused by the promise as it is. */
  readonly came: "waits" | "waited" | "refused";
  readonly image: PromiseImage | undefined;
}

/** One write, or several that belong together: the promise's own, and the waiter's. */
async function tryAll(
  conduct: Conduct,
  writes: readonly AnyChange[],
  seen: PromiseImage | undefined,
  request: RequestContext,
): Promise<Tried> {
  const { store } = conduct;
  const [write] = writes;
  if (write?.of === "promise" && writes.length === 1) {
    const { won, image } = await store.attempt(write, request.cost);
    return { came: won ? "waits" : "refused", image };
  }
  const outcome = await store.transact(writes, request.cost);
  const refusal = outcome.won ? undefined : outcome.refusals[0];
  return refusal === undefined
    ? { came: outcome.won ? "waits" : "waited", image: seen }
    : { came: "refused", image: refusal.image as PromiseImage | undefined };
}
