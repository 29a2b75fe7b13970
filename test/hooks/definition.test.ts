import { describe, expect, it } from "vitest";
import { HookDefinition } from "#lib/hooks/definition.ts";
import { pathProblem } from "#lib/hooks/path.ts";

const usable = { provider: "stripe", promiseId: { path: "$.id" }, otherwise: "resolve" };
const hmac = { header: "x-signature" };

/** What is wrong with a definition, as the REST door tells it. */
const problems = (definition: unknown) =>
  (HookDefinition.safeParse(definition).error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`);

const problemsWith = (change: object) => problems({ ...usable, ...change });

describe("A hook's definition", () => {
  it("says what is done where nothing is said of it", () => {
    expect(HookDefinition.parse({ ...usable, provider: "hmac", hmac })).toEqual({
      ...usable,
      provider: "hmac",
      hmac: { header: "x-signature", prefix: "", algorithm: "sha256", encoding: "hex", signed: "{body}" },
      allowUnsigned: false,
      rules: [],
      value: { from: "body" },
      encoding: "json",
    });
  });

  it.each<[object, string]>([
    [
      { provider: "paypal" },
      "provider must be one of stripe, github, slack, shopify, twilio, linear, standard, hmac, meta, microsoft, zoom",
    ],
    [{ promiseId: undefined }, "promiseId must be an object"],
    [{ promiseId: {} }, "promiseId must have exactly one of path, header, query, template"],
    [{ promiseId: { path: "$.a", query: "a" } }, "promiseId must have exactly one of path, header, query, template"],
    [{ promiseId: { path: "data.id" } }, "promiseId.path must be a JSONPath (RFC 9535), such as $.data.object.id"],
    [
      { promiseId: { template: "pay/{$.id" } },
      "promiseId.template must have its braces in pairs, and none within others",
    ],
    [
      { promiseId: { template: "pay/{id}" } },
      "promiseId.template must be a JSONPath (RFC 9535), such as $.data.object.id",
    ],
    [
      { promiseId: { template: "{header:X-Id}" } },
      "promiseId.template must be the name of a header in lower case, at most 100 characters",
    ],
    [{ promiseId: { template: `{$.a}${"x".repeat(1_000)}` } }, "promiseId.template must be at most 1000 characters"],
    [{ rule: [] }, " must not have rule"],
    [{ otherwise: "ignore" }, "rules must not be empty where everything else is ignored"],
    [{ rules: Array(51).fill({ do: "ignore" }) }, "rules must be at most 50 rules"],
    [{ rules: [{ type: "a", do: "resolve" }] }, "rules.0 must not have type"],
    [{ rules: [{ do: "complete" }] }, "rules.0.do must be one of resolve, reject, ignore"],
    [
      { rules: [{ do: "resolve", where: [{ path: "$.a" }] }] },
      "rules.0.where.0 must have exactly one of equals, in, exists",
    ],
    [
      { rules: [{ do: "resolve", where: [{ path: "$.a", equals: {} }] }] },
      "rules.0.where.0.equals must be a string of at most 300 characters, a number, true, false or null",
    ],
    [{ rules: [{ do: "resolve", types: [] }] }, "rules.0.types must not be empty"],
    [{ value: { from: "header" } }, "value.from must say where it is from: body, path, fixed or nothing"],
    [{ value: { from: "fixed", value: "x".repeat(4_095) } }, "value.value must be at most 4096 characters of JSON"],
    [{ toleranceMs: 0 }, "toleranceMs must be at least 1000 milliseconds"],
    [{ toleranceMs: 3_600_001 }, "toleranceMs must be at most 3600000 milliseconds"],
    [{ toleranceMs: 1_000.5 }, "toleranceMs must be an integer"],
    [{ encoding: "xml" }, "encoding must be one of json, sdk"],
    [{ hmac }, "hmac must be given for the provider hmac, and for no other"],
    [{ provider: "hmac" }, "hmac must be given for the provider hmac, and for no other"],
    [{ provider: "meta" }, "verifyTokenSha256 must be given for the provider meta, and for no other"],
    [
      { provider: "meta", verifyTokenSha256: "a verify token" },
      "verifyTokenSha256 must be SHA-256 in hexadecimal, 64 characters in lower case",
    ],
  ])("is refused with %j", (change, problem) => {
    expect(problemsWith(change)).toContain(problem);
  });

  it.each<[object, string]>([
    [{ signed: "{timestamp}" }, "hmac.signed must have {body} in it, once"],
    [{ signed: "{body}{body}" }, "hmac.signed must have {body} in it, once"],
    [
      { signed: "{body}{date}" },
      "hmac.signed must have nothing in braces but body, timestamp, url, method and header:NAME",
    ],
    [{ signed: "{body}{header:X-Id}" }, "hmac.signed must name its headers in lower case"],
    [
      { signed: "{timestamp}.{body}" },
      "hmac must have a timestamp exactly if {timestamp} is signed: another one proves nothing",
    ],
    [
      { timestamp: { header: "x-sent" } },
      "hmac must have a timestamp exactly if {timestamp} is signed: another one proves nothing",
    ],
    [{ algorithm: "md5" }, "hmac.algorithm must be one of sha256, sha512, sha1"],
  ])("of any sender's HMAC is refused with %j", (change, problem) => {
    expect(problemsWith({ provider: "hmac", hmac: { ...hmac, ...change } })).toContain(problem);
  });

  it("is an object", () => {
    for (const definition of [null, [], "stripe", undefined]) {
      expect(problems(definition)).toEqual([" must be an object"]);
    }
  });
});

describe("A promise's id comes from what is signed", () => {
  const query = { promiseId: { query: "promise" } };
  const template = { promiseId: { template: "pay/{$.id}/{header:x-shop}" } };

  it.each<[object, string]>([
    [
      query,
      "promiseId must come from what stripe signs, and the parameter promise is not; allowUnsigned takes it all the same",
    ],
    [
      { ...query, provider: "github" },
      "promiseId must come from what github signs, and the parameter promise is not; allowUnsigned takes it all the same",
    ],
    [
      template,
      "promiseId must come from what stripe signs, and the header x-shop is not; allowUnsigned takes it all the same",
    ],
    [
      { ...template, provider: "twilio" },
      "promiseId must come from what twilio signs, and the header x-shop is not; allowUnsigned takes it all the same",
    ],
    [
      { ...query, provider: "hmac", hmac },
      "promiseId must come from what hmac signs, and the parameter promise is not; allowUnsigned takes it all the same",
    ],
  ])("and not from elsewhere: %j", (change, problem) => {
    expect(problemsWith(change)).toEqual([problem]);
    expect(problemsWith({ ...change, allowUnsigned: true })).toEqual([]);
  });

  it.each([
    { ...query, provider: "twilio" },
    { ...query, provider: "hmac", hmac: { ...hmac, signed: "{url}{body}" } },
    { ...template, provider: "hmac", hmac: { ...hmac, signed: "{header:x-shop}{body}" } },
  ])("where a sender signs more than the body, from that: %j", (change) => {
    expect(problemsWith(change)).toEqual([]);
  });
});

describe("A path", () => {
  it.each([
    "$",
    "$.a.b[0]['c d']",
    "$..id",
    "$.a[?@.name=='x' && @.value].value",
    "$.a[1:3][*]",
    "$[?length(@.a) > 2]",
    "$[?@.a == $.b]",
  ])("may be %s", (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });

  it.each([
    ["", /JSONPath/],
    ["a.b", /JSONPath/],
    ["$.a[", /JSONPath/],
    ["$.a; process.exit()", /JSONPath/],
    ["$.a[(@.length-1)]", /JSONPath/],
    [`$.${"a".repeat(300)}`, /at most 300 characters/],
    ["$.\ud800", /well-formed/],
    ["$[?match(@.a, '(a+)+')]", /match or search/],
    ["$[?search(@.a, 'a')]", /match or search/],
    ["$..a..b", /at most one \.\./],
    ["$[?@..a]", /within a filter/],
    ["$[?$.a[*]]", /within a filter/],
    ["$[?@[?@.a]]", /within a filter/],
    ["$[*,*][*,*]", /one selector/],
    [`$[?${"(".repeat(5)}@.a${")".repeat(5)}]`, /at most 4/],
  ])("may not be %s", (path, problem) => {
    expect(pathProblem(path)).toMatch(problem);
  });
});
