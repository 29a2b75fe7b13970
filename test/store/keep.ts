import { expect } from "vitest";
import type { GuardedChange, Outcome, PromiseImage } from "#lib/core/index.ts";
import { type Cost, type DueEntry, type Store, transactionMax } from "#lib/ports/store.ts";

export const anyCost = (): Cost => ({ roundTrips: 0 });

/** A create of this promise, as the core states it. */
export const creation = (image: PromiseImage): GuardedChange => ({
  of: "promise",
  id: image.id,
  guards: [{ kind: "absent" }],
  change: { kind: "put", image },
  signedIn: "createToken",
});

/** A settlement at 1,500, as the core states it. */
export const settlement = (id: string, settleToken: string): GuardedChange => ({
  of: "promise",
  id,
  guards: [{ kind: "is", field: "state", value: "pending" }],
  change: {
    kind: "update",
    set: { state: "resolved", settledAt: 1_500, value: { data: settleToken }, settleToken },
    unset: ["dueAt"],
  },
  signedIn: "settleToken",
});

/** Requests under way at once: a client queues the others, and warns of it. */
const flight = 50;

/** Creates all of these, many at once. */
export async function keep(store: Store, images: readonly PromiseImage[]): Promise<void> {
  for (let from = 0; from < images.length; from += flight) {
    await Promise.all(images.slice(from, from + flight).map((image) => store.attempt(creation(image), anyCost())));
  }
}

/** Creates all of these, hundreds or thousands and small, by transactions: in a fraction of the time. */
export async function keepMany(store: Store, images: readonly PromiseImage[]): Promise<void> {
  for (let from = 0; from < images.length; from += transactionMax) {
    const born = images.slice(from, from + transactionMax).map(creation);
    expect(await store.transact(born, anyCost())).toMatchObject({ won: true });
  }
}

/** Asks for all of these at once. */
export const contend = (store: Store, writes: readonly GuardedChange[]): Promise<readonly Outcome[]> =>
  Promise.all(writes.map((write) => store.attempt(write, anyCost())));

/** What each shard of the due index lists, in its batches. */
export const dueByShard = (store: Store, until: number): Promise<(readonly DueEntry[])[][]> =>
  Promise.all(
    Array.from({ length: store.dueShards }, (_, shard) => Array.fromAsync(store.due(shard, until, anyCost()))),
  );
