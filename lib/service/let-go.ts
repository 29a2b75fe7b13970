import { type EpochMs, isOverdue, letGo, lettingGo, type PromiseImage, unheardOf } from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { inChunks } from "./in-chunks.ts";
import type { KnownSubscriptions } from "./known-subscriptions.ts";

export interface LetGoOptions {
  readonly store: Store;
  readonly now: () => EpochMs;
  readonly retryMs: number;
  readonly known: KnownSubscriptions;
  /** Told of each member that was canceled. */
  readonly onChanged: (member: PromiseImage, cost: Cost) => Promise<void>;
}

/**
 * Lets the members of a composite go that are still pending, as its rule says; then there is nothing left for it to do. A
 * crash on the way loses nothing: the composite is due until the last write.
 *
 * @returns The composite as it is then.
 */
export async function letMembersGo(
  { store, now, retryMs, known, onChanged }: LetGoOptions,
  composite: PromiseImage,
  cost: Cost,
): Promise<PromiseImage | undefined> {
  const ids = unheardOf(composite);
  const moment = {
    now: now(),
    token: `composite ${composite.createToken}`,
    retryMs,
    subscriptions: await known.current(),
  };
  const members = ids.length === 0 ? [] : await store.read(ids, cost);
  // One whose own deadline has come is ended by that.
  const pending = members.filter((member) => member.state === "pending" && !isOverdue(member, moment.now));
  for await (const chunk of inChunks(pending)) {
    await Promise.all(
      chunk.map(async (member) => {
        const write = lettingGo(composite, member, moment);
        if (write.of === "waiter") {
          await store.attempt(write, cost);
          return;
        }
        const { won, image } = await store.attempt(write, cost);
        if (won) {
          await onChanged(image, cost);
        }
      }),
    );
  }
  return (await store.attempt(letGo(composite), cost)).image;
}
