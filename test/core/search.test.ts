import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isLiteral, isSought, literalPrefix, matcher, newestFirst, type Search } from "#lib/core/index.ts";
import { imageOf } from "../support/images.ts";

/** The naive reading of a pattern: whatever is no star stands for itself. */
const asRegexp = (pattern: string): RegExp =>
  new RegExp(`^${pattern.replaceAll(/[.\\]/g, "\\$&").replaceAll("*", "[^]*")}$`);

describe("a pattern", () => {
  it.each([
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["ab*ba", "aba", false],
    ["ab*ba", "abba", true],
    ["*ab*ab*", "ab", false],
    ["*ab*ab*", "abab", true],
    ["a*b*b", "ab", false],
    ["a*b*b", "abb", true],
    ["a**b", "ab", true],
    ["*a", "ba\n", false],
    ["a*c", "a\nb\nc", true],
    ["a.c", "abc", false],
    ["a\\*", "a\\b", true],
    ["A*", "ab", false],
    ["purchase/*/song/*", "purchase/1/song/2", true],
    ["purchase/*/song/*", "purchase/song/2", false],
  ])("%j matches %j: %s", (pattern, id, isMatch) => {
    expect(matcher(pattern)(id)).toBe(isMatch);
  });

  it("matches whatever a regular expression for it would", () => {
    // Few characters, so that pieces overlap and repeat; some that a regular expression would take for its own.
    const text = (alphabet: readonly string[], maxLength: number) =>
      fc.string({ unit: fc.constantFrom(...alphabet), maxLength });
    let matches = 0;
    fc.assert(
      fc.property(text(["a", "b", "*", "*", ".", "\n"], 7), text(["a", "b", ".", "\n"], 9), (pattern, id) => {
        const isMatch = asRegexp(pattern).test(id);
        matches += isMatch ? 1 : 0;
        return matcher(pattern)(id) === isMatch;
      }),
      { numRuns: 20_000, seed: 1 },
    );
    expect(matches).toBeGreaterThan(500);
  });

  it("matches an id made by filling its stars", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "b"), maxLength: 3 });
    fc.assert(
      fc.property(fc.array(fc.tuple(piece, piece), { minLength: 1 }), piece, (pieces, tail) => {
        const pattern = `${pieces.map(([literal]) => literal).join("*")}*${tail}`;
        const id = `${pieces.map(([literal, filling]) => literal + filling).join("")}${tail}`;
        return matcher(pattern)(id);
      }),
    );
  });

  it.each([
    ["a/b*c*", "a/b", false],
    ["*a", "", false],
    ["a", "a", true],
    ["", "", true],
    ["a*", "a", false],
  ])("%j begins with the literal text %j; is literal altogether: %s", (pattern, prefix, literal) => {
    expect([literalPrefix(pattern), isLiteral(pattern)]).toEqual([prefix, literal]);
  });
});

describe("the order of a search", () => {
  const place = (createdAt: number, id: string) => ({ createdAt, id });
  const sign = (number: number): number => (number > 0 ? 1 : number < 0 ? -1 : 0);

  it("is by age first, whatever the ids", () => {
    expect([place(1, "z"), place(3, "a"), place(2, "b")].sort(newestFirst).map(({ createdAt }) => createdAt)).toEqual([
      3, 2, 1,
    ]);
  });

  it("is, among promises of one moment, the reverse of their UTF-8 bytes", () => {
    const unit = fc.oneof(
      fc.constantFrom("", "a", "\0", "\u007f", "\u0080", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    );
    const text = fc.array(unit, { maxLength: 4 }).map((units) => units.join(""));
    fc.assert(
      fc.property(text, text, text, (start, a, b) => {
        const [left, right] = [start + a, start + b];
        return (
          sign(newestFirst(place(1, left), place(1, right))) === -Buffer.compare(Buffer.from(left), Buffer.from(right))
        );
      }),
      { numRuns: 5_000 },
    );
  });
});

describe("a filter", () => {
  const asked = (search: Partial<Search>): Search => ({ pattern: "*", tags: {}, limit: 10, ...search });
  const shown = imageOf({ tags: { team: "a", region: "eu" } });

  it.each<[Partial<Search>, boolean]>([
    [{}, true],
    [{ states: ["pending"] }, true],
    [{ states: ["resolved", "rejected"] }, false],
    [{ states: [] }, false],
    [{ tags: { team: "a" } }, true],
    [{ tags: { team: "a", region: "eu" } }, true],
    [{ tags: { team: "a", region: "us" } }, false],
    [{ tags: { missing: "" } }, false],
    [{ tags: { constructor: "" } }, false],
    [{ tags: JSON.parse('{"__proto__":"[object Object]"}') }, false],
    [{ states: ["pending"], tags: { team: "b" } }, false],
  ])("for %j takes the promise: %s", (search, isTaken) => {
    expect(isSought(asked(search), shown)).toBe(isTaken);
  });

  it("finds a tag named like a member of every object, where the promise has it", () => {
    const tags = JSON.parse('{"__proto__":"x"}');
    expect(isSought(asked({ tags }), imageOf({ tags }))).toBe(true);
  });
});
