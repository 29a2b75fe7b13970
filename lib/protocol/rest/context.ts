import type { RequestContext } from "#lib/service/promises.ts";

/** What is said of a request in the log: never a payload, never a credential, and of the id only a hash. */
export interface Subject {
  /** What was asked for: `create`, `get`, `settle`, `search`. */
  readonly verb: string;
  /** The canonical id. */
  readonly id?: string;
}

/** What a request carries from the door to its handler, and back to the log. */
export interface RestEnv {
  readonly Variables: { request: RequestContext; subject: Subject };
}

/** Every JSON answer names its encoding. */
const contentType = { "content-type": "application/json; charset=utf-8" };

export const json = (body: object, status: number, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...contentType, ...headers } });
