/** Searches in order of ids (`protocol/rpc.md` 11), on both stores. */

import { beforeAll, describe, expect, it } from "vitest";
import { type Debugged, everyDebuggable } from "./debugged.ts";
import { leaseMs, lifeMs, lives, type Stage, staged, target } from "./lives.ts";

/** What a search answers with: its rows, by id, and what the next page comes after. */
interface Found {
  readonly ids: readonly string[];
  readonly cursor?: string;
}

describe.each(everyDebuggable)("Over %s", (_, open) => {
  let service: Debugged;
  let stage: Stage;
  staged(open, (...opened) => ([service, stage] = opened));

  const rowsOf = { "promise.search": "promises", "task.search": "tasks", "schedule.search": "schedules" } as const;
  type Kind = keyof typeof rowsOf;
  const search = async (kind: Kind, data: object = {}): Promise<Found> => {
    const { [rowsOf[kind]]: rows, ...rest } = await stage.done(kind, data);
    return { ids: rows.map(({ id }: { id: string }) => id), ...rest };
  };
  /** All pages of a search, one after another. */
  const walk = async (kind: Kind, data: object): Promise<string[][]> => {
    const pages: string[][] = [];
    for (let cursor: string | undefined, isLast = false; !isLast; isLast = cursor === undefined) {
      const page = await search(kind, { ...data, ...(cursor !== undefined && { cursor }) });
      pages.push([...page.ids]);
      cursor = page.cursor;
    }
    return pages;
  };
  const schedule = (id: string, tags: object = {}) =>
    stage.done("schedule.create", {
      id,
      cron: "@yearly",
      promiseId: "x",
      promiseTimeout: 1,
      promiseTags: { ...target, ...tags },
    });

  const makers: readonly (readonly [
    kind: Kind,
    make: (id: string, tags: object) => Promise<unknown>,
    pageDefault: number,
  ])[] = [
    ["promise.search", (id, tags) => stage.promise({ id, tags }), 100],
    ["task.search", (id, tags) => stage.promise({ id, tags: { ...target, ...tags } }), 100],
    ["schedule.search", schedule, 10],
  ];

  describe.each(makers)("%s", (kind, make, pageDefault) => {
    beforeAll(() => service.rpc("debug.reset"));

    it("finds nothing where there is nothing", async () => {
      expect(await search(kind)).toEqual({ ids: [] });
      expect(await search(kind, { cursor: "x", limit: 1_000 })).toEqual({ ids: [] });
    });

    it("lists in order of code points, page by page, each once", async () => {
      const ids = ["", "B", "Z", "a", "a/b", "a0", "b", "é", "～", "\u{1f600}"].map((end) => `o${end}`);
      for (const id of ids.toReversed()) {
        await make(id, {});
      }
      expect(await search(kind)).toEqual({ ids });
      expect(await walk(kind, { limit: 3 })).toEqual([ids.slice(0, 3), ids.slice(3, 6), ids.slice(6, 9), ids.slice(9)]);
      expect(await walk(kind, { limit: 5 })).toEqual([ids.slice(0, 5), ids.slice(5)]);
      expect(await search(kind, { limit: 3 })).toEqual({ ids: ids.slice(0, 3), cursor: ids[2] });
      expect(await search(kind, { limit: 10 })).toEqual({ ids });
    });

    it("goes on after any text, as if it were an id", async () => {
      expect((await search(kind, { cursor: "oa." })).ids.slice(0, 2)).toEqual(["oa/b", "oa0"]);
      expect(await search(kind, { cursor: "p" })).toEqual({ ids: [] });
    });

    it(`has ${pageDefault} rows a page, unless it is told otherwise`, async () => {
      await Promise.all(
        Array.from({ length: pageDefault + 1 }, (_each, at) => make(`p${String(at).padStart(4, "0")}`, {})),
      );
      const first = await search(kind, { cursor: "p" });
      expect([first.ids.length, first.cursor]).toEqual([pageDefault, first.ids.at(-1)]);
      expect(await search(kind, { cursor: first.cursor })).toEqual({
        ids: [`p${String(pageDefault).padStart(4, "0")}`],
      });
      expect((await search(kind, { limit: 1_000 })).ids).toHaveLength(pageDefault + 11);
    });
  });

  describe("By tags", () => {
    beforeAll(async () => {
      await service.rpc("debug.reset");
      for (const [id, tags] of [
        ["x", { a: "1", b: "2" }],
        ["y", { a: "1" }],
        ["z", { b: "2" }],
      ] as const) {
        await stage.promise({ id, tags });
        await schedule(id, tags);
      }
    });

    it.each(["promise.search", "schedule.search"] as const)(
      "%s finds what has all of them, as they are",
      async (kind) => {
        expect((await search(kind, { tags: { a: "1" } })).ids).toEqual(["x", "y"]);
        expect((await search(kind, { tags: { a: "1", b: "2" } })).ids).toEqual(["x"]);
        expect((await search(kind, { tags: {} })).ids).toEqual(["x", "y", "z"]);
        for (const tags of [{ a: "*" }, { a: "" }, { constructor: "x" }, { c: "1" }]) {
          expect(await search(kind, { tags })).toEqual({ ids: [] });
        }
        expect(await walk(kind, { tags: { b: "2" }, limit: 1 })).toEqual([["x"], ["z"]]);
      },
    );
  });

  describe("A search of promises", () => {
    beforeAll(() => service.rpc("debug.reset"));

    it("shows each as it is by now, and finds it by that state", async () => {
      const states = ["pending", "rejected", "rejected_canceled", "resolved"];
      for (const state of states) {
        await stage.promise({ id: state, timeoutAt: 9e15, param: { data: state } });
        if (state !== "pending") {
          await stage.done("promise.settle", { id: state, state, value: { data: "end" } });
        }
      }
      await stage.promise({ id: "overdue" });
      await stage.promise({ id: "over", tags: { "resonate:timer": "true" } });
      const found = async (state: string) => (await search("promise.search", { state })).ids;
      expect(await found("pending")).toEqual(["over", "overdue", "pending"]);
      stage.pass(lifeMs);
      expect(await found("pending")).toEqual(["pending"]);
      expect(await found("resolved")).toEqual(["over", "resolved"]);
      expect(await found("rejected")).toEqual(["rejected"]);
      expect(await found("rejected_canceled")).toEqual(["rejected_canceled"]);
      expect(await found("rejected_timedout")).toEqual(["overdue"]);
      const { promises } = await stage.done("promise.search", {});
      for (const promise of promises) {
        expect((await stage.done("promise.get", { id: promise.id })).promise).toEqual(promise);
      }
    });

    it("by the origin alone lists a whole call tree, the steps of it that no other lists", async () => {
      const origin = { "resonate:origin": "tree" };
      const step = { ...origin, "resonate:scope": "local" };
      await stage.promise({ id: "tree", tags: { ...origin, ...target } });
      for (const id of ["tree:1", "tree:0", "tree:0.1", "tree.2"]) {
        await stage.promise({ id, tags: step });
      }
      await stage.promise({ id: "tree:2", tags: { ...step, "resonate:origin": "other" } });
      await stage.promise({ id: "trees", tags: step });
      const ids = ["tree", "tree.2", "tree:0", "tree:0.1", "tree:1"];
      expect(await search("promise.search", { tags: origin })).toEqual({ ids });
      expect(await walk("promise.search", { tags: origin, limit: 2 })).toEqual([
        ids.slice(0, 2),
        ids.slice(2, 4),
        ids.slice(4),
      ]);
      expect((await search("promise.search", { state: "pending", cursor: "tre" })).ids).toEqual(["tree"]);
    });
  });

  it("A search of tasks shows each as it is by now, and finds it by that state", async () => {
    await service.rpc("debug.reset");
    await stage.promise({ id: "no task" });
    const subjects = new Map<string, string>();
    for (const life of lives) {
      subjects.set(life, (await stage.bring(life)).id);
    }
    for (const life of lives) {
      expect((await search("task.search", { state: life })).ids).toEqual([subjects.get(life)]);
    }
    const { tasks } = await stage.done("task.search", {});
    expect(tasks.map(({ state }: { state: string }) => state).toSorted()).toEqual(lives.toSorted());
    expect(tasks.find(({ state }: { state: string }) => state === "acquired")).toEqual({
      id: subjects.get("acquired"),
      state: "acquired",
      version: 1,
      resumes: 0,
      pid: "p",
      ttl: leaseMs,
    });
    stage.pass(lifeMs);
    expect((await search("task.search", { state: "fulfilled" })).ids).toEqual([...subjects.values()].toSorted());
    expect((await search("task.search", { state: "acquired" })).ids).toEqual([]);
  });
});
