import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Guard, type GuardedChange, type PromiseImage, permits, run } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, contend, creation, keep, settlement } from "./keep.ts";

const pending = imageOf({ param: { data: "x" }, tags: { t: "a" }, trace: { traceparent: "born" } });
const resolved = imageOf({ state: "resolved", settledAt: 1_500, settleToken: "settler", value: { data: "y" } });

/** Alive from 1,000 to 2,000. */
const guards: readonly (readonly Guard[])[] = [
  [{ kind: "absent" }],
  [{ kind: "is", field: "state", value: "pending" }],
  [{ kind: "is", field: "state", value: "resolved" }],
  [{ kind: "is", field: "state", value: "PENDING" }],
  ...[999, 1_000, 1_001].flatMap((moment): Guard[][] => [
    [{ kind: "atMost", field: "createdAt", moment }],
    [{ kind: "after", field: "createdAt", moment }],
  ]),
  ...[1_999, 2_000, 2_001].flatMap((moment): Guard[][] => [
    [{ kind: "atMost", field: "timeoutAt", moment }],
    [{ kind: "after", field: "timeoutAt", moment }],
  ]),
  [
    { kind: "is", field: "state", value: "pending" },
    { kind: "after", field: "timeoutAt", moment: 1_500 },
    { kind: "atMost", field: "createdAt", moment: 1_500 },
  ],
  [
    { kind: "is", field: "state", value: "pending" },
    { kind: "after", field: "timeoutAt", moment: 2_000 },
  ],
];

const replacement = imageOf({ createdAt: 1_200, timeoutAt: 3_000, param: { data: "z" }, createToken: "another" });

const changes: readonly (readonly [name: string, change: GuardedChange["change"]])[] = [
  ["a put", { kind: "put", image: replacement }],
  ["an update that arms no more", { kind: "update", set: { state: "rejected", settledAt: 1_600 }, unset: ["dueAt"] }],
  ["an update that removes nothing", { kind: "update", set: { state: "rejected", settledAt: 1_600 }, unset: [] }],
  [
    "an update of all there is to update",
    {
      kind: "update",
      set: {
        state: "rejected_canceled",
        settledAt: 1_600,
        value: { headers: { h: "1" }, data: "" },
        idempotencyKeyForComplete: "k",
        settleToken: "another",
        trace: { traceparent: "settled", tracestate: "s" },
      },
      unset: ["dueAt"],
    },
  ],
];

const stocks: readonly (readonly [name: string, stored: PromiseImage | undefined])[] = [
  ["nothing", undefined],
  ["a pending promise", pending],
  ["a resolved promise", resolved],
];

const rows = stocks.flatMap(([stock, stored]) =>
  guards.flatMap((all) =>
    changes
      // An update of nothing is no change at all: the core refuses to state it.
      .filter(
        ([, change]) =>
          change.kind === "put" || stored !== undefined || !permits({ of: "promise", id: "", guards: all, change }, stored),
      )
      .map(([name, change]) => [name, all.map(describeGuard).join(" and "), stock, all, change, stored] as const),
  ),
);

function describeGuard(guard: Guard): string {
  switch (guard.kind) {
    case "absent":
      return "absent";
    case "is":
      return `is ${guard.value}`;
    default:
      return `${guard.field} ${guard.kind} ${guard.moment}`;
  }
}

export function writesContract(open: OpenStore): void {
  describe("A guarded change", () => {
    let opened: Opened;
    let count = 0;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    it.each(rows)(
      "%s, guarded by %s, of %s, does as on plain objects",
      async (_name, _g, _stock, all, change, stored) => {
        const id = `row/${count++}`;
        const named = <Image extends PromiseImage | undefined>(image: Image): Image => image && { ...image, id };
        const before = named(stored);
        await keep(opened.store, before ? [before] : []);
        const write: GuardedChange = {
          of: "promise",
          id,
          guards: all,
          change: change.kind === "put" ? { ...change, image: named(change.image) } : change,
        };
        const expected = run(write, before);
        expect(await opened.store.attempt(write, anyCost())).toEqual(expected);
        expect(await opened.store.get(id, anyCost())).toEqual(expected.won ? expected.image : before);
      },
    );

    it("that is repeated after its answer was lost has won again, by its own token", async () => {
      const { store } = opened;
      const mine = imageOf({ id: "repeated", createToken: "mine" });
      expect(await store.attempt(creation(mine), anyCost())).toEqual({ won: true, image: mine });
      expect(await store.attempt(creation(mine), anyCost())).toEqual({ won: true, image: mine });
      const settled = await store.attempt(settlement(mine.id, "mine"), anyCost());
      expect(settled).toMatchObject({ won: true, image: { state: "resolved", settleToken: "mine" } });
      expect(await store.attempt(settlement(mine.id, "mine"), anyCost())).toEqual(settled);
      // The creator is told what it made, and what others have made of it stands.
      expect(await store.attempt(creation(mine), anyCost())).toEqual({ won: true, image: mine });
      expect(await store.get(mine.id, anyCost())).toEqual(settled.image);
    });

    it("of somebody else's is lost, with the image that refused it", async () => {
      const { store } = opened;
      const theirs = imageOf({ id: "theirs", createToken: "theirs" });
      await keep(store, [theirs]);
      const mine = { ...theirs, createToken: "mine" };
      expect(await store.attempt(creation(mine), anyCost())).toEqual({ won: false, image: theirs });
      const { image } = await store.attempt(settlement(theirs.id, "theirs"), anyCost());
      expect(await store.attempt(settlement(theirs.id, "mine"), anyCost())).toEqual({ won: false, image });
      expect(await store.attempt(settlement("nobody's", "mine"), anyCost())).toEqual({ won: false, image: undefined });
    });

    it("of 64 that create one promise at once, one wins, and the others are shown its promise", async () => {
      const outcomes = await contend(
        opened.store,
        Array.from({ length: 64 }, (_, at) => creation(imageOf({ id: "contested", createToken: `t${at}` }))),
      );
      const [winner, ...others] = outcomes.filter(({ won }) => won);
      expect(others).toEqual([]);
      expect(await opened.store.get("contested", anyCost())).toEqual(winner?.image);
      expect(outcomes.map(({ image }) => image)).toEqual(outcomes.map(() => winner?.image));
    });

    it("of 64 that settle one promise at once, one wins, and the others are shown its verdict", async () => {
      await keep(opened.store, [imageOf({ id: "settled by one" })]);
      const outcomes = await contend(
        opened.store,
        Array.from({ length: 64 }, (_, at) => settlement("settled by one", `t${at}`)),
      );
      const [winner, ...others] = outcomes.filter(({ won }) => won);
      expect(others).toEqual([]);
      expect(await opened.store.get("settled by one", anyCost())).toEqual(winner?.image);
      expect(outcomes.map(({ image }) => image)).toEqual(outcomes.map(() => winner?.image));
    });
  });
}
