/** A message as an event of a stream, in ASCII alone: one client breaks on a character whose bytes come in two chunks. */
export const toEvent = (json: string): string => `data: ${toAscii(json)}\n\n`;

/** What says that a stream lives, and is no event. */
export const comment = ":\n\n";

const toAscii = (json: string): string =>
  json.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
