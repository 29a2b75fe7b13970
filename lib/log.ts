/**
 * Structured logs: one JSON line a request, one an attempt to send, the same on a laptop and on AWS. Never a payload, never a credential, and
 * of an id only a hash, by which its lines are found again.
 *
 * @module
 */

import { hash } from "node:crypto";
import { isFault } from "#lib/core/index.ts";
import type { Outgoing, Transport } from "#lib/ports/transport.ts";
import type { Answered } from "#lib/protocol/answered.ts";

/** Hexadecimal digits of an id's hash. */
const idHashLength = 16;

export const idHash = (id: string): string => hash("sha256", id).slice(0, idHashLength);

/** What a line says; `err` is told by its kind and its stack frames. */
interface Line {
  readonly err?: unknown;
  readonly [field: string]: unknown;
}

export interface Log {
  info(line: Line): void;
  error(line: Line): void;
}

/**
 * @param destination Where the lines go. The standard output takes each at once: a function may be frozen any moment.
 */
export function logger(destination: { write(line: string): unknown } = process.stdout): Log {
  const write = (level: "info" | "error", { err, ...line }: Line) => {
    const told = err === undefined ? line : { ...line, err: describeError(err) };
    destination.write(`${JSON.stringify({ level, time: Date.now(), ...told })}\n`);
  };
  return { info: (line) => write("info", line), error: (line) => write("error", line) };
}

export function requestLog(log: Log): (answered: Answered) => void {
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

/** A transport that tells of each attempt in a line, with the name of the request that the message comes from. */
export const toldOf = (transport: Transport, log: Log): Transport => ({
  async send(message, onAnswer) {
    const line = lineOf(message);
    try {
      const outcome = await transport.send(message, onAnswer);
      log.info({ ...line, outcome: outcome === "nobody" ? "waiting" : outcome });
      return outcome;
    } catch (err) {
      log.info({ ...line, outcome: "failed", err });
      throw err;
    }
  },
});

function lineOf(message: Outgoing): Line {
  const requestId = message.trace?.requestId;
  return {
    verb: "send",
    kind: message.kind,
    idHash: idHash(message.kind === "execute" ? message.id : message.promise.id),
    ...(requestId !== undefined && { requestId }),
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
