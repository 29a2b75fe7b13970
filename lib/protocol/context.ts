import type { Span } from "#lib/ports/tracing.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";

/** What is said of a request in the log: never a payload, never a credential, and of the id only a hash. */
export interface Subject {
  /** What was asked for: `create`, `get`, `task.acquire`. */
  readonly verb: string;
  /** The canonical id. */
  readonly id?: string;
}

/** A worker's stream, as far as it is allowed. */
export interface Listening {
  readonly isAllowed: boolean;
  /** Whether it may be told of the promise. */
  readonly mayHave: (promiseId: string) => boolean;
  /** Whether it would be let in again. */
  readonly isStillKnown: () => Promise<boolean>;
}

/** What a request carries from the door to its handler, and back to the log. */
export interface DoorEnv {
  readonly Variables: {
    request: RequestContext;
    subject: Subject;
    /** The client's own name for the request, where an envelope bears it. */
    corrId: string | undefined;
    /** What the request is called that has no name. */
    ownRequestId: string;
    /** The request as a part of its trace, where traces are kept: it is known who asks when it is asked for. */
    span: (() => Span) | undefined;
    /** What a worker may hear of; absent: everything. */
    listening: Listening | undefined;
    /** What went wrong, where the handler has answered it itself. */
    failure: unknown;
  };
}

/** Every JSON answer names its encoding. */
const contentType = { "content-type": "application/json; charset=utf-8" };

export const json = (body: unknown, status: number, headers: Readonly<Record<string, string>> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers: { ...contentType, ...headers } });
