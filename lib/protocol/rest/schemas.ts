/**
 * The shapes of the REST door's requests and answers; the OpenAPI description is generated from them.
 *
 * @module
 */

import { z } from "@hono/zod-openapi";
import { limits, type Verdict } from "#lib/core/index.ts";

/** The latest moment that fits 64 bits, as a JSON number can say it; what is past 2^53 - 1 is kept as that. */
const int64Max = 2 ** 63;

const isText = (given: unknown): given is string => typeof given === "string";

const isTextMap = (given: unknown): given is Record<string, string> =>
  typeof given === "object" && given !== null && !Array.isArray(given) && Object.values(given).every(isText);

const text = z.string({ error: "must be a string" });

/** A map of texts, kept as it came: a copy would lose names that JavaScript gives a meaning. */
const textMap = z.custom<Record<string, string>>(isTextMap, { error: "must be an object whose values are strings" });

const moment = z
  .custom<number>((given) => Number.isInteger(given) && (given as number) >= 0 && (given as number) <= int64Max, {
    error: "must be a whole number of milliseconds since the epoch, from 0 to 9223372036854775807",
  })
  .openapi({ type: "integer", format: "int64", minimum: 0 });

/** `null` is the same as absent. */
const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((given) => given ?? undefined);

const object = { error: "must be an object" };

const optionalTextMap = optional(textMap).openapi({
  type: ["object", "null"],
  additionalProperties: { type: "string" },
});

const payloadLimits = `at most ${limits.payloadBytesMax} bytes as it stands in JSON, with at most ${limits.headersMax} headers`;

/** A payload on its way in. */
const SentPayload = optional(
  z
    .object({ headers: optionalTextMap, data: optional(text) }, object)
    .transform(({ headers, data }) => ({ ...(headers && { headers }), ...(data !== undefined && { data }) })),
).openapi("SentValue", {
  description: `A payload that the service never interprets: ${payloadLimits}. \`null\` is the same as absent.`,
  example: { headers: { "content-type": "application/json" }, data: "eyJzb25nIjo0Mn0=" },
});

/** A payload as it is shown. */
const Payload = z
  .object({ headers: z.record(z.string(), z.string()).optional(), data: z.string().optional() })
  .openapi("Value", {
    description: "A payload as it was sent; what was not sent is left out, and none at all is empty.",
    example: { headers: { "content-type": "application/json" }, data: "eyJzb25nIjo0Mn0=" },
  });

export const CreateBody = z
  .object(
    {
      id: text.openapi({
        description: `Any text of 1 to ${limits.idBytesMax} bytes of UTF-8.`,
        example: "purchase/user/1/song/42",
      }),
      timeout: moment.openapi({
        description: "The deadline. A past one is allowed: the promise is born timed out.",
        example: 4102444800000,
      }),
      param: SentPayload,
      tags: optionalTextMap.openapi({
        description: `At most ${limits.tagsMax}, and ${limits.tagsBytesMax} bytes as they stand in JSON.`,
        example: { shop: "songs" },
      }),
    },
    object,
  )
  .openapi("CreatePromise");

const verdicts: Readonly<Record<string, Verdict>> = {
  RESOLVED: "resolved",
  REJECTED: "rejected",
  REJECTED_CANCELED: "rejected_canceled",
};

export const CompleteBody = z
  .object(
    {
      state: z
        .custom<string>((given) => isText(given) && Object.hasOwn(verdicts, given.toUpperCase()), {
          error: "must be RESOLVED, REJECTED or REJECTED_CANCELED",
        })
        .transform((given) => verdicts[given.toUpperCase()] as Verdict)
        .openapi({
          type: "string",
          enum: Object.keys(verdicts),
          description: "In any letter case.",
          example: "RESOLVED",
        }),
      value: SentPayload,
    },
    object,
  )
  .openapi("CompletePromise");

/** Every spelling of a boolean that clients of this protocol send. */
const spellings = {
  true: ["1", "t", "T", "TRUE", "true", "True"],
  false: ["0", "f", "F", "FALSE", "false", "False"],
} as const;

const allSpellings = [...spellings.true, ...spellings.false];

export const WriteHeaders = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .transform((key) => (key === "" ? undefined : key))
    .openapi({
      description: `Makes a repeat welcome: at most ${limits.idempotencyKeyBytesMax} bytes. Empty is the same as absent.`,
      example: "order-1",
    }),
  strict: z
    .enum(allSpellings, { error: `must be one of ${allSpellings.join(" ")}` })
    .optional()
    .transform((spelling) => (spellings.true as readonly (string | undefined)[]).includes(spelling))
    .openapi({
      description: "Accept a repeat only of a promise in the state that this request would have made.",
      type: "boolean",
    }),
});

export const IdInPath = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: "Everything behind the slash, decoded once; slashes may stand as they are or escaped.",
    example: "purchase/user/1/song/42",
  }),
});

const shownMoment = z.number().int().openapi({ format: "int64" });

export const PromiseBody = z
  .object({
    id: z.string(),
    state: z.enum(["PENDING", "RESOLVED", "REJECTED", "REJECTED_CANCELED", "REJECTED_TIMEDOUT"]),
    param: Payload,
    value: Payload,
    timeout: shownMoment.openapi({ description: "The deadline." }),
    tags: z.record(z.string(), z.string()),
    createdOn: shownMoment,
    completedOn: shownMoment.optional().openapi({ description: "Present exactly when the promise is completed." }),
    idempotencyKeyForCreate: z.string().optional(),
    idempotencyKeyForComplete: z.string().optional(),
  })
  .openapi("Promise");

export const ErrorBody = z
  .object({
    error: z.object({
      code: z.number().int().openapi({ example: 40000 }),
      message: z.string().openapi({ example: "invalid request" }),
      details: z.array(
        z.object({
          "@type": z.enum(["RequestError", "FieldValidationError", "ServerError"]),
          message: z.string(),
          domain: z.enum(["request", "server"]),
          metadata: z.record(z.string(), z.string()),
        }),
      ),
    }),
  })
  .openapi("Error");

/** One text as it comes in a query; what it must be is checked by who reads it, since a cursor makes the rest void. */
const parameter = z.any().optional();

export const SearchQuery = z.looseObject({
  id: parameter.openapi({
    type: "string",
    description:
      "The ids to find: `*` stands for any run of characters, everything else for itself. Required without a cursor.",
    example: "purchase/user/1/*",
  }),
  state: parameter.openapi({
    type: "string",
    enum: ["pending", "resolved", "rejected"],
    description: "In any letter case. `rejected` finds the canceled and the timed out too.",
  }),
  tags: parameter.openapi({
    param: { style: "deepObject", explode: true },
    type: "object",
    additionalProperties: { type: "string" },
    description: "`tags[name]=value`, as often as needed: all must be equal.",
  }),
  limit: parameter.openapi({ type: "integer", minimum: 0, maximum: 100, description: "0 or absent: 100." }),
  cursor: parameter.openapi({
    type: "string",
    description: "Where the page before ended. It carries the whole search: other parameters are ignored.",
  }),
});

export const PageBody = z
  .object({
    promises: z.array(PromiseBody),
    cursor: z.string().nullable().openapi({
      description:
        "Asks for the next page. A page may be short, even empty, and still have one: its read budget was spent.",
    }),
  })
  .openapi("PromisePage");
