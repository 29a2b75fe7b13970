/**
 * What a hook is made with: who sends, how a request is verified, and what it means.
 *
 * @module
 */

import * as z from "zod";
import { coverageProblems } from "./coverage.ts";
import { headerName, type Part, partProblem, partsOf } from "./template.ts";

export const providers = [
  "stripe",
  "github",
  "slack",
  "shopify",
  "twilio",
  "linear",
  "standard",
  "hmac",
  "meta",
  "microsoft",
  "zoom",
] as const;

export type Provider = (typeof providers)[number];

export const definitionLimits = {
  rulesMax: 50,
  conditionsMax: 10,
  typesMax: 20,
  textLengthMax: 300,
  templateLengthMax: 1_000,
  /** UTF-16 units of a fixed value as it stands in JSON. */
  fixedLengthMax: 4_096,
  toleranceMsMin: 1_000,
  toleranceMsMax: 3_600_000,
} as const;

const { rulesMax, conditionsMax, typesMax, textLengthMax, templateLengthMax, fixedLengthMax } = definitionLimits;

/** An object with these fields and no others: a rule with a slip in its name would be one that is not there. */
const only = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, {
    error: ({ code, keys }) =>
      code === "unrecognized_keys"
        ? `must not have ${(keys as string[]).map((key) => key.slice(0, 100)).join(", ")}`
        : "must be an object",
  });

const text = (lengthMax: number = textLengthMax) =>
  z
    .string({ error: "must be a string" })
    .min(1, "must not be empty")
    .max(lengthMax, `must be at most ${lengthMax} characters`)
    .refine((given) => given.isWellFormed(), "must be well-formed Unicode, without lone surrogates");

const oneOf = <const Names extends readonly string[]>(names: Names) =>
  z.enum(names, { error: `must be one of ${names.join(", ")}` });

/** Texts of which something says what is wrong with them. */
const checked = (lengthMax: number, problem: (given: string) => string | undefined) =>
  text(lengthMax).check(({ value, issues }) => {
    const message = value.length > lengthMax ? undefined : problem(value);
    if (message !== undefined) {
      issues.push({ code: "custom", input: value, message });
    }
  });

const partOf = (from: Part["from"]) => checked(textLengthMax, (of) => partProblem({ from, of }));
const path = partOf("path").meta({ description: "A JSONPath (RFC 9535) into the body.", example: "$.data.object.id" });

const exactlyOne = (given: object, names: readonly string[]): boolean =>
  names.filter((name) => Object.hasOwn(given, name)).length === 1;

const placeNames = ["path", "header", "query", "template"] as const;

const Place = only({
  path: path.optional(),
  header: partOf("header").optional().meta({ description: "Name of a header, in lower case." }),
  query: partOf("query").optional().meta({ description: "Name of a parameter of the URL's query." }),
  template: checked(templateLengthMax, (given) => partsOf(given).map(partProblem).find(Boolean))
    .optional()
    .meta({
      description: "Text with places in braces: a path, `header:` or `query:` with a name.",
      example: "pay/{$.data.object.metadata.order}",
    }),
}).refine((given) => exactlyOne(given, placeNames), `must have exactly one of ${placeNames.join(", ")}`);

const scalar = z.union([z.string().max(textLengthMax), z.number(), z.boolean(), z.null()], {
  error: `must be a string of at most ${textLengthMax} characters, a number, true, false or null`,
});

const Condition = only({
  path,
  equals: scalar.optional(),
  in: z.array(scalar).min(1).max(typesMax, `must be at most ${typesMax} values`).optional(),
  exists: z.boolean({ error: "must be true or false" }).optional(),
})
  .refine((given) => exactlyOne(given, ["equals", "in", "exists"]), "must have exactly one of equals, in, exists")
  .meta({ description: "Holds where something that the path leads to is that." });

const ValueSource = z
  .discriminatedUnion(
    "from",
    [
      only({ from: z.literal("body") }),
      only({ from: z.literal("path"), path }),
      only({
        from: z.literal("fixed"),
        value: z
          .json({ error: "must be JSON" })
          .refine(
            (given) => JSON.stringify(given).length <= fixedLengthMax,
            `must be at most ${fixedLengthMax} characters of JSON`,
          )
          .meta({ type: ["object", "array", "string", "number", "boolean", "null"], description: "Any JSON." }),
      }),
      only({ from: z.literal("nothing") }),
    ],
    { error: "must say where it is from: body, path, fixed or nothing" },
  )
  .meta({ description: "What becomes the promise's value. A path that may lead to several places gives a list." });

const outcomes = ["resolve", "reject", "ignore"] as const;

const type = text().meta({
  description: "A type of events, in the sender's words; `*` at its end stands for any end.",
  example: "checkout.session.completed",
});

