import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkId, endOfTime, isFault, limits, type Tags, type Value } from "#lib/core/index.ts";
import { checkCreate, checkLease, checkSettle, utf8Length } from "#lib/core/limits.ts";

type Asked = Partial<Parameters<typeof checkCreate>[0]>;

/** What is wrong with a request: the fault's code, and each message. */
function wrongWith(check: () => void): readonly string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!isFault(error) || !(error.code === "invalid" || error.code === "tooLarge")) {
      throw error;
    }
    return [error.code, ...error.details.violations.map(({ message }) => message)];
  }
}

const creating = (asked: Asked) =>
  wrongWith(() => checkCreate({ id: "p", timeoutAt: 2_000, param: {}, tags: {}, ...asked }));
const settling = (value: Value) => wrongWith(() => checkSettle({ id: "p", value }));
const entries = (count: number): Tags => Object.fromEntries(Array.from({ length: count }, (_, at) => [`t${at}`, ""]));

/** A payload of exactly so many bytes of JSON, of characters of this many bytes each. */
const payloadOf = (bytes: number, character = "x"): Value => {
  const left = bytes - JSON.stringify({ data: "" }).length;
  const size = Buffer.byteLength(character);
  return { data: character.repeat(Math.floor(left / size)) + "x".repeat(left % size) };
};
const tagsOf = (bytes: number): Tags => ({ t: "x".repeat(bytes - JSON.stringify({ t: "" }).length) });

describe("a limit", () => {
  const tooLongId = ["invalid", "id must be at most 1000 bytes of UTF-8"];
  const tooLongKey = ["invalid", "idempotency-key must be at most 1000 bytes of UTF-8"];
  const tooLargeParam = ["tooLarge", "param must be at most 2500000 bytes of JSON"];

  it.each<[string, within: Asked, beyond: Asked, message: readonly string[]]>([
    ["bytes of an id", { id: "x".repeat(1_000) }, { id: "x".repeat(1_001) }, tooLongId],
    ["bytes of an id (é)", { id: "é".repeat(500) }, { id: `${"é".repeat(500)}x` }, tooLongId],
    ["bytes of an id (€)", { id: `${"€".repeat(333)}x` }, { id: `${"€".repeat(333)}xx` }, tooLongId],
    ["bytes of an id (😀)", { id: "😀".repeat(250) }, { id: `${"😀".repeat(250)}x` }, tooLongId],
    ["bytes of a key", { idempotencyKey: "x".repeat(1_000) }, { idempotencyKey: "x".repeat(1_001) }, tooLongKey],
    ["bytes of a key (é)", { idempotencyKey: "é".repeat(500) }, { idempotencyKey: "é".repeat(501) }, tooLongKey],
    ["bytes of a param", { param: payloadOf(2_500_000) }, { param: payloadOf(2_500_001) }, tooLargeParam],
    ["bytes of a param (€)", { param: payloadOf(2_500_000, "€") }, { param: payloadOf(2_500_001, "€") }, tooLargeParam],
    [
      "bytes of a param (😀)",
      { param: payloadOf(2_500_000, "😀") },
      { param: payloadOf(2_500_001, "😀") },
      tooLargeParam,
    ],
    [
      "headers of a param",
      { param: { headers: entries(100) } },
      { param: { headers: entries(101) } },
      ["tooLarge", "param.headers must have at most 100 entries"],
    ],
    ["tags", { tags: entries(100) }, { tags: entries(101) }, ["tooLarge", "tags must have at most 100 entries"]],
    [
      "bytes of the tags",
      { tags: tagsOf(32_768) },
      { tags: tagsOf(32_769) },
      ["tooLarge", "tags must be at most 32768 bytes of JSON"],
    ],
  ])(
    "of %s takes what is just within it, and names itself to what is just beyond",
    (_name, within, beyond, message) => {
      expect(creating(within)).toEqual([]);
      expect(creating(beyond)).toEqual(message);
    },
  );

  it("of a payload counts what JSON makes of it, headers included", () => {
    const quoted = { data: '"'.repeat((limits.payloadBytesMax - JSON.stringify({ data: "" }).length) / 2) };
    expect(settling(quoted)).toEqual([]);
    expect(settling({ ...quoted, headers: { h: "" } })).toEqual([
      "tooLarge",
      "value must be at most 2500000 bytes of JSON",
    ]);
  });

  it("holds of what settles a promise as of what creates it", () => {
    expect(settling(payloadOf(2_500_000))).toEqual([]);
    expect(settling(payloadOf(2_500_001))).toEqual(["tooLarge", "value must be at most 2500000 bytes of JSON"]);
    expect(settling({ headers: entries(101) })).toEqual(["tooLarge", "value.headers must have at most 100 entries"]);
    expect(wrongWith(() => checkSettle({ id: "x".repeat(1_001), value: {} }))).toEqual(tooLongId);
    expect(wrongWith(() => checkId("x".repeat(1_001)))).toEqual(tooLongId);
    expect(wrongWith(() => checkId("x".repeat(1_000)))).toEqual([]);
  });
});

