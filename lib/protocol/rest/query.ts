import { Fault, limits, type PromiseState, type Tags, type Violation } from "#lib/core/index.ts";

/** A query's parameters, each as often as it was given. */
export type Query = Readonly<Record<string, readonly string[]>>;

const statesOf: ReadonlyMap<string, readonly PromiseState[]> = new Map([
  ["pending", ["pending"]],
  ["resolved", ["resolved"]],
  ["rejected", ["rejected", "rejected_canceled", "rejected_timedout"]],
]);

/** Reads parameters, and collects what is wrong with them so that all of it is told at once. */
export class QueryReader {
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

  /** @param all What `*` stands for. */
  pattern(all: string): string {
    return this.text("id") ?? this.refuse("id", `is required: a pattern, or * for ${all}`, "*");
  }

  states(): readonly PromiseState[] | undefined {
    const name = this.text("state");
    return name === undefined
      ? undefined
      : (statesOf.get(name.toLowerCase()) ?? this.refuse("state", "must be pending, resolved or rejected", undefined));
  }

  /** Zero or none stands for as many as there may be. */
  limit(max: number = limits.pageMax): number {
    const text = this.text("limit") ?? "0";
    const limit = Number(text);
    return /^\d+$/.test(text) && limit <= max
      ? limit || max
      : this.refuse("limit", `must be a whole number from 0 to ${max}, 0 for ${max}`, max);
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
