import type { Context } from "hono";
import type { Request } from "#lib/service/promises.ts";

/** What is said of a request in the log: never a payload, never a credential, and of the id only a hash. */
export interface Subject {
  /** What was asked for: `create`, `get`, `settle`, `search`. */
  readonly verb: string;
  /** The canonical id. */
  readonly id?: string;
}

/** What a request carries from the door to its handler, and back to the log. */
export interface RestEnv {
  readonly Variables: { request: Request; subject: Subject };
}

/** Every JSON answer names its encoding. */
const contentType = { "content-type": "application/json; charset=utf-8" };

/** Answers JSON, typed as the route declares it. */
export const json = <Body, Status extends number>(
  c: Context,
  body: Body,
  status: Status,
  headers: Readonly<Record<string, string>> = {},
) => c.json(body as object, status as never, { ...contentType, ...headers }) as never;
