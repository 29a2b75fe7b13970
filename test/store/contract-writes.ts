import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Guard, type GuardedChange, type PromiseImage, permits, run } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, contend, creation, keep, settlement } from "./keep.ts";
import { full, without } from "./stock.ts";

type Field = "createdAt" | "timeoutAt" | "dueAt" | "retryAt";

/** Whether a number is at most, or after, one less than it, it, and one more. */
const around = (field: Field, moment: number): Guard[][] =>
  [moment - 1, moment, moment + 1].flatMap((at): Guard[][] => [
    [{ kind: "atMost", field, moment: at }],
    [{ kind: "after", field, moment: at }],
  ]);

const guards: readonly (readonly Guard[])[] = [
  [],
  [{ kind: "absent" }],
  [{ kind: "is", field: "state", value: "pending" }],
  [{ kind: "is", field: "state", value: "PENDING" }],
  [{ kind: "is", field: "taskState", value: "acquired" }],
  [{ kind: "is", field: "taskVersion", value: 3 }],
  [{ kind: "is", field: "taskVersion", value: "3" }],
  // As a client may ask, though no store counts so far.
  [{ kind: "is", field: "taskVersion", value: 2 ** 62 }],
  [{ kind: "after", field: "timeoutAt", moment: 2 ** 62 }],
  [{ kind: "atMost", field: "createdAt", moment: 2 ** 62 }],
  [{ kind: "is", field: "pid", value: "process" }],
  ...(["state", "taskState", "dueAt", "callbacks", "moreWaiters", "trace"] as const).flatMap((field): Guard[][] => [
    [{ kind: "present", field }],
    [{ kind: "unset", field }],
  ]),
  ...around("createdAt", 1_000),
  ...around("timeoutAt", 2_000),
  ...around("dueAt", 1_900),
  ...around("retryAt", 1_800),
  ...["a", "b", "", "ab", "c"].map((member): Guard[] => [{ kind: "has", field: "callbacks", member }]),
  [{ kind: "has", field: "listeners", member: "a" }],
  ...[0, 1, 2, 3].map((countMax): Guard[] => [{ kind: "fits", field: "callbacks", countMax }]),
  [
    { kind: "is", field: "state", value: "pending" },
    { kind: "after", field: "timeoutAt", moment: 1_500 },
    { kind: "atMost", field: "createdAt", moment: 1_500 },
    { kind: "fits", field: "callbacks", countMax: 3 },
    { kind: "unset", field: "settleToken" },
  ],
  [
    { kind: "is", field: "state", value: "pending" },
    { kind: "after", field: "timeoutAt", moment: 2_000 },
  ],
];

const replacement = imageOf({ createdAt: 1_200, timeoutAt: 3_000, param: { data: "z" }, createToken: "another" });

const changes: readonly (readonly [name: string, change: GuardedChange["change"]])[] = [
  ["a put", { kind: "put", image: replacement }],
  ["a put of everything", { kind: "put", image: full.promise }],
  ["an update that sets", { kind: "update", set: { state: "rejected", settledAt: 1_600, dueAt: 1_600 } }],
  ["an update that unsets", { kind: "update", unset: ["dueAt", "callbacks", "pid", "retryAt", "resumes"] }],
  ["an update that counts", { kind: "update", increment: "resumes" }],
  ["an update that includes", { kind: "update", include: { callbacks: ["c", "a"], listeners: ["l"] } }],
  ["an update that excludes some", { kind: "update", exclude: { callbacks: ["a", "x"] } }],
  ["an update that excludes all", { kind: "update", exclude: { callbacks: ["b", "a"], listeners: ["http://a"] } }],
  [
    "an update of every sort",
    {
      kind: "update",
      set: { taskState: "pending", value: {}, trace: { traceparent: "later" } },
      unset: ["pid", "ttl", "giveUps"],
      increment: "taskVersion",
      include: { listeners: ["l"] },
      exclude: { callbacks: ["a"] },
    },
  ],
  ["a deletion", { kind: "delete" }],
];

