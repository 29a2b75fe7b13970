import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Message, PromiseImage, Waiter } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, keep } from "./keep.ts";
import { bare, putting } from "./stock.ts";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export function collectionsContract(open: OpenStore): void {
  let opened: Opened;
  beforeEach(async () => {
    opened = await open();
  });
  afterEach(() => opened.close());

  describe("The members of something", () => {
    const ids = ["b", "a", "a#", "\uffff", "😀", "é", "A", "listener#http://a?b#c"];
    const waiterOf = (id: string): Waiter => ({ role: "callback", waiter: id });
    const messageOf = (mailbox: string, id: string): Message => ({ ...bare.message, mailbox, id });

    async function enlist(within: string, all: readonly string[]): Promise<void> {
      for (const id of all) {
        await opened.store.attempt(putting({ of: "waiter", in: within, id }, waiterOf(id)), anyCost());
        await opened.store.attempt(putting({ of: "message", in: within, id }, messageOf(within, id)), anyCost());
      }
    }

    it("are those of the kind and the place, in order of ids by their UTF-8 bytes", async () => {
      const others = ["p", "p#", "", "p#a"];
      for (const within of others) {
        await enlist(within, ids);
      }
      await keep(opened.store, [imageOf({ id: "p" })]);
      const sorted = ids.toSorted(byBytes);
      for (const within of others) {
        expect(await opened.store.members("waiter", within, 100, anyCost())).toEqual(sorted.map(waiterOf));
        expect(await opened.store.members("message", within, 100, anyCost())).toEqual(
          sorted.map((id) => messageOf(within, id)),
        );
      }
      expect(await opened.store.members("waiter", "P", 100, anyCost())).toEqual([]);
    });

    it("are no more than the limit, the first of them", async () => {
      await enlist("p", ids);
      const sorted = ids.toSorted(byBytes);
      expect(await opened.store.members("waiter", "p", 3, anyCost())).toEqual(sorted.slice(0, 3).map(waiterOf));
      expect(await opened.store.members("message", "p", 1, anyCost())).toHaveLength(1);
      for (const [at, after] of sorted.entries()) {
        const rest = sorted.slice(at + 1, at + 3).map(waiterOf);
        expect(await opened.store.members("waiter", "p", 2, anyCost(), after)).toEqual(rest);
      }
    });

    it("are fewer by those that are gone", async () => {
      await enlist("p", ["a", "b", "c"]);
      await opened.store.attempt(
        { of: "waiter", in: "p", id: "b", guards: [{ kind: "present", field: "role" }], change: { kind: "delete" } },
        anyCost(),
      );
      expect(await opened.store.members("waiter", "p", 100, anyCost())).toEqual([waiterOf("a"), waiterOf("c")]);
    });
  });

  describe("A lineage", () => {
    const steps = [
      ...[
        "root",
        "root:0",
        "root:0.1",
        "root:1",
        "root:10",
        "root:9",
        "root:d0123456789abcdef",
        "root:d9f0123456789ab",
      ],
      ...["root.0", "root.0.1", "root.d0123456789abcdef", "root:123456.d0123456789abcdef"],
    ];
    const others = [
      ...["root.foo", "root:foo", "root2", "root2:0", "roo", "root/0", "root;0", "root-0", "Root:0", "root:1234567"],
      ...["root:0.foo", "root:d9f", "root:0:1", "root:", "root."],
    ];
    const lineage = async (id: string, after?: string): Promise<readonly PromiseImage[]> =>
      (await Array.fromAsync(opened.store.lineage(id, after, anyCost()))).flat();
    const idsOf = async (id: string, after?: string) => (await lineage(id, after)).map((image) => image.id);

    it("is the root and all steps below it, whoever of them is asked for, in order of ids", async () => {
      const images = [...others, ...steps].map((id) => imageOf({ id, tags: { "resonate:scope": "local" } }));
      await keep(opened.store, images);
      const sorted = steps.toSorted(byBytes);
      for (const id of ["root", "root:0", "root.0.1", "root:7"]) {
        expect(await idsOf(id)).toEqual(sorted);
      }
      expect((await lineage("root"))[0]).toEqual(images.find(({ id }) => id === "root"));
      expect(await idsOf("root2")).toEqual(["root2", "root2:0"]);
      expect(await idsOf("nothing")).toEqual([]);
    });

    it("goes on after an id, whether there is one of it or not", async () => {
      await keep(
        opened.store,
        [...others, ...steps].map((id) => imageOf({ id })),
      );
      const sorted = steps.toSorted(byBytes);
      const places = [
        "",
        "roo",
        "root",
        "root.",
        "root.5",
        "root:0",
        "root:0.0",
        "root:1",
        "root:5",
        "root;",
        "z",
        "\uffff",
        "😀",
      ];
      for (const after of places) {
        expect(await idsOf("root", after), JSON.stringify(after)).toEqual(
          sorted.filter((id) => byBytes(id, after) > 0),
        );
      }
    });

    it("goes on after an id by its UTF-8 bytes", async () => {
      await keep(
        opened.store,
        ["\uffff", "\uffff:0", "😀", "😀:0"].map((id) => imageOf({ id })),
      );
      expect(await idsOf("\uffff", "😀")).toEqual([]);
      expect(await idsOf("😀", "\uffff")).toEqual(["😀", "😀:0"]);
    });

    it("is all there where it is larger than one answer of the database, and shows what has just been written", async () => {
      const data = "x".repeat(50_000);
      const images = Array.from({ length: 250 }, (_, at) => imageOf({ id: `root:${at}`, param: { data } }));
      await keep(opened.store, images);
      expect(await idsOf("root")).toEqual(images.map(({ id }) => id).toSorted(byBytes));
      expect(await idsOf("root", "root:149")).toEqual(
        images
          .map(({ id }) => id)
          .filter((id) => byBytes(id, "root:149") > 0)
          .toSorted(byBytes),
      );
    });
  });
}
