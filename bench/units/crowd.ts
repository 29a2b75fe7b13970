import { randomUUID } from "node:crypto";
import { type Create, create } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";

const concurrency = 64;
const retryMs = 30_000;

/** Creates promises through the store, many at once, in the order given as far as that goes. */
export async function fill(store: Store, creates: Iterable<Create>, now: number): Promise<void> {
  const left = Iterator.from(creates);
  const cost = { roundTrips: 0 };
  await Promise.all(
    Array.from({ length: concurrency }, async () => {
      for (const what of left) {
        const { won } = await store.attempt(
          create(what, { now: now++, token: randomUUID(), retryMs, subscriptions: [] }).write,
          cost,
        );
        if (!won) {
          throw new Error(`${what.id} is there already`);
        }
      }
    }),
  );
}
