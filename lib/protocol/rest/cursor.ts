import * as z from "zod";
import { invalid, isId, limits, type Search } from "#lib/core/index.ts";
import { once } from "../shapes.ts";

/** A search under way, and what stood in front of its ids. */
export interface Searching {
  readonly search: Search;
  readonly front: string;
}

const states = once(() => z.enum(["pending", "resolved", "rejected", "rejected_canceled", "rejected_timedout"]));

/** What no store can look for was in no cursor that was given out. */
export const idInCursor = once(() => z.string().refine(isId));

/** What a cursor holds, each name short since it travels with every page. */
const Cursor = once(() =>
  z.strictObject({
    v: z.literal(1),
    p: idInCursor(),
    f: z.string(),
    s: z.array(states()).optional(),
    t: z.array(z.tuple([z.string(), z.string()])),
    l: z.number().int().min(1).max(limits.pageMax),
    a: z.strictObject({ c: z.number().int().min(0), i: idInCursor(), x: z.literal(true).optional() }),
  }),
);

/** A cursor carries the whole search, so that the next page needs nothing else. */
export function toCursor({ search: { pattern, states, tags, limit, after }, front }: Searching): string {
  if (after === undefined) {
    throw new Error("a cursor is a place in a search");
  }
  const held: z.infer<ReturnType<typeof Cursor>> = {
    v: 1,
    p: pattern,
    f: front,
    ...(states !== undefined && { s: [...states] }),
    t: Object.entries(tags),
    l: limit,
    a: { c: after.createdAt, i: after.id, ...(after.isCrowded && { x: true }) },
  };
  return encodeCursor(held);
}

/** @throws Fault `invalid` where no search of this service gave the cursor. */
export function fromCursor(cursor: string): Searching {
  const { p, f, s, t, l, a } = decodeCursor(Cursor(), cursor);
  return {
    front: f,
    search: {
      pattern: p,
      ...(s !== undefined && { states: s }),
      tags: Object.fromEntries(t),
      limit: l,
      after: { createdAt: a.c, id: a.i, ...(a.x && { isCrowded: a.x }) },
    },
  };
}

export const encodeCursor = (held: object): string => Buffer.from(JSON.stringify(held)).toString("base64url");

/** @throws Fault `invalid` where the cursor holds something else: it was given by nobody, or to another search. */
export function decodeCursor<Held>(schema: z.ZodType<Held>, cursor: string): Held {
  const held = schema.safeParse(parseEncoded(cursor));
  if (!held.success) {
    throw invalid("cursor", "must be one that a search has answered");
  }
  return held.data;
}

/** What was put into a text that a URL can carry; undefined where it is no such text. */
export function parseEncoded(encoded: string): unknown {
  try {
    return JSON.parse(Buffer.from(encoded, "base64url").toString());
  } catch {
    return undefined;
  }
}
