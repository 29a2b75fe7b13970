/**
 * Structured logs: one JSON line a request, the same on a laptop and on AWS. Never a payload, never a credential, and
 * of an id only a hash, by which its lines are found again.
 *
 * @module
 */

import { hash } from "node:crypto";
import { type DestinationStream, type Logger, pino } from "pino";
import { isFault } from "#lib/core/index.ts";
import type { Answered } from "#lib/protocol/rest/app.ts";

/** Hexadecimal digits of an id's hash. */
const idHashLength = 16;

export const idHash = (id: string): string => hash("sha256", id).slice(0, idHashLength);

/** @param destination Where the lines go; by default to the standard output, at once: a function may be frozen any moment. */
export const logger = (destination?: DestinationStream): Logger =>
  pino(
    { base: null, formatters: { level: (level) => ({ level }) }, serializers: { err: describeError } },
    destination ?? pino.destination({ dest: 1, sync: true }),
  );

export function requestLog(log: Logger): (answered: Answered) => void {
  return ({ id, error, durationMs, ...answered }) => {
    const line = {
      ...answered,
      ...(id !== undefined && { idHash: idHash(id) }),
      durationMs: Math.round(durationMs * 1_000) / 1_000,
      ...(error !== undefined && { err: error }),
    };
    answered.status >= 500 ? log.error(line) : log.info(line);
  };
}

/** An error by its kinds and stack frames. Its message is left out: an error of a library's may quote what it was given. */
function describeError(error: unknown): object {
  if (!(error instanceof Error)) {
    return { type: typeof error };
  }
  const frames = error.stack?.split("\n").filter((line) => line.startsWith("    at "));
  return {
    type: error.name,
    ...(isFault(error) && { code: error.code }),
    stack: frames?.join("\n"),
    ...(error.cause !== undefined && { cause: describeError(error.cause) }),
  };
}
