import { describe, expect, it } from "vitest";
import { decide } from "#lib/hooks/decide.ts";
import { toDocument } from "#lib/hooks/document.ts";
import type { HookEvent } from "#lib/hooks/hook.ts";
import { formType, hookOf, request } from "./requests.ts";

const event = (body: unknown, type?: string): HookEvent => ({
  kind: "event",
  by: 0,
  eventId: "evt_1",
  body,
  ...(type !== undefined && { type }),
});

/** What is decided of a body that was sent as JSON. */
const decided = (
  definition: object,
  body: unknown,
  { type, ...sent }: { type?: string } & Parameters<typeof request>[0] = {},
) =>
  decide(
    hookOf({ provider: "github", ...definition }),
    request({ body: JSON.stringify(body), ...sent }),
    event(body, type),
  );

const json = (data: string) => ({ headers: { "content-type": "application/json" }, data });

describe("The id of the promise", () => {
  const idOf = (promiseId: object, body: unknown, sent: Parameters<typeof request>[0] = {}) => {
    const decision = decided({ promiseId, allowUnsigned: true }, body, sent);
    return decision.kind === "settle" ? decision.promiseId : decision.kind === "unusable" ? decision.reason : "ignored";
  };

  it.each([
    ["a path", { path: "$.data.order" }, { data: { order: "pay/17" } }, "pay/17"],
    [
      "a path with a filter",
      { path: "$.notes[?@.name=='promise'].value" },
      {
        notes: [
          { name: "promise", value: "a" },
          { name: "b", value: "c" },
        ],
      },
      "a",
    ],
    ["a number", { path: "$.id" }, { id: 17 }, "17"],
    ["a template", { template: "pay/{$.shop}/{$.id}" }, { shop: "s1", id: 17 }, "pay/s1/17"],
    ["two places that say the same", { path: "$.ids[*]" }, { ids: ["a", "a"] }, "a"],
    ["nothing", { path: "$.id" }, { other: 1 }, "promiseIdMissing"],
    ["null", { path: "$.id" }, { id: null }, "promiseIdMissing"],
    ["an empty text", { template: "pay/{$.id}" }, { id: "" }, "promiseIdMissing"],
    ["two places that say different things", { path: "$.ids[*]" }, { ids: ["a", "b"] }, "promiseIdAmbiguous"],
    ["an object", { path: "$.id" }, { id: {} }, "promiseIdInvalid"],
    ["a number that JSON does not carry exactly", { path: "$.id" }, { id: 2 ** 53 }, "promiseIdInvalid"],
    ["a fraction", { path: "$.id" }, { id: 1.5 }, "promiseIdInvalid"],
    ["more bytes than an id has", { path: "$.id" }, { id: "é".repeat(501) }, "promiseIdInvalid"],
    ["a body that nothing can be read in", { path: "$.id" }, undefined, "bodyUnreadable"],
    ["a member that every object has", { path: "$.constructor.name" }, {}, "promiseIdMissing"],
    ["a prototype", { path: "$.__proto__" }, {}, "promiseIdMissing"],
  ])("from %s", (_, place, body, expected) => {
    expect(idOf(place, body)).toBe(expected);
  });

  it("comes from headers and parameters as well", () => {
    const sent = { url: "https://promises.example/hooks/shop?step=2&step=3&order=17", headers: { "X-Shop": "s1" } };
    expect(idOf({ header: "x-shop" }, {}, sent)).toBe("s1");
    expect(idOf({ query: "order" }, {}, sent)).toBe("17");
    expect(idOf({ query: "step" }, {}, sent)).toBe("promiseIdAmbiguous");
    expect(idOf({ query: "other" }, {}, sent)).toBe("promiseIdMissing");
    expect(idOf({ header: "constructor" }, {}, sent)).toBe("promiseIdMissing");
    expect(idOf({ template: "{header:x-shop}/{query:order}/{$.id}" }, { id: 1 }, sent)).toBe("s1/17/1");
  });
});

describe("Of the rules", () => {
  const rules = [
    { types: ["order.paid"], where: [{ path: "$.amount", equals: 0 }], do: "ignore" },
    { types: ["order.paid", "order.free"], do: "resolve" },
    {
      where: [
        { path: "$.status", in: ["failed", "expired"] },
        { path: "$.test", exists: false },
      ],
      do: "reject",
    },
    { types: ["refund.*"], do: "reject" },
  ] as const;
  const ruled = (body: object, type?: string, otherwise = "ignore") =>
    decided({ rules, otherwise }, { id: "a", ...body }, type === undefined ? {} : { type });

  it.each([
    [{ amount: 5 }, "order.paid", { kind: "settle", state: "resolved", rule: 1 }],
    [{ amount: 0 }, "order.paid", { kind: "ignored", reason: "byRule", rule: 0 }],
    [{ amount: "0" }, "order.paid", { kind: "settle", state: "resolved", rule: 1 }],
    [{ status: "expired" }, undefined, { kind: "settle", state: "rejected", rule: 2 }],
    [{ status: "expired", test: null }, "x", { kind: "ignored", reason: "noRule" }],
    [{}, "refund.made", { kind: "settle", state: "rejected", rule: 3 }],
    [{}, "order.paid.late", { kind: "ignored", reason: "noRule" }],
    [{}, undefined, { kind: "ignored", reason: "noRule" }],
  ])("the first that matches %j of type %s counts", (body, type, expected) => {
    expect(ruled(body, type)).toMatchObject(expected);
  });

  it("none need match where something is done otherwise, and an event that is passed over needs no promise", () => {
    expect(ruled({}, "x", "reject")).toMatchObject({ kind: "settle", state: "rejected" });
    expect(ruled({}, "x", "reject")).not.toHaveProperty("rule");
    expect(ruled({ id: undefined }, "x", "ignore")).toEqual({ kind: "ignored", reason: "noRule" });
  });
});

