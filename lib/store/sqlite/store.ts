import type { DatabaseSync } from "node:sqlite";
import {
  type AnyChange,
  type Change,
  type ChangeTo,
  isListedMessage,
  type Key,
  type Kind,
  lineageRoot,
  type Outcome,
  type PromiseImage,
  permits,
  run,
  type Things,
  type Update,
} from "#lib/core/index.ts";
import type { DebugStore } from "#lib/ports/debug.ts";
import type { Cost, Store, Transacted } from "#lib/ports/store.ts";
import { orFail } from "./failed.ts";
import { GroupCommit } from "./group-commit.ts";
import { readById, readDue, readLineage, readListed, readOldest } from "./lists.ts";
import { columnOf, fromRow, toRow, valueFor } from "./promise-row.ts";
import { openDatabase } from "./schema.ts";
import { asValues, prepare, type Statements } from "./statements.ts";

export interface SqliteStore extends Store, DebugStore {
  /** Commits what is under way, and lets go of the file. */
  close(): void;
}

/**
 * Everything in one SQLite file, or in memory (`:memory:`).
 *
 * @throws Error where the file cannot be opened, or another process has it open.
 */
export function sqliteStore(path: string): SqliteStore {
  const database = openDatabase(path);
  const commits = new GroupCommit(database);
  const statements = prepare(database);

  return {
    dueShards: 1,
    get: async (id) => orFail(() => find(statements, { of: "promise", id })),
    find: async (key) => orFail(() => find(statements, key)),
    read: async (ids) => orFail(() => ids.flatMap((id) => find(statements, { of: "promise", id }) ?? [])),
    whole: async (thing) => thing,
    members: async <Of extends Kind>(of: Of, within: string, limit: number, _cost: Cost, after = "") =>
      orFail(() =>
        statements.members
          .all(of, within, after, limit)
          .map(({ fields }) => JSON.parse(fields as string) as Things[Of]),
      ),
    attempt: (write) => commits.run(() => attempt(statements, write)),
    transact: (writes) => commits.run(() => wholly(database, () => transact(statements, writes))),
    lineage: (id, after) => readLineage(statements, lineageRoot(id), after),
    listed: (prefix, after) => readListed(statements, prefix, after),
    oldest: (until, after) => readOldest(statements, until, after),
    listedById: (of, after) => readById(statements, of, after),
    reap: (until) =>
      commits.run(() => {
        statements.deleteExpired.run(until);
        statements.deleteExpiredThings.run(until);
      }),
    due: (_shard, until) => readDue(statements, until),
    close() {
      commits.flush();
      database.close();
    },
    everything: async () => ({
      promiseIds: statements.allIds.all().map(({ id }) => id as string),
      messages: statements.allMessages.all().map(({ fields }) => JSON.parse(fields as string) as Things["message"]),
    }),
    clear: () => commits.run(() => database.exec("DELETE FROM promises; DELETE FROM things")),
  };
}

function attempt<Of extends Kind>(statements: Statements, write: ChangeTo<Of>): Outcome<Things[Of]> {
  const stored = find(statements, write);
  const outcome = run(write, stored);
  if (outcome.won && permits(write, stored)) {
    keep(statements, write, outcome.image);
  }
  return outcome;
}

/** Undoes what a failed piece of work has written: the group that it is part of is committed in any case. */
function wholly<Result>(database: DatabaseSync, work: () => Result): Result {
  database.exec("SAVEPOINT whole");
  try {
    const result = work();
    database.exec("RELEASE whole");
    return result;
  } catch (error) {
    if (database.isTransaction) {
      database.exec("ROLLBACK TO whole; RELEASE whole");
    }
    throw error;
  }
}

function transact(statements: Statements, writes: readonly AnyChange[]): Transacted {
  if (new Set(writes.map(({ of, in: within = "", id }) => JSON.stringify([of, within, id]))).size < writes.length) {
    throw new Error("no two changes of a transaction are of one thing");
  }
  const tried = (writes as readonly ChangeTo<Kind>[]).map((write) => {
    const stored = find(statements, write);
    return { write, stored, isPermitted: permits(write, stored), outcome: run(write, stored) };
  });
  if (!tried.every(({ outcome }) => outcome.won)) {
    return {
      won: false,
      refusals: tried.map(({ outcome, stored }) => (outcome.won ? undefined : { image: stored })),
    };
  }
  // One that refuses its own repetition tells of the whole: it was all done, and is not done again.
  if (tried.every(({ isPermitted }) => isPermitted)) {
    for (const { write, outcome } of tried) {
      keep(statements, write, outcome.image as Things[Kind]);
    }
  }
  return { won: true, images: tried.map(({ outcome }) => outcome.image) };
}

function find<Of extends Kind>(statements: Statements, { of, in: within = "", id }: Key<Of>): Things[Of] | undefined {
  if (of === "promise") {
    const row = statements.find.get(id);
    return row && (fromRow(asValues(row)) as Things[Of]);
  }
  const row = statements.findThing.get(of, within, id);
  return row && (JSON.parse(row["fields"] as string) as Things[Of]);
}

/** Writes what a permitted change has made. */
function keep<Of extends Kind>(
  statements: Statements,
  { of, in: within = "", id, change }: ChangeTo<Of>,
  made: Things[Of],
): void {
  if (of === "promise") {
    keepPromise(statements, id, change as Change, made as PromiseImage);
  } else if (change.kind === "delete") {
    statements.deleteThing.run(of, within, id);
  } else if (change.kind !== "check") {
    const { dueAt = null } = made as Partial<Things["message"]>;
    const isListed = listedKinds.has(of) || (of === "message" && isListedMessage(made as Things["message"]));
    statements.putThing.run(of, within, id, JSON.stringify(made), dueAt, isListed ? 1 : 0);
  }
}

/** Kinds of which everything is listed. */
const listedKinds: ReadonlySet<Kind> = new Set(["schedule", "key", "hook", "endpoint"]);

function keepPromise(statements: Statements, id: string, change: Change, made: PromiseImage): void {
  switch (change.kind) {
    case "put":
      statements.put.run(...toRow(made));
      return;
    case "update": {
      const fields = changedBy(change);
      if (fields.length > 0) {
        statements.update(fields.map(columnOf)).run(...fields.map((field) => valueFor(field, made)), id);
      }
      return;
    }
    case "delete":
      statements.deletePromise.run(id);
      return;
    case "check":
  }
}

/** The fields that an update may have changed. */
const changedBy = ({ set, unset = [], increment, include, exclude }: Update<PromiseImage>): (keyof PromiseImage)[] => [
  ...new Set([
    ...(Object.keys({ ...set, ...include, ...exclude }) as (keyof PromiseImage)[]),
    ...unset,
    ...(increment === undefined ? [] : [increment]),
  ]),
];
