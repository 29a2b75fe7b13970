import { checkId } from "#lib/core/index.ts";
import type { Addresses } from "../addresses.ts";
import { fromCursor, type Searching } from "./cursor.ts";
import { type Query, QueryReader } from "./query.ts";

/**
 * The search that a query asks for (`protocol/rest.md` 6).
 *
 * @throws Fault `invalid` with every parameter that cannot be understood.
 */
export function toSearching(query: Query, addresses: Addresses): Searching {
  const cursors = query["cursor"];
  if (cursors !== undefined) {
    return fromCursor(cursors.join());
  }
  const reader = new QueryReader(query);
  const pattern = reader.pattern("every promise");
  const states = reader.states();
  const limit = reader.limit();
  const tags = reader.tags();
  reader.finish();
  const { id, front } = addresses.canonical(pattern);
  checkId(id);
  return { front, search: { pattern: id, ...(states !== undefined && { states }), tags, limit } };
}
