import { checkId, Fault, limits, type PromiseState, type Tags, type Violation } from "#lib/core/index.ts";
import type { Addresses } from "../addresses.ts";
import { fromCursor, type Searching } from "./cursor.ts";

/** A query's parameters, each as often as it was given. */
type Query = Readonly<Record<string, readonly string[]>>;

const statesOf: ReadonlyMap<string, readonly PromiseState[]> = new Map([
  ["pending", ["pending"]],
  ["resolved", ["resolved"]],
  ["rejected", ["rejected", "rejected_canceled", "rejected_timedout"]],
]);

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
  const reader = new Reader(query);
  const pattern = reader.text("id") ?? reader.refuse("id", "is required: a pattern, or * for every promise", "*");
  const states = reader.states();
  const limit = reader.limit();
  const tags = reader.tags();
  reader.finish();
  const { id, form } = addresses.canonical(pattern);
  checkId(id);
  return { form, search: { pattern: id, ...(states !== undefined && { states }), tags, limit } };
}

/** Reads parameters, and collects what is wrong with them so that all of it is told at once. */
class Reader {
  readonly #query: Query;
  readonly #violations: Violation[] = [];

  constructor(query: Query) {
    this.#query = query;
  }

  /** Notes a violation, and hands out something to go on with. */
  refuse<Instead>(field: string, rule: string, instead: Instead): Instead {
    this.#violations.push({ field, message: `${field} ${rule}` });
    return instead;
  }

  /** A parameter that is given once, and not empty. */
  text(name: string): string | undefined {
    const [given, ...others] = this.#query[name] ?? [];
    return others.length > 0 ? this.refuse(name, "must be given once", given) : given || undefined;
  }

  states(): readonly PromiseState[] | undefined {
    const name = this.text("state");
    return name === undefined
      ? undefined
      : (statesOf.get(name.toLowerCase()) ?? this.refuse("state", "must be pending, resolved or rejected", undefined));
  }

  limit(): number {
    const text = this.text("limit") ?? "0";
    const limit = Number(text);
    return /^\d+$/.test(text) && limit <= limits.pageMax
      ? limit || limits.pageMax
      : this.refuse(
          "limit",
          `must be a whole number from 0 to ${limits.pageMax}, 0 for ${limits.pageMax}`,
          limits.pageMax,
        );
  }

  tags(): Tags {
    const names = Object.keys(this.#query).filter((name) => name === "tags" || name.startsWith("tags["));
    return Object.fromEntries(
      names.map((name) => {
        const tag = /^tags\[(.*)\]$/s.exec(name)?.[1];
        const [text = "", ...others] = this.#query[name] ?? [];
        if (tag === undefined) {
          return this.refuse(name, "must be of the form tags[name]=value", ["", ""]);
        }
        return others.length > 0 ? this.refuse(name, "must be given once", [tag, text]) : [tag, text];
      }),
    );
  }

  /** @throws Fault `invalid` where anything was refused. */
  finish(): void {
    if (this.#violations.length > 0) {
      throw new Fault("invalid", { violations: this.#violations });
    }
  }
}
