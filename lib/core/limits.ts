/**
 * What a request may hold at most. Every limit has a name with its unit; every breach names the field and the limit.
 *
 * The largest promise that these allow, its payloads kept elsewhere, stays below the 409,600 bytes of a DynamoDB item.
 *
 * @module
 */

import { parseAddress } from "./address.ts";
import { Fault, type Violation } from "./fault.ts";
import { compositeTag, type EpochMs, endOfTime, type Tags, targetOf, type Value } from "./promise.ts";

export const limits = {
  /** UTF-8 bytes of an id: with the moment in front of it, an id is a sort key of at most 1,024 bytes. */
  idBytesMax: 1_000,
  /** UTF-8 bytes of an idempotency key. */
  idempotencyKeyBytesMax: 1_000,
  /** UTF-8 bytes of a payload (param or value) as it stands in JSON: two of them are an answer that a function can give. */
  payloadBytesMax: 2_500_000,
  /** Entries of a payload's headers. */
  headersMax: 100,
  /** Entries of a promise's tags. */
  tagsMax: 100,
  /** UTF-8 bytes of a promise's tags as they stand in JSON. */
  tagsBytesMax: 32 * 1_024,
  /** UTF-8 bytes of an address: of a mailbox it is the key. */
  addressBytesMax: 1_000,
  /** UTF-8 bytes of the name of a process that holds a task. */
  pidBytesMax: 1_000,
  /** UTF-8 bytes of a schedule's expression, zone, description and template. */
  textBytesMax: 1_000,
  /** Waiters of each kind that stand in a promise itself, and the characters that each may have there. */
  waitersInPlaceMax: 8,
  waiterLengthMax: 120,
  /** Promises that one task awaits at once. */
  awaitedMax: 10_000,
  /** Promises on one page of a search, as many as a page has unless it is asked for fewer. */
  pageMax: 100,
} as const;

interface Named {
  readonly id: string;
  readonly idempotencyKey?: string;
}

/** What a promise is created with, as far as it has limits. */
type Created = Named & { readonly param: Value; readonly tags: Tags; readonly timeoutAt: EpochMs };

/**
 * @throws Fault `invalid` where a text cannot be kept as it is or is longer than an index takes;
 * otherwise `tooLarge` where a payload or the tags are.
 */
export function checkCreate(created: Created): void {
  const { invalid, tooLarge } = creationViolations(created);
  refuse("invalid", invalid);
  refuse("tooLarge", tooLarge);
}

/** All that keeps a promise from being created. */
export const creationViolations = ({ id, param, tags, timeoutAt, idempotencyKey }: Created) => ({
  invalid: [
    ...idViolations(id),
    ...keyViolations(idempotencyKey),
    ...valueTexts("param", param),
    ...texts("tags", tags),
    ...tagViolations(tags, timeoutAt),
  ],
  tooLarge: [...valueExcesses("param", param), ...tagsExcesses("tags", tags)],
});

/** @throws Fault as {@link checkCreate}. */
export function checkSettle({ id, value, idempotencyKey }: Named & { value: Value }): void {
  refuse("invalid", [...idViolations(id), ...keyViolations(idempotencyKey), ...valueTexts("value", value)]);
  refuse("tooLarge", valueExcesses("value", value));
}

/** @throws Fault `invalid` where no promise can have this id. */
export function checkId(id: string): void {
  refuse("invalid", idViolations(id));
}

/** @throws Fault `invalid` where nobody can hold a task under this name, or for so long. */
export function checkLease({ pid, ttl }: { readonly pid: string; readonly ttl: number }): void {
  refuse("invalid", [
    ...illFormed("pid", pid),
    ...tooLong("pid", pid, limits.pidBytesMax),
    // Past the end of time, no store keeps numbers exactly.
    ...(ttl > endOfTime ? [violation("ttl", `must be at most ${endOfTime} milliseconds`)] : []),
  ]);
}

/**
 * @param promiseId What the address is to be told of: a worker of a group that the address names is part of the message's
 * key, beside that.
 * @throws Fault `invalid` where no message of it can be sent to the address.
 */
export function checkListener(field: string, address: string, promiseId: string): void {
  const parsed = parseAddress(address);
  const name = parsed?.scheme === "poll" && parsed.cast === "any" ? (parsed.id ?? "") : "";
  refuse("invalid", [
    ...addressViolations(field, address),
    ...(name !== "" && utf8Length(name) + utf8Length(promiseId) > limits.idBytesMax
      ? [violation(field, `must name a worker in at most ${limits.idBytesMax} bytes, the promise's id included`)]
      : []),
  ]);
}

