/**
 * Bugs to plant: stores that are handed damaged writes.
 *
 * @module
 */

import { type AnyChange, type ChangeTo, type GuardedChange, permits } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";

/** What stands in a store's place, to see whether a broken one is noticed. */
export type Damage = (store: Store) => Store;

const writing = (damage: (write: GuardedChange) => GuardedChange): Damage => {
  const damaged = <Write extends AnyChange>(write: Write): Write =>
    write.of === "promise" ? (damage(write) as Write) : write;
  return (store) => ({
    ...store,
    attempt: (write, cost) => store.attempt(damaged(write as unknown as AnyChange) as unknown as typeof write, cost),
    transact: (writes, cost) => store.transact(writes.map(damaged), cost),
  });
};

const isEnlisting = ({ change }: GuardedChange) =>
  change.kind === "update" && (change.include !== undefined || change.set?.moreWaiters !== undefined);

export const anyVersion: Damage = writing((write) => ({
  ...write,
  guards: write.guards.filter((guard) => !("field" in guard && guard.field === "taskVersion")),
}));

export const anyEnd: Damage = writing((write) =>
  isEnlisting(write)
    ? { ...write, guards: write.guards.filter(({ kind }) => kind === "fits" || kind === "unset") }
    : write,
);

export const anyHolder: Damage = writing((write) =>
  write.change.kind === "check" ? { ...write, guards: [{ kind: "present", field: "taskState" }] } : write,
);

export const neverTakenOut: Damage = writing((write) => {
  if (write.change.kind !== "update") {
    return write;
  }
  const { exclude: _, ...change } = write.change;
  return { ...write, change };
});

/** Whoever was taken off a list by another is woken all the same. */
export const wokenAgain: Damage = writing((write) => ({
  ...write,
  guards: write.guards.filter(({ kind }) => kind !== "has"),
}));

export const notDue: Damage = writing((write) => {
  if (write.change.kind !== "update" || write.change.set?.settleToken === undefined) {
    return write;
  }
  const { dueAt: _, ...set } = write.change.set;
  return { ...write, change: { ...write.change, set, unset: ["dueAt"] } };
});

/** Looks whether the promise is pending first, and only then writes. */
export const lookedBefore: Damage = (store) => ({
  ...store,
  async attempt(write, cost) {
    const asked = write as unknown as GuardedChange;
    if (asked.of !== "promise" || !isEnlisting(asked)) {
      return store.attempt(write, cost);
    }
    const image = await store.find(write, cost);
    await new Promise((resolve) => setTimeout(resolve, 1));
    const unguarded = { ...write, guards: [{ kind: "present", field: "createdAt" }] } as unknown as ChangeTo<
      typeof write.of
    >;
    return permits(write, image) ? store.attempt(unguarded, cost) : { won: false, image };
  },
});

/** The writes of a transaction that match are lost. */
const losing =
  (isLost: (write: AnyChange) => boolean): Damage =>
  (store) => ({
    ...store,
    transact: (writes, cost) =>
      store.transact(
        writes.filter((write) => !isLost(write)),
        cost,
      ),
  });

export const notWoken: Damage = losing(
  ({ of, change }) => of === "promise" && change.kind === "update" && change.increment === "resumes",
);
export const notTold: Damage = losing(({ of }) => of === "message");

/** The task sleeps first, and is put on the others' lists afterwards. */
export const inTwo: Damage = (store) => ({
  ...store,
  async transact(writes, cost) {
    const [first, ...others] = writes;
    const isSuspension =
      first?.of === "promise" && first.change.kind === "update" && first.change.set?.taskState === "suspended";
    if (!isSuspension) {
      return store.transact(writes, cost);
    }
    const { won, image } = await store.attempt(first, cost);
    if (!won) {
      return { won, refusals: [{ image }, ...others.map(() => undefined)] };
    }
    const outcome = await store.transact(others, cost);
    return outcome.won
      ? { won: true, images: [image, ...outcome.images] }
      : { won: false, refusals: [undefined, ...outcome.refusals] };
  },
});
