/** What only a file has: it outlives its process, it belongs to one at a time, it has a version, and its disk fills up. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it, onTestFinished } from "vitest";
import { GroupCommit } from "#lib/store/sqlite/group-commit.ts";
import { openDatabase } from "#lib/store/sqlite/schema.ts";
import { sqliteStore } from "#lib/store/sqlite/store.ts";
import { freshFolder } from "../support/folder.ts";
import { imageOf } from "../support/images.ts";
import { anyCost, creation, keep, settlement } from "./keep.ts";
import { full, putting } from "./stock.ts";

const freshFile = () => join(freshFolder(), "promises.db");

describe("A file of promises", () => {
  it("waits for the disk at each commit", () => {
    const database = openDatabase(freshFile());
    onTestFinished(() => database.close());
    const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
    // 2 is FULL: what is acknowledged outlives a loss of power, which no killed process can show.
    expect([pragma("synchronous"), pragma("journal_mode")]).toEqual([2, "wal"]);
  });

  it("holds what it held when it is opened again", async () => {
    const path = freshFile();
    const first = sqliteStore(path);
    const images = Array.from({ length: 150 }, (_, at) => imageOf({ id: `p/${at}`, createdAt: 1_000 + at }));
    await keep(first, images);
    await first.attempt(settlement("p/7", "t"), anyCost());
    const settled = await first.get("p/7", anyCost());
    first.close();

    const second = sqliteStore(path);
    onTestFinished(() => second.close());
    expect(await second.get("p/7", anyCost())).toEqual(settled);
    expect(await second.get("p/149", anyCost())).toEqual(images[149]);
    expect((await Array.fromAsync(second.listed("p/", undefined, anyCost()))).flat()).toHaveLength(150);
    expect((await Array.fromAsync(second.due(0, 2_000, anyCost()))).flat()).toHaveLength(149);
  });

  it("holds what was written in the turn in which it was closed", async () => {
    const path = freshFile();
    const first = sqliteStore(path);
    const written = first.attempt(creation(imageOf()), anyCost());
    first.close();
    expect(await written).toMatchObject({ won: true });
    const second = sqliteStore(path);
    onTestFinished(() => second.close());
    expect(await second.get("p", anyCost())).toEqual(imageOf());
  });

  it("belongs to one at a time: another that opens it is told so, in this process or the next", async () => {
    const path = freshFile();
    const first = sqliteStore(path);
    expect(() => sqliteStore(path)).toThrow(`${path} is in use by another process`);
    const opening = `import { sqliteStore } from ${JSON.stringify(join(import.meta.dirname, "../../lib/store/sqlite/store.ts"))};
      sqliteStore(${JSON.stringify(path)});`;
    const other = spawnSync(process.execPath, ["--input-type=module", "--eval", opening], { encoding: "utf8" });
    expect([other.status, other.stderr]).toEqual([1, expect.stringContaining(`${path} is in use by another process`)]);

    await keep(first, [imageOf()]);
    first.close();
    const second = sqliteStore(path);
    onTestFinished(() => second.close());
    expect(await second.get("p", anyCost())).toEqual(imageOf());
  });

  it("of a later version is refused, and left as it is", () => {
    const path = freshFile();
    sqliteStore(path).close();
    const change = new DatabaseSync(path);
    change.exec("PRAGMA user_version = 6");
    change.close();
    expect(() => sqliteStore(path)).toThrow(`${path} was written by another version of the service (schema 6, not 5)`);
    const after = new DatabaseSync(path);
    onTestFinished(() => after.close());
    expect(after.prepare("PRAGMA user_version").get()).toEqual({ user_version: 6 });
  });

  it("of the first version is brought up to this one, with all that it holds", async () => {
    const path = freshFile();
    const first = new DatabaseSync(path);
    first.exec(`
      CREATE TABLE promises (id TEXT PRIMARY KEY NOT NULL, state TEXT NOT NULL, timeout_at INTEGER NOT NULL,
        created_at INTEGER NOT NULL, settled_at INTEGER, param TEXT NOT NULL, value TEXT NOT NULL, tags TEXT NOT NULL,
        create_key TEXT, complete_key TEXT, create_token TEXT NOT NULL, settle_token TEXT, trace TEXT, due_at INTEGER,
        listed INTEGER NOT NULL) STRICT;
      CREATE INDEX by_age ON promises (created_at, id) WHERE listed;
      CREATE INDEX due ON promises (due_at, id) WHERE due_at IS NOT NULL;
      INSERT INTO promises VALUES ('p', 'pending', 2000, 1000, NULL, '{"data":"x"}', '{}', '{"t":"1"}',
        'key', NULL, 'creator', NULL, '{"traceparent":"t"}', 2000, 1);
      PRAGMA user_version = 1;
    `);
    first.close();
    const store = sqliteStore(path);
    const kept = imageOf({
      param: { data: "x" },
      tags: { t: "1" },
      idempotencyKeyForCreate: "key",
      trace: { traceparent: "t" },
    });
    expect(await store.get("p", anyCost())).toEqual(kept);
    expect((await Array.fromAsync(store.due(0, 2_000, anyCost()))).flat()).toEqual([
      { of: "promise", id: "p", dueAt: 2_000 },
    ]);
    await store.attempt(putting({ of: "promise", id: "full" }, { ...full.promise, id: "full" }), anyCost());
    await store.attempt(putting({ of: "schedule", id: "s" }, full.schedule), anyCost());
    store.close();

    const again = sqliteStore(path);
    onTestFinished(() => again.close());
    expect(await again.get("p", anyCost())).toEqual(kept);
    expect(await again.get("full", anyCost())).toEqual({ ...full.promise, id: "full" });
    expect(await again.find({ of: "schedule", id: "s" }, anyCost())).toEqual(full.schedule);
  });

  it("that is none of promises is refused", () => {
    const path = freshFile();
    const text = new DatabaseSync(path);
    text.exec("CREATE TABLE promises (anything); PRAGMA user_version = 0");
    text.close();
    expect(() => sqliteStore(path)).toThrow("already exists");
  });
});

describe("A group of writes", () => {
  function group() {
    const database = new DatabaseSync(":memory:");
    onTestFinished(() => database.close());
    database.exec("CREATE TABLE kept (name TEXT PRIMARY KEY, content BLOB) STRICT");
    const commits = new GroupCommit(database);
    const insert = database.prepare("INSERT INTO kept VALUES (?, zeroblob(?))");
    return {
      database,
      commits,
      put: (name: string, bytes: number) => commits.run(() => insert.run(name, bytes)),
      names: () =>
        database
          .prepare("SELECT name FROM kept ORDER BY name")
          .all()
          .map(({ name }) => name),
    };
  }

  it("is written together, but for the one that fails by itself", async () => {
    const { put, names } = group();
    const outcomes = await Promise.allSettled([put("a", 1), put("a", 1), put("b", 1)]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(outcomes[1]).toMatchObject({ reason: { code: "storeFailed" } });
    expect(names()).toEqual(["a", "b"]);
  });

  it("is not written at all where the disk is full, and each of it is told so", async () => {
    const { database, put, names } = group();
    database.exec("PRAGMA max_page_count = 20");
    const outcomes = await Promise.allSettled([put("a", 1), put("large", 500_000), put("b", 1)]);
    expect(outcomes).toMatchObject(Array(3).fill({ status: "rejected", reason: { code: "storeFailed" } }));
    expect(names()).toEqual([]);
    expect(await put("c", 1)).toMatchObject({ changes: 1 });
    expect(names()).toEqual(["c"]);
  });
});

describe("a database that cannot be read", () => {
  it("is a fault of the store's, whatever is asked of it", async () => {
    const store = sqliteStore(":memory:");
    store.close();
    const cost = { roundTrips: 0 };
    const first = async (batches: AsyncIterable<unknown>) => batches[Symbol.asyncIterator]().next();
    const asked = await Promise.allSettled([
      store.get("a", cost),
      store.read(["a"], cost),
      first(store.listed("", undefined, cost)),
      first(store.listed("a", undefined, cost)),
      first(store.due(0, 1, cost)),
      store.find({ of: "schedule", id: "a" }, cost),
      store.members("waiter", "a", 1, cost),
      store.attempt(creation(imageOf()), cost),
      store.transact([creation(imageOf())], cost),
      first(store.lineage("a", undefined, cost)),
      first(store.listedById("promise", undefined, cost)),
      first(store.listedById("message", undefined, cost)),
    ]);
    expect(asked).toMatchObject(Array(asked.length).fill({ status: "rejected", reason: { code: "storeFailed" } }));
  });
});
