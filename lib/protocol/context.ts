import type { RequestContext } from "#lib/service/carry-out.ts";

/** What is said of a request in the log: never a payload, never a credential, and of the id only a hash. */
export interface Subject {
  /** What was asked for: `create`, `get`, `task.acquire`. */
  readonly verb: string;
  /** The canonical id. */
  readonly id?: string;
}

/** What a request carries from the door to its handler, and back to the log. */
export interface DoorEnv {
  readonly Variables: {
    request: RequestContext;
    subject: Subject;
    /** What went wrong, where the handler has answered it itself. */
    failure: unknown;
  };
}

/** Every JSON answer names its encoding. */
const contentType = { "content-type": "application/json; charset=utf-8" };

export const json = (body: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...contentType, ...headers } });