describe("a number past what every store keeps exactly", () => {
  const beyond = 2 ** 53;
  const targeted = (delay: number) => ({ "resonate:target": "poll://any@g", "resonate:delay": String(delay) });
  const leasing = (ttl: number) => wrongWith(() => checkLease({ pid: "p", ttl }));

  it("is refused as the length of a lease", () => {
    expect(leasing(endOfTime)).toEqual([]);
    expect(leasing(beyond)).toEqual(["invalid", "ttl must be at most 9007199254740991 milliseconds"]);
  });

  it("is refused as a delay, though the deadline is later still: that is taken for the end of time", () => {
    expect(creating({ timeoutAt: 2 ** 62, tags: targeted(endOfTime - 1) })).toEqual([]);
    expect(creating({ timeoutAt: 2 ** 62, tags: targeted(beyond) })).toEqual([
      "invalid",
      "resonate:delay must be less than timeoutAt",
    ]);
  });
});

describe("the tags that the service reads", () => {
  const target = { "resonate:target": "poll://any@g" };

  it.each<[Tags, string | undefined]>([
    [target, undefined],
    [{ "resonate:target": "" }, "Invalid resonate:target address"],
    [{ "resonate:target": "default" }, "Invalid resonate:target address"],
    [{ ...target, "resonate:delay": "0" }, undefined],
    [{ ...target, "resonate:delay": "1999" }, undefined],
    [{ ...target, "resonate:delay": "2000" }, "resonate:delay must be less than timeoutAt"],
    [{ ...target, "resonate:delay": "-1" }, "resonate:delay must be a non-negative integer"],
    [{ ...target, "resonate:delay": "1.5" }, "resonate:delay must be a non-negative integer"],
    [{ ...target, "resonate:delay": "" }, "resonate:delay must be a non-negative integer"],
    [{ ...target, "resonate:delay": "soon" }, "resonate:delay must be a non-negative integer"],
    [{ "resonate:delay": "1500" }, "resonate:delay requires a resonate:target tag"],
    [{ "resonate:origin": "a.b", "resonate:branch": "x", "resonate:prefix": "y.z", "resonate:timer": "1" }, undefined],
  ])("%j of a promise until 2000: %s", (tags, message) => {
    expect(creating({ tags })).toEqual(message === undefined ? [] : ["invalid", message]);
  });
});

describe("a text that cannot be kept as it is", () => {
  const lone = "must be well-formed Unicode, without lone surrogates";

  it.each<[Asked, string]>([
    [{ id: "a\ud800" }, `id ${lone}`],
    [{ id: "\udc00a" }, `id ${lone}`],
    [{ id: "\udc00\ud800" }, `id ${lone}`],
    [{ idempotencyKey: "\ud800" }, `idempotency-key ${lone}`],
    [{ param: { data: "\ud800" } }, `param.data ${lone}`],
    [{ param: { headers: { h: "\ud800" } } }, `param.headers ${lone}`],
    [{ param: { headers: { "\ud800": "h" } } }, `param.headers ${lone}`],
    [{ tags: { t: "\ud800" } }, `tags ${lone}`],
    [{ tags: { "\ud800": "t" } }, `tags ${lone}`],
    [{ id: "" }, "id is required"],
    [{ id: "a\0b" }, "id must not contain null characters"],
  ])("%j is refused: %s", (asked, message) => {
    expect(creating(asked)).toEqual(["invalid", message]);
  });

  it("is not one of whole surrogate pairs, nor one with null characters in a payload", () => {
    expect(creating({ id: "😀", param: { data: "\0😀" }, tags: { "😀": "\0" }, idempotencyKey: "\0" })).toEqual([]);
  });
});

it("everything that is wrong is told at once, but sizes only of texts that can be kept", () => {
  expect(creating({ id: "", idempotencyKey: "\ud800", tags: { ...entries(101), t: "\ud800" } })).toEqual([
    "invalid",
    "id is required",
    expect.stringContaining("idempotency-key"),
    expect.stringContaining("tags"),
  ]);
  expect(creating({ param: payloadOf(2_500_001), tags: entries(101) })).toEqual([
    "tooLarge",
    expect.stringContaining("param"),
    expect.stringContaining("tags"),
  ]);
});

it("the length of a text in UTF-8 is that of its bytes", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => utf8Length(text) === Buffer.byteLength(text)),
    { numRuns: 2_000 },
  );
});
