/**
 * Texts put together from parts of a request: `pay/{$.data.object.id}/{header:x-shop}`.
 *
 * @module
 */

import { pathProblem } from "./path.ts";

export const headerName = /^[a-z0-9!#$%&'*+.^_`|~-]{1,100}$/;

export const queryNameLengthMax = 100;

/** A part of a template: text as it is, or where in the request a text is to be found. */
export type Part = { readonly from: "text" | "path" | "header" | "query"; readonly of: string };

/** The parts of a template. What stands in braces begins with `$`, `header:` or `query:`, and has no braces in it. */
export const partsOf = (template: string): readonly Part[] =>
  template
    .split(/(\{[^{}]*\})/)
    .filter((part) => part !== "")
    .map(toPart);

function toPart(part: string): Part {
  if (!(part.startsWith("{") && part.endsWith("}"))) {
    return { from: "text", of: part };
  }
  const inside = part.slice(1, -1);
  const { from, name = "" } = /^(?<from>header|query):(?<name>.*)$/s.exec(inside)?.groups ?? {};
  return from === undefined ? { from: "path", of: inside } : { from: from as "header" | "query", of: name };
}

/** What is wrong with a part, as the end of a sentence that begins with its name; undefined: nothing. */
export function partProblem({ from, of }: Part): string | undefined {
  switch (from) {
    case "text":
      return /[{}]/.test(of) ? "must have its braces in pairs, and none within others" : undefined;
    case "path":
      return pathProblem(of);
    case "header":
      return headerName.test(of) ? undefined : "must be the name of a header in lower case, at most 100 characters";
    case "query":
      return of !== "" && of.length <= queryNameLengthMax && of.isWellFormed()
        ? undefined
        : `must be the name of a parameter, at most ${queryNameLengthMax} characters`;
  }
}
