/**
 * Goal: a subscription is told of each event that it asks for by exactly one message, at least once, creation before end;
 * and of nothing else, whatever happens at once and whatever fails.
 *
 * Method: random lives over two processes whose writes fail before or after they take effect, whose records and parcels are
 * lost or come twice, with a receiver that is ill at times and a subscription that is paused. In the end everything that
 * was told is compared with the promises that there are. Then bugs are planted, to know that they would be seen.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyChange, ChangeTo, GuardedChange, Kind } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { everyStore, type OpenStore, openSqlite } from "../support/stores.ts";
import { caught, holds, patienceMs } from "./runs.ts";
import { lives, wrongsOf } from "./subscription-play.ts";

const toldOnce = (open: OpenStore, damage?: (store: Store) => Store) =>
  fc.asyncProperty(lives, async (life) => {
    const wrongs = await wrongsOf(open, life, damage);
    if (wrongs.length > 0) {
      throw new Error(wrongs.join("\n"));
    }
  });

describe.each(everyStore)("Over %s, subscriptions", (name, open) => {
  it(
    "are told of every event once, in order, and of nothing else, through trouble",
    () => holds(toldOnce(open), name === "SQLite" ? 300 : 12),
    patienceMs,
  );
});

/** Writes of promises that are not what they should be. */
const writing =
  (damage: (write: GuardedChange) => GuardedChange) =>
  (store: Store): Store => {
    const damaged = <Write extends ChangeTo<Kind>>(write: Write): Write =>
      write.of === "promise" ? (damage(write as unknown as GuardedChange) as unknown as Write) : write;
    return {
      ...store,
      attempt: (write, cost) => store.attempt(damaged(write as never), cost),
      transact: (writes, cost) => store.transact((writes as ChangeTo<Kind>[]).map(damaged) as AnyChange[], cost),
    };
  };

const unset = (write: GuardedChange): readonly string[] =>
  write.change.kind === "update" ? (write.change.unset ?? []) : [];

const withoutGuards = (...fields: string[]) =>
  writing((write) => ({
    ...write,
    guards: write.guards.filter((guard) => !("field" in guard && fields.includes(guard.field))),
  }));

const unmarked = writing((write) => {
  const { change } = write;
  if (change.kind !== "update" || change.set?.endUntold === undefined) {
    return write;
  }
  const { endUntold: _, ...set } = change.set;
  return { ...write, change: { ...change, set } };
});

const bornUnmarked = writing((write) => {
  const { change } = write;
  if (change.kind !== "put") {
    return write;
  }
  const { birthUntold: _, ...image } = change.image;
  return { ...write, change: { ...change, image } };
});

/** The marks are taken away by a write of their own, and the messages are made after it. */
const inTwoSteps = (store: Store): Store => ({
  ...store,
  async transact(writes, cost) {
    const [first, ...messages] = writes;
    if (first?.of !== "promise" || !unset(first).some((field) => field.endsWith("Untold"))) {
      return store.transact(writes, cost);
    }
    const { won, image } = await store.attempt(first, cost);
    if (won && cost.roundTrips % 2 === 0) {
      throw new Error("a process ends between the two");
    }
    return won
      ? store.transact(messages, cost)
      : { won: false, refusals: writes.map((_, at) => (at === 0 ? { image } : undefined)) };
  },
});

const blindTo =
  (kind: Kind, id: RegExp) =>
  (store: Store): Store => ({
    ...store,
    find: async (key, cost) => (key.of === kind && id.test(key.id) ? undefined : store.find(key, cost)),
  });

/** What a process has read of them once, it believes for good. */
function neverReadAgain(store: Store): Store {
  const known = new Map<string, Promise<readonly never[]>>();
  return {
    ...store,
    members(of, within, limit, cost) {
      if ((of as string) !== "subscription" || limit > 90) {
        return store.members(of, within, limit, cost);
      }
      const read = known.get(within) ?? (store.members(of, within, limit, cost) as Promise<readonly never[]>);
      known.set(within, read);
      return read;
    },
  };
}

const twoMessages = (store: Store): Store => ({
  ...withoutGuards("birthUntold", "endUntold", "dueAt", "settledAt")(store),
});

describe("The simulation of subscriptions notices", () => {
  it.each([
    ["an end that leaves no mark", unmarked, "not told of"],
    ["a birth that leaves no mark", bornUnmarked, "not told of created"],
    ["a settlement over a birth that is untold", withoutGuards("birthUntold"), "not told of created"],
    ["messages that are not made with the mark's removal", inTwoSteps, "not told of"],
    ["ends that do not wait for the news of their birth", blindTo("message", /^created#/), "told of its end before"],
    ["two that both tell", twoMessages, "more than one message"],
    ["subscriptions that are read once", neverReadAgain, "not told of"],
  ])(
    "%s",
    async (_bug, damage, sign) => {
      expect(await caught(toldOnce(openSqlite, damage), 3_000, sign)).toContain(sign);
    },
    patienceMs,
  );
});
