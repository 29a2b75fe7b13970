import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AnyChange, GuardedChange } from "#lib/core/index.ts";
import { transactionMax } from "#lib/ports/store.ts";
import { imageOf } from "../support/images.ts";
import type { Opened, OpenStore } from "../support/stores.ts";
import { anyCost, creation, keep, settlement } from "./keep.ts";
import { bare } from "./stock.ts";

const isThere = [{ kind: "present", field: "state" }] as const;

/** A change of each sort, of things of this name; only the put makes something new. */
const oneOfEach = (name: string): readonly AnyChange[] => [
  { of: "promise", id: `${name}/updated`, guards: isThere, change: { kind: "update", increment: "resumes" } },
  {
    of: "promise",
    id: `${name}/checked`,
    guards: [{ kind: "is", field: "state", value: "pending" }],
    change: { kind: "check" },
  },
  {
    of: "message",
    in: "mailbox",
    id: `${name}/deleted`,
    guards: [{ kind: "present", field: "kind" }],
    change: { kind: "delete" },
  },
  {
    of: "waiter",
    in: name,
    id: "callback#put",
    guards: [{ kind: "absent" }],
    change: { kind: "put", image: { role: "callback", waiter: "put" } },
  },
  { ...creation(imageOf({ id: `${name}/created`, createToken: "mine" })) },
];

