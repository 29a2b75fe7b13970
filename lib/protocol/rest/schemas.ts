/**
 * The shapes of the REST door's requests: what checks them, and what the OpenAPI description is generated from.
 *
 * @module
 */

import * as z from "zod";
import { compositeLimits, limits, type Verdict } from "#lib/core/index.ts";
import { int64Max, isText, object, once, text, textMap } from "../shapes.ts";

export const moment = once(() =>
  z
    .custom<number>((given) => Number.isInteger(given) && (given as number) >= 0 && (given as number) <= int64Max, {
      error: "must be a whole number of milliseconds since the epoch, from 0 to 9223372036854775807",
    })
    .meta({ type: "integer", format: "int64", minimum: 0 }),
);

/** `null` is the same as absent. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((given) => given ?? undefined);

export const optionalTextMap = once(() =>
  optional(textMap()).meta({
    type: ["object", "null"],
    additionalProperties: { type: "string" },
  }),
);

const payloadLimits = `at most ${limits.payloadBytesMax} bytes as it stands in JSON, with at most ${limits.headersMax} headers`;

/** A payload on its way in. */
export const SentPayload = once(() =>
  optional(
    z
      .object({ headers: optionalTextMap(), data: optional(text()) }, object)
      .transform(({ headers, data }) => ({ ...(headers && { headers }), ...(data !== undefined && { data }) })),
  ).meta({
    id: "SentValue",
    description: `A payload that the service never interprets: ${payloadLimits}. \`null\` is the same as absent.`,
    example: { headers: { "content-type": "application/json" }, data: "eyJzb25nIjo0Mn0=" },
  }),
);

const sentId = once(() =>
  text().meta({
    description: `Any text of 1 to ${limits.idBytesMax} bytes of UTF-8.`,
    example: "purchase/user/1/song/42",
  }),
);

const sentTags = once(() =>
  optionalTextMap().meta({
    description: `At most ${limits.tagsMax}, and ${limits.tagsBytesMax} bytes as they stand in JSON.`,
    example: { shop: "songs" },
  }),
);

const Member = once(() =>
  z.object({ id: sentId(), timeout: optional(moment()), param: SentPayload(), tags: sentTags() }, object).meta({
    id: "CreateMember",
    description:
      "Created along with the composite, unless it is there. Its deadline is the composite's unless it has one.",
  }),
);

const words = <Word extends string>(first: Word, ...others: readonly Word[]) =>
  optional(z.enum([first, ...others], { error: `must be ${[first, ...others].join(" or ")}` }));

const Composite = once(() =>
  z
    .object(
      {
        of: z
          .array(z.union([text(), Member()], { error: "must be an id, or an object with an id" }), {
            error: "must be a list",
          })
          .meta({
            description: `The members, at most ${compositeLimits.membersMax}: ids of promises, or what to create.`,
          }),
        need: z
          .union([z.literal("all"), z.int()], { error: 'must be a whole number, or "all"' })
          .meta({ description: "How many of them must be resolved: 1 for the first of them.", example: 2 }),
        losers: words("cancel", "keep").meta({
          description: "What becomes of members that are pending when it ends. `cancel` unless said.",
        }),
        missing: words("refuse", "create").meta({
          description: "What becomes of ids that no promise has. `refuse` unless said.",
        }),
        encoding: words("json", "sdk").meta({ description: "How its value is written. `json` unless said." }),
      },
      object,
    )
    .meta({
      id: "Composite",
      description:
        "Has the service settle the promise from what becomes of others: resolved when enough of them are resolved, rejected when that can no longer be. Shown as the tag `resonate:composite`.",
    }),
);

export const CreateBody = once(() =>
  z
    .object(
      {
        id: sentId(),
        timeout: moment().meta({
          description: "The deadline. A past one is allowed: the promise is born timed out.",
          example: 4102444800000,
        }),
        param: SentPayload(),
        tags: sentTags(),
        composite: optional(Composite()),
      },
      object,
    )
    .meta({ id: "CreatePromise" }),
);

export type SentCreate = z.output<ReturnType<typeof CreateBody>>;

const verdicts: Readonly<Record<string, Verdict>> = {
  RESOLVED: "resolved",
  REJECTED: "rejected",
  REJECTED_CANCELED: "rejected_canceled",
};

export const CompleteBody = once(() =>
  z
    .object(
      {
        state: z
          .custom<string>((given) => isText(given) && Object.hasOwn(verdicts, given.toUpperCase()), {
            error: "must be RESOLVED, REJECTED or REJECTED_CANCELED",
          })
          .transform((given) => verdicts[given.toUpperCase()] as Verdict)
          .meta({
            type: "string",
            enum: Object.keys(verdicts),
            description: "In any letter case.",
            example: "RESOLVED",
          }),
        value: SentPayload(),
      },
      object,
    )
    .meta({ id: "CompletePromise" }),
);

/** Every spelling of a boolean that clients of this protocol send. */
const spellings = {
  true: ["1", "t", "T", "TRUE", "true", "True"],
  false: ["0", "f", "F", "FALSE", "false", "False"],
} as const;

const allSpellings = [...spellings.true, ...spellings.false];

export const KeyHeader = once(() =>
  z.object({
    "idempotency-key": z
      .string()
      .optional()
      .transform((key) => (key === "" ? undefined : key))
      .meta({
        description: `Makes a repeat welcome: at most ${limits.idempotencyKeyBytesMax} bytes. Empty is the same as absent.`,
        example: "order-1",
      }),
  }),
);

export const WriteHeaders = once(() =>
  KeyHeader().extend({
    strict: z
      .enum(allSpellings, { error: `must be one of ${allSpellings.join(" ")}` })
      .optional()
      .transform((spelling) => (spellings.true as readonly (string | undefined)[]).includes(spelling))
      .meta({
        description: "Accept a repeat only of a promise in the state that this request would have made.",
        type: "boolean",
      }),
  }),
);
