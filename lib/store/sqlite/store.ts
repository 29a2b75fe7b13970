import type { DatabaseSync, StatementSync } from "node:sqlite";
import {
  type EpochMs,
  endOfTime,
  type GuardedChange,
  type Outcome,
  type Position,
  permits,
  run,
  sortedMatchesMax,
} from "#lib/core/index.ts";
import type { DueEntry, Store } from "#lib/ports/store.ts";
import { orFail } from "./failed.ts";
import { GroupCommit } from "./group-commit.ts";
import { columns, fromRow, mutableColumns, type Row, toMutable, toRow } from "./promise-row.ts";
import { openDatabase } from "./schema.ts";

/** Rows of an index read at once. */
const batchMax = { listed: 1_000, due: 100 } as const;

export interface SqliteStore extends Store {
  /** Commits what is under way, and lets go of the file. */
  close(): void;
}

/**
 * The promises in one SQLite file, or in memory (`:memory:`).
 *
 * @throws Error where the file cannot be opened, or another process has it open.
 */
export function sqliteStore(path: string): SqliteStore {
  const database = openDatabase(path);
  const statements = prepare(database);
  const commits = new GroupCommit(database);
  const find = (id: string) => {
    const row = statements.find.get(id);
    return row && fromRow(row);
  };

  const attempt = (write: GuardedChange): Outcome => {
    const stored = find(write.id);
    const outcome = run(write, stored);
    if (outcome.won && permits(write, stored)) {
      write.change.kind === "put"
        ? statements.put.run(toRow(outcome.image))
        : statements.update.run({ id: write.id, ...toMutable(outcome.image) });
    }
    return outcome;
  };

  return {
    dueShards: 1,
    get: async (id) => orFail(() => find(id)),
    read: async (ids) => orFail(() => ids.flatMap((id) => find(id) ?? [])),
    attempt: (write) => commits.run(() => attempt(write)),
    listed: (prefix, after) => readListed(statements, prefix, after),
    due: (_shard, until) => readDue(statements, until),
    close() {
      commits.flush();
      database.close();
    },
  };
}

type Statements = Readonly<
  Record<"find" | "put" | "update" | "countPrefix" | "listPrefix" | "listAll" | "due", StatementSync>
>;

/** Preparing a statement costs more than running it. */
const prepare = (database: DatabaseSync): Statements => ({
  find: database.prepare("SELECT * FROM promises WHERE id = ?"),
  put: database.prepare(
    `INSERT OR REPLACE INTO promises (${columns.join(", ")}) VALUES (${columns.map((column) => `:${column}`).join(", ")})`,
  ),
  update: database.prepare(
    `UPDATE promises SET ${mutableColumns.map((column) => `${column} = :${column}`).join(", ")} WHERE id = :id`,
  ),
  countPrefix: database.prepare(
    "SELECT count(*) AS count FROM (SELECT 1 FROM promises WHERE listed AND id >= ? AND id < ? LIMIT ?)",
  ),
  // The unary plus keeps SQLite from walking all promises by age when few begin with the prefix.
  listPrefix: database.prepare(
    `SELECT created_at, id FROM promises WHERE listed AND id >= ? AND id < ? AND (+created_at, +id) < (?, ?)
     ORDER BY +created_at DESC, +id DESC LIMIT ?`,
  ),
  listAll: database.prepare(
    `SELECT created_at, id FROM promises WHERE listed AND (created_at, id) < (?, ?)
     ORDER BY created_at DESC, id DESC LIMIT ?`,
  ),
  due: database.prepare(
    "SELECT due_at, id FROM promises WHERE due_at <= ? AND (due_at, id) > (?, ?) ORDER BY due_at, id LIMIT ?",
  ),
});

/** Before every place there is. */
const start: Position = { createdAt: endOfTime + 1, id: "" };

async function* readListed(
  statements: Statements,
  prefix: string,
  after: Position = start,
): AsyncGenerator<readonly Position[]> {
  const range = [prefix, afterPrefix(prefix)] as const;
  const countMax = sortedMatchesMax + 1;
  const isCrowded =
    prefix !== "" &&
    (after.isCrowded === true || orFail(() => statements.countPrefix.get(...range, countMax))?.["count"] === countMax);
  let from = after;
  for (;;) {
    const { createdAt, id } = from;
    const rows = orFail(() =>
      prefix === "" || isCrowded
        ? statements.listAll.all(createdAt, id, batchMax.listed)
        : statements.listPrefix.all(...range, createdAt, id, batchMax.listed),
    );
    const places = rows.map((row) => toPosition(row, isCrowded));
    const last = places.at(-1);
    if (last === undefined) {
      return;
    }
    yield places;
    from = last;
  }
}

const toPosition = (row: Row, isCrowded: boolean): Position => ({
  createdAt: row["created_at"] as EpochMs,
  id: row["id"] as string,
  ...(isCrowded && { isCrowded }),
});

/** The first text in order that does not begin with the prefix; SQLite sorts every blob behind every text. */
function afterPrefix(prefix: string): string | Uint8Array {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last < 0x10ffff) {
      // Surrogates are no characters.
      const next = last === 0xd7ff ? 0xe000 : last + 1;
      return String.fromCodePoint(...points, next);
    }
  }
  return new Uint8Array(0);
}

async function* readDue(statements: Statements, until: EpochMs): AsyncGenerator<readonly DueEntry[]> {
  let from: DueEntry = { dueAt: -1, id: "" };
  for (;;) {
    const { dueAt, id } = from;
    const rows = orFail(() => statements.due.all(until, dueAt, id, batchMax.due));
    const entries = rows.map((row) => ({ id: row["id"] as string, dueAt: row["due_at"] as EpochMs }));
    const last = entries.at(-1);
    if (last === undefined) {
      return;
    }
    yield entries;
    from = last;
  }
}
