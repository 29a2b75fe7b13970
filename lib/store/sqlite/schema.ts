import { DatabaseSync } from "node:sqlite";

/** Version of the schema below; a file of a later one is left alone. */
const schemaVersion = 1;

const schema = `
  CREATE TABLE promises (
    id           TEXT PRIMARY KEY NOT NULL,
    state        TEXT NOT NULL,
    timeout_at   INTEGER NOT NULL,
    created_at   INTEGER NOT NULL,
    settled_at   INTEGER,
    param        TEXT NOT NULL,
    value        TEXT NOT NULL,
    tags         TEXT NOT NULL,
    create_key   TEXT,
    complete_key TEXT,
    create_token TEXT NOT NULL,
    settle_token TEXT,
    trace        TEXT,
    due_at       INTEGER,
    listed       INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX by_age ON promises (created_at, id) WHERE listed;
  CREATE INDEX due ON promises (due_at, id) WHERE due_at IS NOT NULL;
  PRAGMA user_version = ${schemaVersion};
`;

/** Pages of the write-ahead log between two checkpoints: fewer would stall writes more often than reads need. */
const checkpointPages = 8_000;

/**
 * Opens the database, and creates it where there is none. The file belongs to this process until it is closed.
 *
 * @throws Error where another process has the file, or a later version of the service wrote it.
 */
export function openDatabase(path: string): DatabaseSync {
  const database = new DatabaseSync(path);
  try {
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = ${checkpointPages};
    `);
    const version = database.prepare("PRAGMA user_version").get()?.["user_version"];
    if (version === 0) {
      database.exec(`BEGIN IMMEDIATE; ${schema} COMMIT;`);
    } else if (Number(version) > schemaVersion) {
      throw new Error(
        `${path} was written by another version of the service (schema ${version}, not ${schemaVersion})`,
      );
    }
    return database;
  } catch (error) {
    database.close();
    throw isLocked(error) ? new Error(`${path} is in use by another process`, { cause: error }) : error;
  }
}

/** SQLITE_BUSY. */
const isLocked = (error: unknown): boolean => error instanceof Error && "errcode" in error && error.errcode === 5;
