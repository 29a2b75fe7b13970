/**
 * Searches of a caller that sees only ids of its prefix. Such ids stand together in the order of ids, so that nothing
 * outside them need be shown, and no cursor need name it.
 *
 * @module
 */

import { compareText, limits, type Page } from "#lib/core/index.ts";
import type { IdPage } from "#lib/service/by-id.ts";

/** The greatest character there is. */
const last = "\u{10ffff}";
const lastBytes = 4;

/** Greater than everything that begins with the text and has at most so many bytes. */
const padded = (text: string, bytes: number): string =>
  text + last.repeat(Math.max(0, Math.floor((bytes - Buffer.byteLength(text)) / lastBytes)));

/** A text below the prefix with no id between the two. */
function justBefore(prefix: string): string {
  const characters = [...prefix];
  const end = characters.pop()?.codePointAt(0) ?? 0;
  const front = characters.join("");
  // There is no text between one and the same with the least character behind it.
  return end === 0 ? front : padded(front + String.fromCodePoint(below(end)), limits.idBytesMax + lastBytes - 1);
}

/** Surrogates are no characters. */
const below = (codePoint: number): number => (codePoint === 0xe000 ? 0xd7ff : codePoint - 1);

/** Whether some id may begin with the prefix. */
const isNameable = (prefix: string): boolean => prefix.isWellFormed() && Buffer.byteLength(prefix) <= limits.idBytesMax;

interface Cut {
  readonly limit: number;
  readonly after?: string;
}

/** The page of a list in order of ids, of which only ids of the prefix are seen. */
export async function listInside<What extends Cut, Row extends { readonly id: string }>(
  prefix: string,
  what: What,
  list: (what: What) => Promise<IdPage<Row>>,
): Promise<IdPage<Row>> {
  if (prefix === "") {
    return list(what);
  }
  if (!isNameable(prefix)) {
    return { rows: [] };
  }
  const start = justBefore(prefix);
  const after = what.after !== undefined && compareText(what.after, start) > 0 ? what.after : start;
  const { rows, next } = await list({ ...what, after });
  const seen = rows.filter(({ id }) => id.startsWith(prefix));
  // Whether something outside is a match as well, must not be told by a full page that says it is the last.
  const place = seen.length === what.limit ? seen.at(-1)?.id : next;
  // Whatever is outside comes behind all that is inside: there is nothing more.
  return { rows: seen, ...(place?.startsWith(prefix) && { next: place }) };
}

/**
 * A page of a search by age as the caller may see it. The place where the next one begins may be the place of any
 * promise: it is told by one that says the same of the prefix's own.
 */
export function cutPage(prefix: string, page: Page): Page {
  const { next } = page;
  if (next === undefined || next.id.startsWith(prefix)) {
    return page;
  }
  const isBeforeAll = compareText(next.id, prefix) > 0;
  return { ...page, next: { ...next, id: isBeforeAll ? padded(prefix, limits.idBytesMax) : prefix } };
}
