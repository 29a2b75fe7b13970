/**
 * What a search asks for, and in which order it is answered (`protocol/rest.md` 6).
 *
 * @module
 */

import type { EpochMs, PromiseRecord, PromiseState, Tags } from "./promise.ts";

/** A place in the order of a search: newest first, and of the same moment the greater id first. */
export interface Position {
  readonly createdAt: EpochMs;
  readonly id: string;
  /** More ids begin like this search's than are sorted: it walks all promises by age, and need not find out again. */
  readonly isCrowded?: boolean;
}

export interface Search {
  /** An id in which `*` stands for any run of characters. */
  readonly pattern: string;
  /** States that match; absent: all. */
  readonly states?: readonly PromiseState[];
  /** Tags that a match has. */
  readonly tags: Tags;
  readonly limit: number;
  /** Only what comes after this place. */
  readonly after?: Position;
}

export interface Page {
  readonly promises: readonly PromiseRecord[];
  /** Where the next page goes on; absent: there is nothing more. */
  readonly next?: Position;
}

/** Up to this many promises of one id prefix are sorted by age; past it, a search walks all promises by age instead. */
export const sortedMatchesMax = 10_000;

/** The literal text before the first `*`. */
export const literalPrefix = (pattern: string): string => pattern.split("*", 1)[0] ?? "";

export const isLiteral = (pattern: string): boolean => !pattern.includes("*");

/** Whether a pattern matches: each of its literal pieces found in turn, the first and the last at the ends. */
export function matcher(pattern: string): (id: string) => boolean {
  const [head = "", ...rest] = pattern.split("*");
  const tail = rest.pop();
  if (tail === undefined) {
    return (id) => id === pattern;
  }
  return (id) => {
    if (!(id.startsWith(head) && id.endsWith(tail) && id.length >= head.length + tail.length)) {
      return false;
    }
    let from = head.length;
    for (const piece of rest) {
      const found = id.indexOf(piece, from);
      if (found < 0) {
        return false;
      }
      from = found + piece.length;
    }
    return from <= id.length - tail.length;
  };
}

/** Sorts newest first, and of the same moment the greater id first. */
export const newestFirst = (a: Position, b: Position): number => b.createdAt - a.createdAt || compareText(b.id, a.id);

/** Compares texts by code point, as the databases do with their UTF-8; JavaScript's own order is by UTF-16 unit. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const left = a.charCodeAt(at);
    const right = b.charCodeAt(at);
    if (left !== right) {
      // Surrogates stand for code points above all that a single unit can be.
      const isLeftSurrogate = (left & 0xf800) === 0xd800;
      const isRightSurrogate = (right & 0xf800) === 0xd800;
      return isLeftSurrogate === isRightSurrogate ? left - right : isLeftSurrogate ? 1 : -1;
    }
  }
  return a.length - b.length;
}

/** Whether a promise, as it is shown, is one that the search asks for; its id has been matched already. */
export const isSought = ({ states, tags }: Search, shown: PromiseRecord): boolean =>
  (states?.includes(shown.state) ?? true) && Object.entries(tags).every(([name, text]) => shown.tags[name] === text);
