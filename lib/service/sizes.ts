/** Bytes that things may come to in one transaction, as they stand in JSON: with the rest of them, below 4 MB. */
export const transactionBytesMax = 3 * 1_024 * 1_024;

/** What a thing counts in a transaction, about. */
export const sizeOf = (thing: object | undefined): number =>
  thing === undefined ? 0 : Buffer.byteLength(JSON.stringify(thing));
