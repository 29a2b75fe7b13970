import { DatabaseSync } from "node:sqlite";

const promises = `
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
`;

/** Tasks, and everything that is no promise: its fields are one text, since nothing looks for them. */
const tasksAndThings = `
  ALTER TABLE promises ADD COLUMN task_state TEXT;
  ALTER TABLE promises ADD COLUMN task_version INTEGER;
  ALTER TABLE promises ADD COLUMN pid TEXT;
  ALTER TABLE promises ADD COLUMN ttl INTEGER;
  ALTER TABLE promises ADD COLUMN leased_at INTEGER;
  ALTER TABLE promises ADD COLUMN retry_at INTEGER;
  ALTER TABLE promises ADD COLUMN resumes INTEGER;
  ALTER TABLE promises ADD COLUMN give_ups INTEGER;
  ALTER TABLE promises ADD COLUMN task_token TEXT;
  ALTER TABLE promises ADD COLUMN callbacks TEXT;
  ALTER TABLE promises ADD COLUMN listeners TEXT;
  ALTER TABLE promises ADD COLUMN more_waiters INTEGER;
  CREATE TABLE things (
    kind    TEXT NOT NULL,
    within  TEXT NOT NULL,
    id      TEXT NOT NULL,
    fields  TEXT NOT NULL,
    due_at  INTEGER,
    listed  INTEGER NOT NULL,
    PRIMARY KEY (kind, within, id)
  ) STRICT;
  CREATE INDEX things_due ON things (due_at, kind, within, id) WHERE due_at IS NOT NULL;
  CREATE INDEX things_by_id ON things (kind, id, within) WHERE listed;
`;

const retention = `
  ALTER TABLE promises ADD COLUMN expires_at INTEGER;
  CREATE INDEX expiring ON promises (expires_at) WHERE expires_at IS NOT NULL;
`;

const composites = `
  ALTER TABLE promises ADD COLUMN has_members INTEGER;
  ALTER TABLE promises ADD COLUMN outcomes TEXT;
`;

const untold = `
  ALTER TABLE promises ADD COLUMN birth_untold INTEGER;
  ALTER TABLE promises ADD COLUMN end_untold INTEGER;
`;

/** What makes a file of each version one of the next. */
const migrations = [promises, tasksAndThings, retention, composites, untold] as const;

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
    const version = Number(database.prepare("PRAGMA user_version").get()?.["user_version"]);
    if (version > migrations.length) {
      throw new Error(
        `${path} was written by another version of the service (schema ${version}, not ${migrations.length})`,
      );
    }
    if (version < migrations.length) {
      const steps = migrations.slice(version).join("");
      database.exec(`BEGIN IMMEDIATE; ${steps} PRAGMA user_version = ${migrations.length}; COMMIT;`);
    }
    return database;
  } catch (error) {
    database.close();
    throw isLocked(error) ? new Error(`${path} is in use by another process`, { cause: error }) : error;
  }
}

/** SQLITE_BUSY. */
const isLocked = (error: unknown): boolean => error instanceof Error && "errcode" in error && error.errcode === 5;