/** Whether a promise can have this id. */
export const isId = (text: string): boolean => idViolations(text).length === 0;

export function refuse(code: "invalid" | "tooLarge", violations: readonly Violation[]): void {
  if (violations.length > 0) {
    throw new Fault(code, { violations });
  }
}

export const violation = (field: string, rule: string): Violation => ({ field, message: `${field} ${rule}` });

/** A request of which one thing is wrong. */
export const invalid = (field: string, rule: string): Fault<"invalid"> =>
  new Fault("invalid", { violations: [violation(field, rule)] });

export function idViolations(id: string): Violation[] {
  if (id === "") {
    return [violation("id", "is required")];
  }
  if (id.includes("\0")) {
    return [violation("id", "must not contain null characters")];
  }
  return [...illFormed("id", id), ...tooLong("id", id, limits.idBytesMax)];
}

const addressViolations = (field: string, address: string): Violation[] =>
  parseAddress(address) === undefined
    ? [{ field, message: `Invalid ${field} address` }]
    : [...illFormed(field, address), ...tooLong(field, address, limits.addressBytesMax)];

/** What the tags that the service reads must be (`protocol/rpc.md` 2). */
function tagViolations(tags: Tags, timeoutAt: EpochMs): Violation[] {
  const [target, delay] = [targetOf(tags), tags["resonate:delay"]];
  const violations = target === undefined ? [] : addressViolations("resonate:target", target);
  if (target !== undefined && tags[compositeTag] !== undefined) {
    violations.push(
      violation(compositeTag, "must not stand beside resonate:target: a composite is settled by its members"),
    );
  }
  if (delay === undefined) {
    return violations;
  }
  const refuseDelay = (rule: string) => [...violations, violation("resonate:delay", rule)];
  if (!/^\d{1,19}$/.test(delay)) {
    return refuseDelay("must be a non-negative integer");
  }
  if (target === undefined) {
    return refuseDelay("requires a resonate:target tag");
  }
  return Number(delay) >= Math.min(timeoutAt, endOfTime) ? refuseDelay("must be less than timeoutAt") : violations;
}

export const keyViolations = (key: string | undefined): Violation[] =>
  key === undefined
    ? []
    : [...illFormed("idempotency-key", key), ...tooLong("idempotency-key", key, limits.idempotencyKeyBytesMax)];

const valueTexts = (field: string, { headers, data }: Value): Violation[] => [
  ...(data === undefined ? [] : illFormed(`${field}.data`, data)),
  ...(headers === undefined ? [] : texts(`${field}.headers`, headers)),
];

export const texts = (field: string, entries: Readonly<Record<string, string>>): Violation[] =>
  Object.entries(entries).flatMap(([name, text]) => [...illFormed(field, name), ...illFormed(field, text)]);

/** Half of a surrogate pair is no text: a store would keep something else in its place. */
export const illFormed = (field: string, text: string): Violation[] =>
  text.isWellFormed() ? [] : [violation(field, "must be well-formed Unicode, without lone surrogates")];

export const tooLong = (field: string, text: string, bytesMax: number): Violation[] =>
  isLonger(text, bytesMax) ? [violation(field, `must be at most ${bytesMax} bytes of UTF-8`)] : [];

const valueExcesses = (field: string, value: Value): Violation[] => [
  ...(isLargerInJson(value, limits.payloadBytesMax)
    ? [violation(field, `must be at most ${limits.payloadBytesMax} bytes of JSON`)]
    : []),
  ...entriesExcess(`${field}.headers`, value.headers ?? {}, limits.headersMax),
];

export const tagsExcesses = (field: string, tags: Tags): Violation[] => [
  ...entriesExcess(field, tags, limits.tagsMax),
  ...(isLargerInJson(tags, limits.tagsBytesMax)
    ? [violation(field, `must be at most ${limits.tagsBytesMax} bytes of JSON`)]
    : []),
];

const entriesExcess = (field: string, entries: Readonly<Record<string, string>>, max: number): Violation[] =>
  Object.keys(entries).length > max ? [violation(field, `must have at most ${max} entries`)] : [];

const isLargerInJson = (json: Value | Tags, bytesMax: number): boolean => isLonger(JSON.stringify(json), bytesMax);

/** A UTF-16 unit is at least one byte of UTF-8 and at most three: most texts need no counting. */
const isLonger = (text: string, bytesMax: number): boolean =>
  text.length > bytesMax || (text.length * 3 > bytesMax && utf8Length(text) > bytesMax);

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) {
      // Each half of a surrogate pair stands for two of the pair's four bytes.
      bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
    }
  }
  return bytes;
}
