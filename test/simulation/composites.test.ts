/**
 * Goal: a composite ends by its rule, once, and lets its members go, whatever happens at once and whatever fails.
 *
 * Method: in turn and without trouble, every promise is at every moment what a model says that knows nothing of waiters or
 * due keys. At once and with trouble, what is left when all has come to rest must follow from itself; then bugs are
 * planted, to know that it would be seen.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyChange, GuardedChange } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { everyStore, type OpenStore, openSqlite } from "../support/stores.ts";
import { CompositeModel } from "./composite-model.ts";
import { beginning, type Lived, live, type Step, sequences, troubledLives, wrongs } from "./composite-play.ts";
import { caught, holds, patienceMs } from "./runs.ts";

const inTurn = (open: OpenStore, damage?: (store: Store) => Store) =>
  fc.asyncProperty(sequences, async (steps) => {
    const model = new CompositeModel(beginning);
    const life = { groups: steps.map((step) => [step]), troubles: [], isPrompt: true };
    const look = ({ images }: Lived, [step]: readonly Step[]) => {
      if (step !== undefined) {
        model.play(step);
      }
      const shown = [...images.values()].map(({ id, state, settledAt }) => ({ id, state, settledAt }));
      expect(shown.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toEqual(model.shown());
    };
    expect(wrongs(await live(open, life, look, damage))).toEqual([]);
  });

const atOnce = (open: OpenStore, damage?: (store: Store) => Store) =>
  fc.asyncProperty(troubledLives, async (life) => {
    const ended = new Map<string, string>();
    const look = ({ images }: Lived) => {
      for (const { id, state, value, settledAt } of images.values()) {
        const end = state === "pending" ? undefined : JSON.stringify([state, value, settledAt]);
        expect(ended.get(id) ?? end, id).toBe(end);
        if (end !== undefined) {
          ended.set(id, end);
        }
      }
    };
    expect(wrongs(await live(open, life, look, damage))).toEqual([]);
  });

describe.each(everyStore)("over %s, composites", (name, open) => {
  it("are in turn what the model says", () => holds(inTurn(open), name === "SQLite" ? 150 : 10), patienceMs);

  it(
    "come to rest as their rules say, through trouble",
    () => holds(atOnce(open), name === "SQLite" ? 250 : 10),
    patienceMs,
  );
});

const writing =
  (damage: (write: GuardedChange) => GuardedChange | undefined) =>
  (store: Store): Store => ({
    ...store,
    attempt(write, cost) {
      const damaged = damage(write as unknown as GuardedChange);
      return damaged === undefined
        ? store.find(write, cost).then((image) => ({ won: false, image }))
        : store.attempt(damaged as unknown as typeof write, cost);
    },
    transact: (writes, cost) =>
      store.transact(
        writes.flatMap((write) => (write.of === "promise" ? ((damage(write) as AnyChange) ?? []) : [write])),
        cost,
      ),
  });

const without = (isDropped: (write: GuardedChange, field: string) => boolean) =>
  writing((write) => ({
    ...write,
    guards: write.guards.filter((guard) => !("field" in guard && isDropped(write, guard.field))),
  }));

const reports = ({ change }: GuardedChange): boolean =>
  change.kind === "update" && change.include?.outcomes !== undefined;

const isCancelOfLoser = ({ change }: GuardedChange): boolean =>
  change.kind === "update" && (change.set?.settleToken?.startsWith("composite ") ?? false);

const notDue = writing((write) =>
  reports(write) && write.change.kind === "update" ? { ...write, change: { ...write.change, set: {} } } : write,
);

const untold = writing((write) => (reports(write) ? undefined : write));

const joinsTheEnded = writing((write) =>
  write.change.kind === "update" && write.change.include?.callbacks !== undefined
    ? { ...write, guards: write.guards.filter(({ kind }) => kind === "fits" || kind === "unset") }
    : write,
);

describe("the simulation of composites notices", () => {
  it.each([
    ["one that is decided and not due", inTurn, notDue],
    ["a member whose end is told to nobody", inTurn, untold],
    ["an end that leaves the members as they are", inTurn, without((_, field) => field === "hasMembers")],
    ["losers that are never canceled", inTurn, writing((write) => (isCancelOfLoser(write) ? undefined : write))],
    [
      "two ends at once that each think themselves too few",
      atOnce,
      without((write, field) => reports(write) && field === "resumes"),
    ],
    ["a member that is joined after its end", atOnce, joinsTheEnded],
  ])("%s", async (_bug, property, damage) => {
    expect(await caught(property(openSqlite, damage) as fc.IAsyncProperty<unknown>, 2_000, "AssertionError")).toContain(
      "AssertionError",
    );
  });
});
