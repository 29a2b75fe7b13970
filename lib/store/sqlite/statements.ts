import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { columns, writtenColumns } from "./promise-row.ts";

/** Preparing a statement costs more than running it. */
export type Statements = Readonly<Record<keyof typeof texts, StatementSync>> & {
  /** Writes these columns of the promise of an id. There are no more such statements than kinds of changes. */
  update(columns: readonly string[]): StatementSync;
};

const texts = {
  find: `SELECT ${columns.join(", ")} FROM promises WHERE id = ?`,
  put: `INSERT OR REPLACE INTO promises (${writtenColumns.join(", ")}) VALUES (${writtenColumns.map(() => "?").join(", ")})`,
  deleteExpired: "DELETE FROM promises WHERE expires_at <= ?",
  deleteExpiredThings: `DELETE FROM things WHERE kind IN ('delivery', 'allowance') AND fields ->> 'expiresAt' <= ?1
    OR kind = 'link' AND fields ->> 'keptUntil' <= ?1`,
  deletePromise: "DELETE FROM promises WHERE id = ?",
  lineage: `SELECT ${columns.join(", ")} FROM promises WHERE id > ? AND id < ? ORDER BY id LIMIT ?`,
  countPrefix: "SELECT count(*) AS count FROM (SELECT 1 FROM promises WHERE listed AND id >= ? AND id < ? LIMIT ?)",
  // The unary plus keeps SQLite from walking all promises by age when few begin with the prefix.
  listPrefix: `SELECT created_at, id FROM promises WHERE listed AND id >= ? AND id < ? AND (+created_at, +id) < (?, ?)
    ORDER BY +created_at DESC, +id DESC LIMIT ?`,
  oldest: `SELECT created_at, id FROM promises WHERE listed AND created_at <= ? AND (created_at, id) > (?, ?)
    ORDER BY created_at, id LIMIT ?`,
  listAll: `SELECT created_at, id FROM promises WHERE listed AND (created_at, id) < (?, ?)
    ORDER BY created_at DESC, id DESC LIMIT ?`,
  promisesById: "SELECT id FROM promises WHERE listed AND id > ? ORDER BY id LIMIT ?",
  thingsById:
    "SELECT within, id FROM things WHERE kind = ? AND listed AND (id, within) > (?, ?) ORDER BY id, within LIMIT ?",
  // Up to ?1, after the entry that ?2 to ?5 are the key of. Each table is read in its index's order, no further than ?6.
  due: `SELECT * FROM (
      SELECT due_at, 'promise' AS kind, '' AS within, id FROM promises
      WHERE due_at <= ?1 AND (due_at, id) > (?2, CASE WHEN ?3 < 'promise' THEN '' WHEN ?3 = 'promise' THEN ?5 ELSE x'' END)
      ORDER BY due_at, id LIMIT ?6)
    UNION ALL SELECT * FROM (
      SELECT due_at, kind, within, id FROM things
      WHERE due_at <= ?1 AND (due_at, kind, within, id) > (?2, ?3, ?4, ?5)
      ORDER BY due_at, kind, within, id LIMIT ?6)
    ORDER BY due_at, kind, within, id LIMIT ?6`,
  findThing: "SELECT fields FROM things WHERE kind = ? AND within = ? AND id = ?",
  putThing: "INSERT OR REPLACE INTO things (kind, within, id, fields, due_at, listed) VALUES (?, ?, ?, ?, ?, ?)",
  deleteThing: "DELETE FROM things WHERE kind = ? AND within = ? AND id = ?",
  members: "SELECT fields FROM things WHERE kind = ? AND within = ? AND id > ? ORDER BY id LIMIT ?",
  allIds: "SELECT id FROM promises",
  allMessages: "SELECT fields FROM things WHERE kind = 'message'",
} as const;

/** A row's values by the names of their columns, as SQLite hands them out. */
export type Row = Record<string, SQLOutputValue>;

/** Statements that read whole promises: a row that names each of its values takes twice as long. */
const ofPromises = ["find", "lineage"] as const;

export function prepare(database: DatabaseSync): Statements {
  const prepared = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, database.prepare(text)]),
  ) as Record<keyof typeof texts, StatementSync>;
  for (const name of ofPromises) {
    prepared[name].setReturnArrays(true);
  }
  const updates = new Map<string, StatementSync>();
  return {
    ...prepared,
    update(changed) {
      const assignments = changed.map((column) => `${column} = ?`).join(", ");
      const update = updates.get(assignments) ?? database.prepare(`UPDATE promises SET ${assignments} WHERE id = ?`);
      updates.set(assignments, update);
      return update;
    },
  };
}

/** A row of such a statement: its type knows only rows that name their values. */
export const asValues = (row: object): readonly SQLOutputValue[] => row as readonly SQLOutputValue[];