export function transactionsContract(open: OpenStore): void {
  describe("A transaction", () => {
    let opened: Opened;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened.close());

    const transact = (...writes: readonly AnyChange[]) => opened.store.transact(writes, anyCost());
    it("may ask for something not to be there, which refuses as soon as it is", async () => {
      const absent: AnyChange = {
        of: "promise",
        id: "absent",
        guards: [{ kind: "absent" }],
        change: { kind: "check" },
      };
      const put = (id: string): AnyChange => ({
        of: "kept",
        in: "absent",
        id,
        guards: [{ kind: "absent" }],
        change: { kind: "put", image: { ...bare.kept, id } },
      });
      expect(await transact(absent, put("1"))).toMatchObject({ won: true });
      await keep(opened.store, [imageOf({ id: "absent" })]);
      expect(await transact(absent, put("2"))).toMatchObject({
        won: false,
        refusals: [{ image: { id: "absent" } }, undefined],
      });
      const kept = await opened.store.members("kept", "absent", 10, anyCost());
      expect(kept.map(({ id }) => id)).toEqual(["1"]);
    });

    it("fills the sets of things that are no promises, as far as they have room, and empties them", async () => {
      const room = (guardMax: number, change: object): AnyChange => ({
        of: "room",
        in: "h",
        id: "00",
        guards: [
          { kind: "present", field: "hook" },
          { kind: "fits", field: "events", countMax: guardMax },
        ],
        change: { kind: "update", ...change },
      });
      const find = () => opened.store.find({ of: "room", in: "h", id: "00" }, anyCost());
      expect(await transact(room(2, { include: { events: ["a"] } }))).toMatchObject({
        won: false,
        refusals: [{ image: undefined }],
      });
      await opened.store.attempt(
        { of: "room", in: "h", id: "00", guards: [], change: { kind: "put", image: { id: "00", hook: "h" } } },
        anyCost(),
      );
      await transact(room(2, { include: { events: ["b"] } }));
      await transact(room(2, { include: { events: ["a"] } }));
      await transact(room(2, { include: { events: ["c"] } }));
      expect(await find()).toEqual({ id: "00", hook: "h", events: ["a", "b"] });
      await transact(room(3, { exclude: { events: ["a", "b"] } }));
      expect(await find()).toEqual({ id: "00", hook: "h" });
    });

    const get = (id: string) => opened.store.get(id, anyCost());

    /** What the changes of {@link oneOfEach} find. */
    async function prepare(name: string): Promise<void> {
      await keep(opened.store, [imageOf({ id: `${name}/updated` }), imageOf({ id: `${name}/checked` })]);
      await opened.store.attempt(
        {
          of: "message",
          in: "mailbox",
          id: `${name}/deleted`,
          guards: [],
          change: { kind: "put", image: { ...bare.message, id: `${name}/deleted` } },
        },
        anyCost(),
      );
    }
    const found = (name: string) =>
      Promise.all(oneOfEach(name).map(({ guards: _, change: __, ...key }) => opened.store.find(key, anyCost())));

    it("does all of its changes, and tells what it has put", async () => {
      await prepare("all");
      const outcome = await transact(...oneOfEach("all"));
      const created = imageOf({ id: "all/created", createToken: "mine" });
      expect(outcome).toMatchObject({ won: true });
      expect(outcome.won && outcome.images.slice(3)).toEqual([{ role: "callback", waiter: "put" }, created]);
      expect(await found("all")).toEqual([
        imageOf({ id: "all/updated", resumes: 1 }),
        imageOf({ id: "all/checked" }),
        undefined,
        { role: "callback", waiter: "put" },
        created,
      ]);
    });

    it.each(oneOfEach("").map(({ change }, at) => [change.kind, at] as const))(
      "that is refused by its %s does nothing, and tells which refused it, and by what",
      async (kind, at) => {
        const name = `refused by ${at}`;
        await prepare(name);
        const before = await found(name);
        const writes = oneOfEach(name).map((write, other) =>
          other === at ? ({ ...write, guards: [...write.guards, never(write)] } as AnyChange) : write,
        );
        const { image } = { image: before[at] };
        expect(await transact(...writes), kind).toEqual({
          won: false,
          refusals: writes.map((_, other) => (other === at ? { image } : undefined)),
        });
        expect(await found(name)).toEqual(before);
      },
    );

    it("that several of its changes refuse tells of each", async () => {
      await keep(opened.store, [imageOf({ id: "several/there" })]);
      const on = (id: string): GuardedChange => ({
        of: "promise",
        id,
        guards: [{ kind: "is", field: "state", value: "resolved" }],
        change: { kind: "update", increment: "resumes" },
      });
      expect(await transact(on("several/there"), creation(imageOf({ id: "several/new" })), on("several/gone"))).toEqual(
        {
          won: false,
          refusals: [{ image: imageOf({ id: "several/there" }) }, undefined, { image: undefined }],
        },
      );
      expect(await get("several/new")).toBeUndefined();
    });

    it("may be of as many changes as the port says, and is refused as a whole by the last", async () => {
      const births = (count: number) =>
        Array.from({ length: count }, (_, at) => creation(imageOf({ id: `many/${at}`, createToken: "mine" })));
      await keep(opened.store, [imageOf({ id: "in the way", createToken: "theirs" })]);
      const refused = await transact(...births(transactionMax - 1), creation(imageOf({ id: "in the way" })));
      expect(refused.won).toBe(false);
      expect(
        await opened.store.read(
          births(transactionMax).map(({ id }) => id),
          anyCost(),
        ),
      ).toEqual([]);
      expect(await transact(...births(transactionMax))).toMatchObject({ won: true });
      expect(
        await opened.store.read(
          births(transactionMax).map(({ id }) => id),
          anyCost(),
        ),
      ).toHaveLength(transactionMax);
    });

    it("of two changes to one thing is no transaction, and does nothing", async () => {
      const twice = creation(imageOf({ id: "twice" }));
      await expect(
        transact(creation(imageOf({ id: "beside" })), twice, { ...twice, guards: [] }),
      ).rejects.toMatchObject({
        code: "storeFailed",
      });
      expect(await opened.store.read(["twice", "beside"], anyCost())).toEqual([]);
      // The same id is another thing under another kind, or in another place.
      const key = { of: "waiter", id: "twice", guards: [], change: { kind: "put", image: bare.waiter } } as const;
      expect(await transact(twice, { ...key, in: "a" }, { ...key, in: "b" })).toMatchObject({ won: true });
    });

    it("that a write cannot be kept of does nothing", async () => {
      const unkept = creation(imageOf({ id: "unkept", resumes: Number.POSITIVE_INFINITY }));
      await expect(transact(creation(imageOf({ id: "kept" })), unkept)).rejects.toThrow();
      expect(await get("kept")).toBeUndefined();
    });

    it("that is repeated after its answer was lost has won again, by its own token, and does nothing more", async () => {
      const created = creation(imageOf({ id: "born once", createToken: "mine" }));
      const counted: GuardedChange = {
        of: "promise",
        id: "counted once",
        guards: isThere,
        change: { kind: "update", increment: "resumes" },
      };
      await keep(opened.store, [imageOf({ id: counted.id })]);
      expect(await transact(created, counted)).toMatchObject({ won: true });
      expect(await transact(created, counted)).toMatchObject({ won: true });
      expect(await get(counted.id)).toMatchObject({ resumes: 1 });

      const settled = settlement("born once", "mine");
      expect(await transact(settled)).toMatchObject({ won: true });
      expect(await transact(settled)).toMatchObject({ won: true });
      expect(await transact(settlement("born once", "theirs"))).toMatchObject({ won: false });
    });

    it("is lost by one beside which it is repeated, if it is somebody else's", async () => {
      await keep(opened.store, [imageOf({ id: "their birth", createToken: "theirs" })]);
      const mine = creation(imageOf({ id: "their birth", createToken: "mine" }));
      expect(await transact(mine, creation(imageOf({ id: "beside theirs" })))).toEqual({
        won: false,
        refusals: [{ image: imageOf({ id: "their birth", createToken: "theirs" }) }, undefined],
      });
    });

    it("at the same time as others, of the same things, is done as well as they are", async () => {
      const shared = ["shared/a", "shared/b", "shared/c"];
      await keep(
        opened.store,
        shared.map((id) => imageOf({ id })),
      );
      const joining = (at: number): readonly AnyChange[] =>
        // In no common order.
        [...shared, ...shared].slice(at % 3, (at % 3) + 3).map((id) => ({
          of: "promise",
          id,
          guards: isThere,
          change: { kind: "update", increment: "resumes", include: { callbacks: [`c${at}`] } },
        }));
      const outcomes = await Promise.all(Array.from({ length: 64 }, (_, at) => transact(...joining(at))));
      expect(outcomes.filter(({ won }) => won)).toHaveLength(64);
      const callbacks = Array.from({ length: 64 }, (_, at) => `c${at}`).sort();
      for (const id of shared) {
        expect(await get(id)).toEqual(imageOf({ id, resumes: 64, callbacks }));
      }
    });

    it("of 64 that create one promise at once, one wins, and takes along what it did beside it", async () => {
      const outcomes = await Promise.all(
        Array.from({ length: 64 }, (_, at) =>
          transact(
            creation(imageOf({ id: "won by one", createToken: `t${at}` })),
            creation(imageOf({ id: `won by one/${at}`, createToken: `t${at}` })),
          ),
        ),
      );
      const winners = outcomes.flatMap(({ won }, at) => (won ? [at] : []));
      expect(winners).toHaveLength(1);
      const beside = await opened.store.read(
        outcomes.map((_, at) => `won by one/${at}`),
        anyCost(),
      );
      expect(beside.map(({ id }) => id)).toEqual([`won by one/${winners[0]}`]);
      expect(await get("won by one")).toMatchObject({ createToken: `t${winners[0]}` });
    });
  });
}

/** A guard that holds of nothing that the change finds. */
const never = ({ of }: AnyChange): object =>
  of === "promise"
    ? { kind: "is", field: "createToken", value: "nobody's" }
    : { kind: "is", field: of === "waiter" ? "role" : "kind", value: "none" };
