/**
 * Texts found in a request.
 *
 * @module
 */

import { headerOf } from "./claim.ts";
import { partsOfPlace } from "./coverage.ts";
import type { Place } from "./definition.ts";
import type { HookRequest, Unusable } from "./hook.ts";
import { find } from "./path.ts";
import type { Part } from "./template.ts";

type Problem = Extract<Unusable, "bodyUnreadable" | `promiseId${string}`>;

type Found = { readonly text: string; readonly problem?: never } | { readonly problem: Problem; readonly text?: never };

/** The text at a place: each of its parts is exactly one text that says something, or there is none. */
export function textAt(place: Place, request: HookRequest, document: unknown): Found {
  const found = partsOfPlace(place).map((part) => textOfPart(part, request, document));
  const problem = found.find((part) => part.problem !== undefined);
  return problem ?? { text: found.map(({ text }) => text).join("") };
}

function textOfPart({ from, of }: Part, request: HookRequest, document: unknown): Found {
  switch (from) {
    case "text":
      return { text: of };
    case "header":
      return soleText([headerOf(request, of)]);
    case "query":
      return soleText(request.query.getAll(of));
    case "path":
      return document === undefined ? { problem: "bodyUnreadable" } : soleText(find(of, document));
  }
}

function soleText(values: readonly unknown[]): Found {
  const [value, ...others] = new Set(values.filter((value) => value !== undefined && value !== null && value !== ""));
  if (value === undefined) {
    return { problem: "promiseIdMissing" };
  }
  if (others.length > 0) {
    return { problem: "promiseIdAmbiguous" };
  }
  // Of a number that JavaScript rounds, others would become the same text.
  const isText = typeof value === "string" || typeof value === "boolean" || Number.isSafeInteger(value);
  return isText ? { text: String(value) } : { problem: "promiseIdInvalid" };
}
