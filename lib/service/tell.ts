import { type EpochMs, type PromiseImage, run, type Step, telling } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import type { Delivery } from "./deliver.ts";
import type { KnownSubscriptions } from "./known-subscriptions.ts";

export interface TellOptions {
  readonly store: Store;
  readonly delivery: Delivery;
  readonly known: KnownSubscriptions;
  readonly now: () => EpochMs;
}

/**
 * Tells subscriptions of an event: makes their messages, and sends them on their way. Which subscriptions there are is
 * read after the event, so that whoever has written it knows of none that are missed here.
 *
 * @returns The promise as it is then.
 */
export async function tellSubscriptions(
  { store, delivery, known, now }: TellOptions,
  { write, event: kind }: Extract<Step, { kind: "tell" }>,
  image: PromiseImage,
  cost: Cost,
): Promise<PromiseImage | undefined> {
  const happenedAt = kind === "created" ? image.createdAt : (image.settledAt ?? image.createdAt);
  const changes = telling(write, { image, kind, subscriptions: await known.since(happenedAt) }, now());
  if (changes.length === 1) {
    return (await store.attempt(write, cost)).image;
  }
  const outcome = await store.transact(changes, cost);
  if (!outcome.won) {
    const [refusal] = outcome.refusals;
    return refusal === undefined ? store.get(image.id, cost) : (refusal.image as PromiseImage | undefined);
  }
  await Promise.all(
    changes.map(async ({ of, change }) => {
      if (of === "message" && change.kind === "put") {
        await delivery.send(change.image, cost);
      }
    }),
  );
  return run(write, image).image;
}