const stocks: readonly (readonly [name: string, stored: PromiseImage | undefined])[] = [
  ["nothing", undefined],
  ["a pending promise", imageOf({ tags: { t: "a" } })],
  [
    "a resolved promise",
    imageOf({ state: "resolved", settledAt: 1_500, settleToken: "settler", value: { data: "y" } }),
  ],
  ["a promise that has everything", full.promise],
  [
    "a promise that nothing of what may be gone is left of",
    without(full.promise, "settledAt", "settleToken", "retryAt", "moreWaiters", "resumes", "listeners"),
  ],
];

const rows = changes.flatMap(([name, change]) =>
  guards.map((all) => [name, all.map(describeGuard).join(" and ") || "nothing", all, change] as const),
);

function describeGuard(guard: Guard): string {
  const { kind, ...terms } = guard;
  return [kind, ...Object.values(terms)].join(" ");
}

const promiseAt = (id: string, image: PromiseImage | undefined) => image && { ...image, id };

export function writesContract(open: OpenStore): void {
  describe("A guarded change", () => {
    let opened: Opened;
    let count = 0;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    it.each(rows)(
      "%s, guarded by %s, does as on plain objects, alone and in a transaction",
      async (_n, _g, all, change) => {
        for (const [stock, stored] of stocks) {
          const write = (id: string): GuardedChange => ({
            of: "promise",
            id,
            guards: all,
            change: change.kind === "put" ? { ...change, image: { ...change.image, id } } : change,
          });
          // A change of what is not there is none: the core refuses to state it.
          if (stored === undefined && change.kind !== "put" && permits(write(""), stored)) {
            continue;
          }
          const [alone, joined] = [`row/${count++}`, `row/${count++}`];
          await keep(
            opened.store,
            [alone, joined].flatMap((id) => promiseAt(id, stored) ?? []),
          );
          const expected = run(write(alone), promiseAt(alone, stored));
          const left = expected.won && change.kind === "delete" ? undefined : expected.image;

          expect(await opened.store.attempt(write(alone), anyCost()), stock).toStrictEqual(expected);
          expect(await opened.store.get(alone, anyCost()), stock).toStrictEqual(left);

          expect(await opened.store.transact([write(joined)], anyCost()), stock).toMatchObject(
            expected.won ? { won: true } : { won: false, refusals: [{ image: promiseAt(joined, stored) }] },
          );
          expect(await opened.store.get(joined, anyCost()), stock).toStrictEqual(promiseAt(joined, left));
        }
      },
    );

    it("that is a deletion may be repeated, and finds nothing then", async () => {
      const { store } = opened;
      await keep(store, [imageOf({ id: "deleted" })]);
      const deletion: GuardedChange = {
        of: "promise",
        id: "deleted",
        guards: [{ kind: "present", field: "state" }],
        change: { kind: "delete" },
      };
      expect(await store.attempt(deletion, anyCost())).toEqual({ won: true, image: imageOf({ id: "deleted" }) });
      expect(await store.attempt(deletion, anyCost())).toEqual({ won: false, image: undefined });
      expect(await store.read(["deleted"], anyCost())).toEqual([]);
    });

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

    it.each([
      ["create", (id: string, token: string) => creation(imageOf({ id, createToken: token }))],
      ["settle", settlement],
    ])("of 64 that %s one promise at once, one wins, and the others are shown what it made", async (verb, write) => {
      if (verb === "settle") {
        await keep(opened.store, [imageOf({ id: "contested settle" })]);
      }
      const outcomes = await contend(
        opened.store,
        Array.from({ length: 64 }, (_, at) => write(`contested ${verb}`, `t${at}`)),
      );
      const [winner, ...others] = outcomes.filter(({ won }) => won);
      expect(others).toEqual([]);
      expect(await opened.store.get(`contested ${verb}`, anyCost())).toEqual(winner?.image);
      expect(outcomes.map(({ image }) => image)).toEqual(outcomes.map(() => winner?.image));
    });
  });
}
