/**
 * What is stored of promises, tasks and those who wait; and a store that is looked at after each of its writes.
 *
 * @module
 */

import type { DebugStore } from "#lib/ports/debug.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Clock } from "./invariants.ts";
import { nothingStored, type Stored, taskViolations } from "./task-invariants.ts";

const anyCost = () => ({ roundTrips: 0 });

/** Reads what is stored of these promises. */
export async function readStored(store: Store, ids: readonly string[]): Promise<Stored> {
  const read = await Promise.all((await store.read(ids, anyCost())).map((image) => store.whole(image, anyCost())));
  const images = read.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const others = await Promise.all(
    images.map(async ({ id, moreWaiters }) =>
      moreWaiters === undefined ? [] : store.members("waiter", id, 1_000, anyCost()),
    ),
  );
  const all = (role: "callback" | "listener", inPlace: "callbacks" | "listeners") =>
    new Map(
      images.map((image, at) => [
        image.id,
        [...(image[inPlace] ?? []), ...(others[at] ?? []).flatMap((each) => (each.role === role ? [each.waiter] : []))],
      ]),
    );
  return {
    images: new Map(images.map((image) => [image.id, image])),
    callbacks: all("callback", "callbacks"),
    listeners: all("listener", "listeners"),
    news: new Set(),
  };
}

export interface Watched {
  /** The store as requests use it, and as the service's own work does. */
  readonly asked: Store;
  readonly background: Store;
  /** Invariants that did not hold of some write. */
  readonly broken: readonly string[];
}

/** Lets one write after the other through, and looks after each at what it has changed. */
export function watched(store: Store, debug: DebugStore, clock: () => Clock): Watched {
  const broken: string[] = [];
  let before = nothingStored;
  let last: Promise<unknown> = Promise.resolve();

  const lookAfter = <Outcome extends { won: boolean }>(isBackground: boolean, write: () => Promise<Outcome>) => {
    const turn = last.then(async () => {
      const outcome = await write();
      if (outcome.won) {
        const { promiseIds, messages } = await debug.everything();
        const stored = await readStored(store, promiseIds);
        const after = { ...stored, news: new Set(messages.map(({ promiseId, address }) => `${promiseId} ${address}`)) };
        broken.push(...taskViolations(before, after, clock(), isBackground));
        before = after;
      }
      return outcome;
    });
    last = turn.catch(() => {});
    return turn;
  };

  const as = (isBackground: boolean): Store => ({
    ...store,
    attempt: (write, cost) => lookAfter(isBackground, () => store.attempt(write, cost)),
    transact: (writes, cost) => lookAfter(isBackground, () => store.transact(writes, cost)),
  });
  return { asked: as(false), background: as(true), broken };
}
