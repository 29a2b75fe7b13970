import type { Value } from "#lib/core/index.ts";

/** Bytes that things may come to in one transaction, as they stand in JSON: with the rest of them, below 4 MB. */
export const transactionBytesMax = 3 * 1_024 * 1_024;

/**
 * Bytes of the rows on one page, as they stand in JSON, unless one row by itself is larger. A function answers with 6 MB
 * at most, and what it answers is a text in JSON itself, in which every quotation mark counts twice.
 */
export const pageBytesMax = 2.5 * 1_024 * 1_024;

/** What a thing counts in a transaction, about. */
export const itemSizeOf = (thing: object | undefined): number =>
  thing === undefined ? 0 : Buffer.byteLength(JSON.stringify(thing));

/** What a thing comes to with all its payloads, as it stands in JSON. */
export const sizeOf = (thing: Partial<Record<"param" | "value" | "promiseParam", Value>>): number =>
  itemSizeOf(thing) +
  [thing.param, thing.value, thing.promiseParam].reduce((bytes, value) => bytes + (value?.elsewhere?.bytes ?? 0), 0);
