/**
 * Goal: to know that the properties of this folder see what they are there to see.
 *
 * Method: each bug is planted by a store that is handed a damaged write, or hands out a damaged answer; the same
 * properties are run over it, and must fail. Where both judges should notice, each is asked alone.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Guard, GuardedChange, Outcome, PromiseImage } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { type OpenStore, openSqlite } from "../support/stores.ts";
import { type Judges, play } from "./play.ts";
import { cases, playUnderFaults, type Suffered } from "./play-under-faults.ts";
import { caught } from "./runs.ts";
import { sequences } from "./steps.ts";

const model: Judges = { model: true, invariants: false };
const invariants: Judges = { model: false, invariants: true };

const runsMax = 500;

/** SQLite's store, damaged. */
const damaged =
  (damage: (store: Store) => Partial<Store>): OpenStore =>
  async () => {
    const { store, close } = await openSqlite();
    return { store: { ...store, ...damage(store) }, close };
  };

/** Every write of this simulation is of a promise. */
const writing = (damage: (write: GuardedChange) => GuardedChange): OpenStore =>
  damaged((store) => ({
    attempt: (write, cost) => store.attempt(damage(write as unknown as GuardedChange) as unknown as typeof write, cost),
  }));

const withoutGuard = (isDropped: (guard: Guard) => boolean): OpenStore =>
  writing((write) => ({ ...write, guards: write.guards.filter((guard) => !isDropped(guard)) }));

const isExpiry = ({ change }: GuardedChange) => change.kind === "update" && change.set?.settleToken === undefined;

const noDeadlineGuard = withoutGuard((guard) => guard.kind === "after");
const noPendingGuard = withoutGuard((guard) => guard.kind === "is");
const noBirthGuard = withoutGuard((guard) => guard.kind === "atMost" && guard.field === "createdAt");
const noAbsentGuard = withoutGuard((guard) => guard.kind === "absent");

const stillDue = writing((write) =>
  write.change.kind === "update" ? { ...write, change: { ...write.change, unset: [] } } : write,
);

const timedOutNow = writing((write) =>
  isExpiry(write) && write.change.kind === "update"
    ? { ...write, change: { ...write.change, set: { ...write.change.set, settledAt: 1 } } }
    : write,
);

/** Answers "timed out" from the clock, and leaves it at that. */
const unwrittenTimeOut = damaged((store) => ({
  async attempt(write, cost) {
    const change = write.change as GuardedChange["change"];
    if (!(isExpiry(write as unknown as GuardedChange) && change.kind === "update")) {
      return store.attempt(write, cost);
    }
    const image = (await store.get(write.id, cost)) as PromiseImage;
    const told: Outcome =
      image.state === "pending" ? { won: true, image: { ...image, ...change.set } } : { won: false, image };
    return told as Awaited<ReturnType<typeof store.attempt<typeof write.of>>>;
  },
}));

const oldestFirst = damaged((store) => ({
  async *listed(...asked) {
    for await (const places of store.listed(...asked)) {
      yield places.toReversed();
    }
  },
}));

describe("the simulation notices", () => {
  it.each([
    ["a settlement that does not look at the deadline", "the model", model, noDeadlineGuard],
    ["a settlement that does not look at the deadline", "the invariants", invariants, noDeadlineGuard],
    ["a settlement of what is settled", "the model", model, noPendingGuard],
    ["a settlement of what is settled", "the invariants", invariants, noPendingGuard],
    ["a settlement before the birth", "the model", model, noBirthGuard],
    ["a settlement before the birth", "the invariants", invariants, noBirthGuard],
    ["a second birth", "the model", model, noAbsentGuard],
    ["a second birth", "the invariants", invariants, noAbsentGuard],
    ["a settled promise that stays due", "the invariants", invariants, stillDue],
    ["a time-out at another moment than the deadline", "the invariants", invariants, timedOutNow],
    ["a time-out that is answered from the clock alone", "the model", model, unwrittenTimeOut],
    ["a search that begins with the oldest", "the model", model, oldestFirst],
  ])("%s, by %s", async (_bug, _judge, judges, open) => {
    const property = fc.asyncProperty(sequences, (steps) => play(steps, [open], judges));
    expect(await caught(property, runsMax, "AssertionError")).toContain("AssertionError");
  });

  it("a write that does not know itself again when its answer was lost", async () => {
    const suffered: Suffered = { gaveUp: 0, tookEffect: 0, faults: {} };
    const unsigned = (store: Store): Store => ({
      ...store,
      attempt: ({ signedIn: _, ...write }, cost) => store.attempt(write, cost),
    });
    const property = fc.asyncProperty(cases, (each) => playUnderFaults(each, suffered, unsigned));
    expect(await caught(property, runsMax, "AssertionError")).toContain("AssertionError");
  });
});
