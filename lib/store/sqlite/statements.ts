import type { DatabaseSync, StatementSync } from "node:sqlite";
import { columns, mutableColumns } from "./promise-row.ts";

/** Preparing a statement costs more than running it. */
export type Statements = Readonly<Record<keyof typeof texts, StatementSync>>;

const texts = {
  find: "SELECT * FROM promises WHERE id = ?",
  put: `INSERT OR REPLACE INTO promises (${columns.join(", ")}) VALUES (${columns.map((column) => `:${column}`).join(", ")})`,
  update: `UPDATE promises SET ${mutableColumns.map((column) => `${column} = :${column}`).join(", ")} WHERE id = :id`,
  deletePromise: "DELETE FROM promises WHERE id = ?",
  lineage: "SELECT * FROM promises WHERE id > ? AND id < ? ORDER BY id LIMIT ?",
  countPrefix: "SELECT count(*) AS count FROM (SELECT 1 FROM promises WHERE listed AND id >= ? AND id < ? LIMIT ?)",
  // The unary plus keeps SQLite from walking all promises by age when few begin with the prefix.
  listPrefix: `SELECT created_at, id FROM promises WHERE listed AND id >= ? AND id < ? AND (+created_at, +id) < (?, ?)
    ORDER BY +created_at DESC, +id DESC LIMIT ?`,
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
  members: "SELECT fields FROM things WHERE kind = ? AND within = ? ORDER BY id LIMIT ?",
  allIds: "SELECT id FROM promises",
  allMessages: "SELECT fields FROM things WHERE kind = 'message'",
} as const;

export const prepare = (database: DatabaseSync): Statements =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, database.prepare(text)])) as Statements;