describe("The value", () => {
  const body = { id: "a", ids: [1, 2], note: "café", deep: { x: null } };
  const made = (definition: object, sent: Parameters<typeof request>[0] = {}) => {
    const decision = decided(definition, body, sent);
    return decision.kind === "settle" ? decision.value : decision;
  };

  it.each([
    ["the body", { from: "body" }, JSON.stringify(body)],
    ["a part of it", { from: "path", path: "$.deep" }, '{"x":null}'],
    ["a null in it", { from: "path", path: "$.deep.x" }, "null"],
    ["all that a path leads to", { from: "path", path: "$.ids[*]" }, "[1,2]"],
    ["all of one", { from: "path", path: "$.ids[?@ > 1]" }, "[2]"],
    ["something fixed", { from: "fixed", value: { paid: true } }, '{"paid":true}'],
  ])("is %s", (_, value, data) => {
    expect(made({ value })).toEqual(json(data));
  });

  it("is the body as it came, byte by byte", () => {
    const text = '{ "id": "a",\n "amount": 12345678901234567890.10 }';
    expect(made({}, { body: text })).toEqual(json(text));
  });

  it("is a form's fields as JSON", () => {
    const sent = { headers: formType, body: "id=a&x=1" };
    const decision = decide(hookOf({ provider: "twilio" }), request(sent), event({ id: "a", x: "1" }));
    expect(decision).toMatchObject({ value: json('{"id":"a","x":"1"}') });
  });

  it("is nothing where nothing is to be, and missing where something is", () => {
    expect(made({ value: { from: "nothing" } })).toEqual({});
    expect(made({ value: { from: "path", path: "$.other" } })).toEqual({ kind: "unusable", reason: "valueMissing" });
  });

  it("is the rule's, where that names one", () => {
    const rules = [{ do: "resolve", value: { from: "fixed", value: 1 } }];
    expect(made({ rules, value: { from: "nothing" } })).toEqual(json("1"));
  });

  it("is no larger than a promise holds", () => {
    const huge = { id: "a", text: "x".repeat(2_500_000) };
    expect(decided({}, huge)).toEqual({ kind: "unusable", reason: "valueTooLarge" });
  });

  it("is what the SDKs read, where it is for them", () => {
    const read = (definition: object) => {
      const { data = "" } = made({ encoding: "sdk", ...definition }) as { data?: string };
      return JSON.parse(Buffer.from(data, "base64").toString());
    };
    expect(read({})).toEqual(body);
    const error = { __type: "error", name: "Rejected" };
    expect(read({ otherwise: "reject" })).toEqual({ ...error, message: "rejected by hook" });
    const value = { from: "path", path: "$.note" };
    expect(read({ otherwise: "reject", value })).toEqual({ ...error, message: "café" });
  });
});

describe("A number that JavaScript would round", () => {
  const sent =
    '{"id":9223372036854775807,"price":1.10,"long":0.12345678901234567890,"huge":1e999,"near":9007199254740993}';
  const by = (definition: object) => {
    const got = request({ body: sent });
    return decide(
      hookOf({ provider: "github", promiseId: { template: "p" }, ...definition }),
      got,
      event(toDocument(got)),
    );
  };

  it.each([
    ["$.id", "9223372036854775807"],
    ["$.price", "1.1"],
    ["$.long", "0.12345678901234567890"],
    ["$.huge", "1e999"],
    ["$", sent.replace("1.10", "1.1")],
  ])("at %s becomes the value as it was written", (path, data) => {
    expect(by({ value: { from: "path", path } })).toMatchObject({ kind: "settle", value: json(data) });
  });

  it("is no other number in a condition, and no id", () => {
    const rules = [{ do: "resolve", where: [{ path: "$.near", equals: 9007199254740992 }] }];
    expect(by({ rules, otherwise: "ignore" })).toMatchObject({ kind: "ignored" });
    const filtered = [{ do: "resolve", where: [{ path: "$[?@ == 9007199254740992]", exists: true }] }];
    expect(by({ rules: filtered, otherwise: "ignore" })).toMatchObject({ kind: "ignored" });
    expect(by({ promiseId: { path: "$.id" } })).toEqual({ kind: "unusable", reason: "promiseIdInvalid" });
    const priced = [{ do: "resolve", where: [{ path: "$.price", equals: 1.1 }] }];
    expect(by({ rules: priced, otherwise: "ignore" })).toMatchObject({ kind: "settle" });
  });
});