const Rule = only({
  types: z.array(type).min(1, "must not be empty").max(typesMax, `must be at most ${typesMax} types`).optional(),
  where: z.array(Condition).max(conditionsMax, `must be at most ${conditionsMax} conditions`).optional(),
  do: oneOf(outcomes),
  value: ValueSource.optional(),
});

/** Texts in a signed template that stand for parts of the request. */
const signedPart = /\{(body|timestamp|url|method|header:[^{}]*)\}/g;

const Hmac = only({
  header: partOf("header").meta({ description: "The header that the signature is in, its name in lower case." }),
  prefix: z.string({ error: "must be a string" }).max(40, "must be at most 40 characters").default("").meta({
    description: "What stands in front of the signature there.",
    example: "sha256=",
  }),
  algorithm: oneOf(["sha256", "sha512", "sha1"]).default("sha256"),
  encoding: oneOf(["hex", "base64"]).default("hex"),
  timestamp: only({
    header: partOf("header"),
    unit: oneOf(["seconds", "milliseconds"]).default("seconds"),
  })
    .optional()
    .meta({ description: "Where the moment of the signature is. Without one, nothing is too old." }),
  signed: text()
    .refine(
      (given) => !/[{}]/.test(given.replaceAll(signedPart, "")),
      "must have nothing in braces but body, timestamp, url, method and header:NAME",
    )
    .refine(
      (given) =>
        [...given.matchAll(signedPart)].every(
          ([, part = ""]) => !part.startsWith("header:") || headerName.test(part.slice(7)),
        ),
      "must name its headers in lower case",
    )
    .refine((given) => given.split("{body}").length === 2, "must have {body} in it, once")
    .default("{body}")
    .meta({ description: "What is signed.", example: "{timestamp}.{body}" }),
  eventId: Place.optional().meta({ description: "Where the event's id is. Without it, a hash of the body." }),
  type: Place.optional().meta({ description: "Where the event's type is." }),
}).refine(
  ({ timestamp, signed }) => (timestamp !== undefined) === signed.includes("{timestamp}"),
  "must have a timestamp exactly if {timestamp} is signed: another one proves nothing",
);

const Fields = only({
  provider: oneOf(providers),
  hmac: Hmac.optional().meta({ description: "How requests are signed. Of the provider `hmac`, and of no other." }),
  verifyTokenSha256: z
    .string({ error: "must be a string" })
    .regex(/^[0-9a-f]{64}$/, "must be SHA-256 in hexadecimal, 64 characters in lower case")
    .optional()
    .meta({ description: "Hash of the verify token. Of the provider `meta`, and of no other." }),
  toleranceMs: z
    .int({ error: "must be an integer" })
    .min(definitionLimits.toleranceMsMin, `must be at least ${definitionLimits.toleranceMsMin} milliseconds`)
    .max(definitionLimits.toleranceMsMax, `must be at most ${definitionLimits.toleranceMsMax} milliseconds`)
    .optional()
    .meta({
      description:
        "By how many milliseconds a signature's moment may differ from now, either way. Absent: five minutes; of Linear, one.",
    }),
  promiseId: Place.meta({ description: "Where the promise's id is." }),
  allowUnsigned: z.boolean({ error: "must be true or false" }).default(false).meta({
    description:
      "Whether the promise's id may come from what the sender does not sign. Whoever has seen one request could then send it again for another promise.",
  }),
  rules: z
    .array(Rule, { error: "must be a list" })
    .max(rulesMax, `must be at most ${rulesMax} rules`)
    .default([])
    .meta({
      description: "The first whose types and conditions all match counts.",
    }),
  otherwise: oneOf(outcomes)
    .default("ignore")
    .meta({ description: "What is done with an event that no rule matches." }),
  value: ValueSource.default({ from: "body" }),
  encoding: oneOf(["json", "sdk"]).default("json").meta({
    description: "How the value is written: as JSON, or as the SDKs read it, JSON in base64.",
  }),
});

/** How requests are verified, and what they mean. */
export const HookDefinition = Fields.check(({ value, issues }) => {
  const refuse = (field: string, message: string) =>
    issues.push({ code: "custom", input: value, path: [field], message });
  if ((value.provider === "hmac") !== (value.hmac !== undefined)) {
    refuse("hmac", "must be given for the provider hmac, and for no other");
  }
  if ((value.provider === "meta") !== (value.verifyTokenSha256 !== undefined)) {
    refuse("verifyTokenSha256", "must be given for the provider meta, and for no other");
  }
  if (value.rules.length === 0 && value.otherwise === "ignore") {
    refuse("rules", "must not be empty where everything else is ignored");
  }
  for (const [field, problem] of coverageProblems(value)) {
    refuse(field, problem);
  }
}).meta({ id: "HookDefinition" });

export type HookDefinition = z.output<typeof Fields>;
export type Place = z.output<typeof Place>;
export type Condition = z.output<typeof Condition>;
export type ValueSource = z.output<typeof ValueSource>;
export type Rule = z.output<typeof Rule>;
export type HmacOptions = z.output<typeof Hmac>;
