import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Key, Message } from "#lib/core/index.ts";
import type { Listed } from "#lib/ports/store.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, keep } from "./keep.ts";
import { bare, full, put, putting } from "./stock.ts";

const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));
const odd = ["b", "a", "A", "a#", "a\uffff", "a😀", "é", "\ud7ff", "\u{10ffff}", "z".repeat(900)];

export function byIdContract(open: OpenStore): void {
  describe("What is listed by id", () => {
    let opened: Opened;
    beforeEach(async () => {
      opened = await open();
    });
    afterEach(() => opened.close());

    const list = async (of: Listed, after?: string): Promise<readonly Key[]> =>
      (await Array.fromAsync(opened.store.listedById(of, after, anyCost()))).flat();
    const idsOf = async (of: Listed, after?: string) => (await list(of, after)).map(({ id }) => id);
    /** Puts a message that was given up. */
    const park = (id: string, fields: Partial<Message> = {}) => {
      const message = { ...full.message, ...fields, id };
      return opened.store.attempt(putting({ of: "message", in: message.mailbox, id }, message), anyCost());
    };

    it.each(["promise", "schedule", "message", "hook", "endpoint"] as const)(
      "is every %s in order of ids, by their UTF-8 bytes",
      async (of) => {
        const ids = [...odd, ...Array.from({ length: 300 }, (_, at) => `many/${at}`)];
        await Promise.all(ids.slice(0, 30).map((id) => put(opened.store, of, full[of], id)));
        for (let from = 30; from < ids.length; from += 50) {
          await Promise.all(ids.slice(from, from + 50).map((id) => put(opened.store, of, full[of], id)));
        }
        const sorted = ids.toSorted(byBytes);
        expect(await idsOf(of)).toEqual(sorted);
        for (const after of ["", "a", "a\uffff", "many/150", "many/1500", "n", "\u{10ffff}", "\u{10ffff}a"]) {
          expect(await idsOf(of, after), JSON.stringify(after)).toEqual(sorted.filter((id) => byBytes(id, after) > 0));
        }
      },
    );

    it("tells where each is kept, so that it is found there, and keeps the kinds apart", async () => {
      await put(opened.store, "promise", bare.promise, "same#1");
      await put(opened.store, "schedule", bare.schedule, "same#1");
      await park("same#1", { mailbox: "http://a#b" });
      for (const of of ["promise", "schedule", "message"] as const) {
        const [key, ...others] = await list(of);
        expect(key).toStrictEqual({ of, id: "same#1", ...(of === "message" && { in: "http://a#b" }) });
        expect(others).toEqual([]);
        expect(key && (await opened.store.find(key, anyCost()))).toMatchObject({ id: "same#1" });
      }
    });

    it("holds promises but the steps inside a workflow, whether they are pending or not", async () => {
      await keep(opened.store, [
        imageOf({ id: "w" }),
        imageOf({ id: "w:0", tags: { "resonate:scope": "local" } }),
        imageOf({ id: "x", state: "resolved", settledAt: 1_500 }),
      ]);
      expect(await idsOf("promise")).toEqual(["w", "x"]);
    });

    it("holds messages only while they are parked or held, or once they were replayed", async () => {
      const { parkedAt, heldAt, triedSince, ...onItsWay } = full.message;
      for (const fields of [{ parkedAt }, { heldAt }, { triedSince }]) {
        await put(opened.store, "message", { ...onItsWay, ...fields }, "m");
        expect(await idsOf("message")).toEqual(["m"]);
        await put(opened.store, "message", onItsWay, "m");
        expect(await idsOf("message")).toEqual([]);
      }
      await park("m");
      await put(opened.store, "message", onItsWay, "other");
      expect(await idsOf("message")).toEqual(["m"]);
      await put(opened.store, "message", onItsWay, "m");
      expect(await idsOf("message")).toEqual([]);
    });

    it("holds a schedule that has run, once, and none that is deleted", async () => {
      await put(opened.store, "schedule", bare.schedule, "s");
      await put(opened.store, "schedule", full.schedule, "s");
      expect(await idsOf("schedule")).toEqual(["s"]);
      await opened.store.attempt(
        { of: "schedule", id: "s", guards: [{ kind: "present", field: "cron" }], change: { kind: "delete" } },
        anyCost(),
      );
      expect(await idsOf("schedule")).toEqual([]);
    });

    it("holds messages of one id in several mailboxes, each once, though a batch ends among them", async () => {
      const mailboxes = Array.from({ length: 250 }, (_, at) => `http://host/${String(at).padStart(3, "0")}`);
      await Promise.all(mailboxes.map((mailbox) => park("unblock#p", { mailbox })));
      const found = await list("message");
      expect(found.map((key) => key.in).toSorted()).toEqual(mailboxes);
    });
  });
}
