import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Key, Kind, PromiseImage, Things, Update } from "#lib/core/index.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost } from "./keep.ts";
import { bare, full, kinds, mutable, named, placed, put, putting, without } from "./stock.ts";

/** A kind's fields that a thing may do without. */
const optional = (of: Kind): readonly string[] => Object.keys(full[of]).filter((field) => !(field in bare[of]));

const withField = (of: Kind, field: string): Things[Kind] =>
  ({ ...bare[of], [field]: full[of][field as keyof object] }) as Things[Kind];

export function fieldsContract(open: OpenStore): void {
  describe("A thing", () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const find = (key: Key) => opened.store.find(key, anyCost());
    const update = (id: string, change: Omit<Update<PromiseImage>, "kind">) =>
      opened.store.attempt(
        {
          of: "promise",
          id,
          guards: [{ kind: "present", field: "state" }],
          change: { kind: "update", ...change },
        },
        anyCost(),
      );

    it.each(kinds)("that is a %s keeps every field there is, and has none that it was not given", async (of) => {
      for (const [name, image] of Object.entries({ full: full[of], bare: bare[of] })) {
        const id = `${of} ${name}`;
        const key = await put(opened.store, of, image, id);
        expect(await find(key)).toStrictEqual(placed(of, image, id).image);
      }
    });

    it.each(kinds.flatMap((of) => optional(of).map((field) => [of, field] as const)))(
      "that is a %s keeps its %s beside no other",
      async (of, field) => {
        const id = `${of} with ${field}`;
        const key = await put(opened.store, of, withField(of, field), id);
        expect(await find(key)).toStrictEqual(placed(of, withField(of, field), id).image);
      },
    );

    it.each(mutable)(
      "that is a promise has its %s set by an update of it alone, and removed by another",
      async (field) => {
        const id = `updated ${field}`;
        const before = { ...bare.promise, id };
        const after = { ...before, [field]: full.promise[field] } as PromiseImage;
        const key = await put(opened.store, "promise", before, id);
        const set = { [field]: full.promise[field] } as NonNullable<Update<PromiseImage>["set"]>;
        expect(await update(id, { set })).toStrictEqual({ won: true, image: after });
        expect(await find(key)).toStrictEqual(after);
        if (optional("promise").includes(field)) {
          const unset = [field] as NonNullable<Update<PromiseImage>["unset"]>;
          expect(await update(id, { unset })).toStrictEqual({ won: true, image: before });
          expect(await find(key)).toStrictEqual(before);
        }
      },
    );

    it("that is a promise loses all that it may be without in one update", async () => {
      const removed = mutable.filter((field) => optional("promise").includes(field));
      const key = await put(opened.store, "promise", full.promise, "stripped");
      const unset = removed as NonNullable<Update<PromiseImage>["unset"]>;
      const left = { ...without(full.promise, ...removed), id: "stripped" };
      expect(await update("stripped", { unset })).toStrictEqual({ won: true, image: left });
      expect(await find(key)).toStrictEqual(left);
    });

    it("that is put in place of another has nothing left of it", async () => {
      for (const of of kinds) {
        const key = await put(opened.store, of, full[of], `replaced ${of}`);
        await put(opened.store, of, bare[of], `replaced ${of}`);
        expect(await find(key)).toStrictEqual(placed(of, bare[of], `replaced ${of}`).image);
      }
    });

    it("keeps an empty object, and an empty set as none", async () => {
      const sets = { callbacks: [], listeners: [] };
      const key = await put(
        opened.store,
        "promise",
        { ...full.promise, param: {}, tags: {}, value: {}, ...sets },
        "empty",
      );
      const kept = { ...without(full.promise, "callbacks", "listeners"), id: "empty", param: {}, tags: {}, value: {} };
      expect(await find(key)).toStrictEqual(kept);

      const filled = { value: full.promise.value, callbacks: ["a"], listeners: ["b"] };
      expect(await update("empty", { set: filled })).toStrictEqual({ won: true, image: { ...kept, ...filled } });
      expect(await update("empty", { set: { value: {}, ...sets } })).toStrictEqual({ won: true, image: kept });
      expect(await find(key)).toStrictEqual(kept);
    });

    it("is told from one of another kind, of another place, and of another id", async () => {
      const keys: readonly Key[] = [
        { of: "schedule", id: "same" },
        { of: "message", in: "same", id: "same" },
        { of: "message", in: "same#", id: "same" },
        { of: "message", in: "", id: "same" },
        { of: "waiter", in: "same", id: "same" },
        { of: "promise", id: "same" },
      ];
      const { store } = opened;
      const seen = async () => (await Promise.all(keys.map((key) => find(key)))).map((thing) => thing !== undefined);
      for (const [at, key] of keys.entries()) {
        expect(await seen()).toEqual(keys.map((_, other) => other < at));
        await store.attempt(putting(key, named(bare[key.of], "same")), anyCost());
      }
      expect(await seen()).toEqual(keys.map(() => true));
    });
  });
}
