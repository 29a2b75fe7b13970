/**
 * Beginning to wait for a promise (`protocol/rpc.md` 7.4, 7.5).
 *
 * @module
 */

import { type AnyChange, enlist, Fault, type PromiseImage, type Waiter } from "#lib/core/index.ts";
import { attemptsMax, type Conduct, current, look, type RequestContext } from "./carry-out.ts";

/**
 * Makes somebody wait for a promise, unless it is settled.
 *
 * @throws Fault `awaitedNotFound`
 */
export async function wait(
  conduct: Conduct,
  awaited: string,
  waiter: Waiter,
  request: RequestContext,
): Promise<PromiseImage> {
  const { now, cost } = request;
  let seen: PromiseImage | undefined;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const writes = enlist(awaited, waiter, now, seen);
    const [first, ...others] = writes;
    if (seen !== undefined && first?.change.kind === "check" && others.length === 0) {
      return seen;
    }
    const image = await tryAll(conduct, writes, awaited, request);
    if ("won" in image) {
      arm(conduct, writes);
      return image.won;
    }
    if (image.lost === undefined) {
      throw new Fault("awaitedNotFound", { id: awaited });
    }
    seen = await current(conduct, image.lost, now, cost);
    if (seen.state !== "pending") {
      return seen;
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

/** One write, or several that belong together; the promise that they made, or that refused them. */
async function tryAll(
  conduct: Conduct,
  writes: readonly AnyChange[],
  awaited: string,
  request: RequestContext,
): Promise<{ readonly won: PromiseImage } | { readonly lost: PromiseImage | undefined }> {
  const { store } = conduct;
  const [write] = writes;
  if (write?.of === "promise" && writes.length === 1) {
    const { won, image } = await store.attempt(write, request.cost);
    return won ? { won: image } : { lost: image };
  }
  const outcome = await store.transact(writes, request.cost);
  if (!outcome.won) {
    return { lost: outcome.refusals.find((refusal) => refusal !== undefined)?.image as PromiseImage | undefined };
  }
  const image = await look(conduct, awaited, request);
  return image === undefined ? { lost: undefined } : { won: image };
}
