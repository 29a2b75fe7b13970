/**
 * Goal: whoever is to be told of a promise's end is told, under one id, or a parked message says so; and no message is left
 * behind because its receiver was paused.
 *
 * Method: processes sweep, send and are told what to do by operators, one after the other and at once, while requests to
 * the store fail before or after they have taken effect, processes crash, messages of the queue come twice, late or never, and
 * receivers fail in every way they have. At each moment a held message has a receiver that is to be tried. In the end
 * all works again, and what is not parked arrives within hours; or nothing does, and it is parked after a day. Bugs that
 * are planted must be noticed.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { AnyChange } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { everyStore, openSqlite } from "../support/stores.ts";
import type { Damage } from "./damages.ts";
import { type Met, play, Stage } from "./notification-play.ts";
import { caught, holds, isReplay, patienceMs } from "./runs.ts";

let runs = 0;
const nothingMet = (): Met => ({ paused: 0, held: 0, released: 0, parked: 0 });

const property = (store: Store, met: Met) =>
  fc.asyncProperty(play, fc.boolean(), async (given, isBack) => {
    const stage = new Stage(store, given, `${runs++}/`, met);
    await stage.play();
    await (isBack ? stage.recover() : stage.giveUp());
  });

describe.each(everyStore)("Over %s, with receivers that fail and a store that does", (name, open) => {
  it(
    "every receiver is told, or a parked message says that it was not",
    async () => {
      const { store, close } = await open();
      const met = nothingMet();
      await holds(property(store, met), name === "SQLite" ? 150 : 6);
      const isRich = name === "SQLite" && !isReplay;
      expect(!isRich || Object.values(met).every((count) => count > 5)).toBe(true);
      close();
    },
    patienceMs,
  );
});

/** A store whose writes are damaged; nothing: the write is not made, and nobody is told. */
const damaging =
  (damage: (write: AnyChange) => AnyChange | undefined): Damage =>
  (store) => ({
    ...store,
    async attempt(write, cost) {
      const damaged = damage(write as unknown as AnyChange);
      return damaged === undefined
        ? { won: true, image: (await store.find(write, cost)) as never }
        : store.attempt(damaged as unknown as typeof write, cost);
    },
    transact: (writes, cost) =>
      store.transact(
        writes.flatMap((write) => damage(write) ?? []),
        cost,
      ),
  });

const isRelease = (write: AnyChange) =>
  write.of === "endpoint" && write.change.kind === "update" && write.change.set?.state === "releasing";

const unchecked = damaging((write) => (write.of === "endpoint" && write.change.kind === "check" ? undefined : write));

const neverReleased = damaging((write) =>
  write.of === "message" && write.guards.some((guard) => guard.kind === "present" && guard.field === "heldAt")
    ? undefined
    : write,
);

const inTheMidst = damaging((write) =>
  isRelease(write) && write.of === "endpoint" && write.change.kind === "update"
    ? { ...write, change: { ...write.change, unset: ["isLastRound"] } }
    : write,
);

const forgottenInPassing = damaging((write) =>
  isRelease(write) && write.of === "endpoint" ? { ...write, change: { kind: "delete" } } : write,
);

const neverProbed = damaging((write) => {
  if (write.of !== "endpoint" || write.change.kind !== "update" || write.change.set?.state !== "paused") {
    return write;
  }
  const { dueAt: _, ...set } = write.change.set;
  return { ...write, change: { ...write.change, set } };
});

const takenOut = damaging((write) =>
  write.of === "message" && write.change.kind === "put" && write.change.image.heldAt !== undefined
    ? { ...write, change: { kind: "delete" } }
    : write,
);

const renamed = damaging((write) => {
  if (write.of !== "message" || write.change.kind !== "put" || write.change.image.attempts === 0) {
    return write;
  }
  const { image } = write.change;
  return { ...write, change: { kind: "put", image: { ...image, createdAt: image.createdAt + 1 } } };
});

const neverParked = damaging((write) =>
  write.of === "message" && write.change.kind === "put" && write.change.image.parkedAt !== undefined
    ? undefined
    : write,
);

describe("It is noticed", () => {
  it.each<[string, Damage, string]>([
    ["a message that is held whether its receiver is paused or not", unchecked, "held by nobody"],
    ["a message that is held and never released", neverReleased, "held by nobody"],
    ["messages that are released from the midst on", inTheMidst, "held by nobody"],
    ["a receiver that is forgotten with messages held", forgottenInPassing, "held by nobody"],
    ["a receiver that is tried again only when it might be forgotten", neverProbed, "what still waits"],
    ["a message that is taken out instead of held", takenOut, "who was told nothing"],
    ["a message that is another at each attempt", renamed, "ids of"],
    ["a message that is never given up", neverParked, "what still waits"],
  ])(
    "%s",
    async (_, damage, sign) => {
      const { store, close } = await openSqlite();
      expect(await caught(property(damage(store), nothingMet()), 600, sign)).toContain(sign);
      close();
    },
    patienceMs,
  );
});
