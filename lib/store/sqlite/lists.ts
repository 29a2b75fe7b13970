/**
 * What the database lists: promises by age, things by id, what is due, call trees.
 *
 * @module
 */

import {
  compareText,
  type EpochMs,
  endOfTime,
  type Key,
  type Kind,
  lineageRoot,
  type Position,
  type PromiseImage,
  sortedMatchesMax,
} from "#lib/core/index.ts";
import type { DueEntry, Listed } from "#lib/ports/store.ts";
import { orFail } from "./failed.ts";
import { fromRow } from "./promise-row.ts";
import { asValues, type Row, type Statements } from "./statements.ts";

/** Rows of an index read at once. */
const batchMax = { listed: 1_000, byId: 100, due: 100, lineage: 100 } as const;

/** Before every place there is. */
const start: Position = { createdAt: endOfTime + 1, id: "" };

export async function* readListed(
  statements: Statements,
  prefix: string,
  after: Position = start,
): AsyncGenerator<readonly Position[]> {
  const range = [prefix, afterPrefix(prefix)] as const;
  const countMax = sortedMatchesMax + 1;
  const isCrowded =
    prefix !== "" &&
    (after.isCrowded === true || orFail(() => statements.countPrefix.get(...range, countMax))?.["count"] === countMax);
  yield* batches(after, ({ createdAt, id }) =>
    (prefix === "" || isCrowded
      ? statements.listAll.all(createdAt, id, batchMax.listed)
      : statements.listPrefix.all(...range, createdAt, id, batchMax.listed)
    ).map((row) => toPosition(row, isCrowded)),
  );
}

export const readOldest = (
  statements: Statements,
  until: EpochMs,
  after: Position = { createdAt: -1, id: "" },
): AsyncGenerator<readonly Position[]> =>
  batches<Position, Position>(after, ({ createdAt, id }) =>
    statements.oldest.all(until, createdAt, id, batchMax.byId).map((row) => toPosition(row, false)),
  );

export async function* readById(statements: Statements, of: Listed, after = ""): AsyncGenerator<readonly Key[]> {
  const read = ({ id = null, within = null }: Row) =>
    of === "promise"
      ? statements.promisesById.all(id, batchMax.byId)
      : statements.thingsById.all(of, id, within, batchMax.byId);
  for await (const rows of batches<Row, Row>({ id: after, within: behindAllTexts }, read)) {
    yield rows.map((row) => toKey(of, row));
  }
}

export const readDue = (statements: Statements, until: EpochMs): AsyncGenerator<readonly DueEntry[]> =>
  batches<DueEntry, DueEntry>({ of: "promise", id: "", dueAt: -1 }, ({ dueAt, of, in: within = "", id }) =>
    statements.due.all(until, dueAt, of, within, id, batchMax.due).map((row) => ({
      ...toKey(row["kind"] as Kind, row),
      dueAt: row["due_at"] as EpochMs,
    })),
  );

const toKey = (of: Kind, { within = "", id }: Row): Key => ({
  of,
  id: id as string,
  ...(within !== "" && { in: within as string }),
});

/** What sets a step's own part of its id off from the root's, in order. */
const marks = [".", ":"] as const;

/** The root, and all steps below it. */
export async function* readLineage(
  statements: Statements,
  root: string,
  after = "",
): AsyncGenerator<readonly PromiseImage[]> {
  const own = compareText(after, root) < 0 ? orFail(() => statements.find.get(root)) : undefined;
  if (own !== undefined) {
    yield [fromRow(asValues(own))];
  }
  for (const begins of marks.map((mark) => root + mark)) {
    const end = afterPrefix(begins);
    const first = { id: compareText(after, begins) > 0 ? after : begins };
    for await (const images of batches<Pick<PromiseImage, "id">, PromiseImage>(first, ({ id }) =>
      statements.lineage.all(id, end, batchMax.lineage).map((row) => fromRow(asValues(row))),
    )) {
      // Others, that are no steps, may begin alike.
      yield images.filter(({ id }) => lineageRoot(id) === root);
    }
  }
}

/** Batches of a list, each from where the last one ended. */
async function* batches<From, Entry extends From>(
  start: From,
  read: (from: From) => readonly Entry[],
): AsyncGenerator<readonly Entry[]> {
  let from: From = start;
  for (;;) {
    const entries = orFail(() => read(from));
    const last = entries.at(-1);
    if (last === undefined) {
      return;
    }
    yield entries;
    from = last;
  }
}

const toPosition = (row: Row, isCrowded: boolean): Position => ({
  createdAt: row["created_at"] as EpochMs,
  id: row["id"] as string,
  ...(isCrowded && { isCrowded }),
});

/** SQLite sorts every blob behind every text. */
const behindAllTexts = new Uint8Array(0);

/** The first text in order that does not begin with the prefix. */
function afterPrefix(prefix: string): string | Uint8Array {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  for (let last = points.pop(); last !== undefined; last = points.pop()) {
    if (last < 0x10ffff) {
      // Surrogates are no characters.
      const next = last === 0xd7ff ? 0xe000 : last + 1;
      return String.fromCodePoint(...points, next);
    }
  }
  return behindAllTexts;
}
