/**
 * The envelope of every request and answer (`protocol/rpc.md` 1).
 *
 * @module
 */

import * as z from "zod";
import { json } from "../context.ts";
import { object, once, text } from "../shapes.ts";
import { time } from "./shapes.ts";

export const protocolVersion = "2026-04-01";

/** Members that are not named here are nobody's business. */
const Envelope = once(() =>
  z.object(
    {
      kind: text(),
      head: z.object(
        { corrId: text(), version: text(), auth: text().nullish(), "resonate:debug_time": time().nullish() },
        object,
      ),
      data: z.custom<unknown>((given) => given !== undefined, { error: "is required" }),
    },
    object,
  ),
);

/** A request whose envelope is in order; its data is not looked at yet. */
export interface Sent {
  readonly kind: string;
  readonly corrId: string;
  /** A credential. */
  readonly auth?: string;
  readonly debugTime?: number;
  readonly data: object;
}

/** What an answer repeats of its request. */
export interface Echo {
  readonly kind: string;
  readonly corrId: string;
}

/** A refusal, in one sentence. */
export class Refused extends Error {
  override readonly name = "Refused";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** @throws Refused 400, in the order of `protocol/rpc.md` 1.5 */
export function toSent(body: unknown): Sent {
  const parsed = Envelope().safeParse(body);
  if (!parsed.success) {
    throw new Refused(
      400,
      `Invalid request envelope: ${body === undefined ? "not JSON in UTF-8" : tellIssue(parsed.error, "the request")}`,
    );
  }
  const { kind, head, data } = parsed.data;
  if (kind === "") {
    throw new Refused(400, "Missing or invalid 'kind' field — must be a non-empty string");
  }
  if (typeof data !== "object" || data === null || Array.isArray(data)) {
    throw new Refused(400, "Invalid 'data' field — must be an object");
  }
  if (head.version !== protocolVersion) {
    throw new Refused(
      400,
      `Unsupported protocol version '${head.version}', supported versions: ["${protocolVersion}"]`,
    );
  }
  const debugTime = head["resonate:debug_time"];
  return {
    kind,
    corrId: head.corrId,
    data,
    ...(typeof head.auth === "string" && { auth: head.auth }),
    ...(typeof debugTime === "number" && { debugTime }),
  };
}

/** What can be repeated of a request, in order or not. */
export function echoOf(body: unknown): Echo {
  const { kind, head } = asObject(body);
  const { corrId } = asObject(head);
  return {
    kind: typeof kind === "string" ? kind : "unknown",
    corrId: typeof corrId === "string" ? corrId : "0",
  };
}

const asObject = (given: unknown): Readonly<Record<string, unknown>> =>
  typeof given === "object" && given !== null ? (given as Record<string, unknown>) : {};

/** An answer as it stands in an envelope; one in an answer is the same. */
export const toEnvelope = ({ kind, corrId }: Echo, status: number, data: unknown): object => ({
  kind,
  head: { corrId, status, version: protocolVersion },
  data,
});

export const respond = (echo: Echo, status: number, data: unknown): Response =>
  json(toEnvelope(echo, status, data), status);

/** The first thing wrong with what was sent, and where; `whole` is a name for all of it. */
export function tellIssue({ issues }: z.core.$ZodError, whole: string): string {
  const [issue] = issues;
  return `${issue?.path.join(".") || whole}: ${issue?.message ?? "invalid"}`;
}
