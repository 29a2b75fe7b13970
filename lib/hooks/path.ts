/**
 * JSONPath (RFC 9535), as far as its cost is in proportion to what it is asked of.
 *
 * @module
 */

import { query } from "jsonpath-rfc9535";
import parse from "jsonpath-rfc9535/parser";

export const pathLengthMax = 300;

/** The parser tries each of them in several ways, and all that is inside again with each: few, or it takes forever. */
const nestingMax = 4;

interface Found {
  readonly descents: number;
  readonly problem?: string;
}

/** What is wrong with a path, as the end of a sentence that begins with its name; undefined: nothing. */
export function pathProblem(path: string): string | undefined {
  if (path.length > pathLengthMax) {
    return `must be at most ${pathLengthMax} characters`;
  }
  if (!path.isWellFormed()) {
    return "must be well-formed Unicode, without lone surrogates";
  }
  if ((path.match(/[(!?]/g) ?? []).length > nestingMax) {
    return `must have at most ${nestingMax} parentheses, negations and filters`;
  }
  let parsed: unknown;
  try {
    parsed = parse(path);
  } catch {
    return "must be a JSONPath (RFC 9535), such as $.data.object.id";
  }
  const { problem, descents } = inspect(parsed, false);
  return problem ?? (descents > 1 ? "must have at most one .." : undefined);
}

/**
 * Regular expressions may take forever, and so may what is looked for everywhere again and again: from within a filter, or
 * by several selectors at each step.
 */
function inspect(node: unknown, inFilter: boolean): Found {
  if (typeof node !== "object" || node === null) {
    return { descents: 0 };
  }
  const { type, name, selectors } = node as { type?: string; name?: string; selectors?: readonly unknown[] };
  if (name === "match" || name === "search") {
    return { descents: 0, problem: "must not use match or search" };
  }
  if (selectors !== undefined && selectors.length > 1) {
    return { descents: 0, problem: "must have one selector in each pair of brackets" };
  }
  const looksAround = type === "DescendantSegment" || type === "JsonPathQuery" || type === "FilterSelector";
  if (inFilter && looksAround) {
    return { descents: 0, problem: "must have no .., no $ and no filter within a filter" };
  }
  const parts = Object.values(node).map((part) => inspect(part, inFilter || type === "FilterSelector"));
  const problem = parts.find((part) => part.problem !== undefined)?.problem;
  const descents = parts.reduce((sum, part) => sum + part.descents, type === "DescendantSegment" ? 1 : 0);
  return { descents, ...(problem !== undefined && { problem }) };
}

/** Whether the path leads to one place at most, whatever it is asked of. */
export const isSingular = (path: string): boolean =>
  parse(path).segments.every(({ type, node }) => {
    const selector = node.type === "BracketedSelection" ? node.selectors[0] : node;
    return type === "ChildSegment" && /^(NameSelector|IndexSelector|MemberNameShorthand)$/.test(selector?.type ?? "");
  });

/** Everything that the path leads to. */
export const find = (path: string, json: unknown): readonly unknown[] =>
  query(json as Parameters<typeof query>[0], path);
