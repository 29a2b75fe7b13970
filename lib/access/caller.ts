/**
 * Who asks, and what that one may do. Ids are canonical here: a second spelling of an id has ended at the door.
 *
 * @module
 */

import { Fault, type Scope } from "#lib/core/index.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";

export interface Caller {
  /** Who it is, as the log may say it. */
  readonly principal: string;
  /** May do everything, under every id. */
  readonly isAdmin: boolean;
  /** What every id begins with that the caller may name, as plain text; absent: it may name none. */
  readonly prefix?: string;
  /** Kinds of requests that it may make; absent: all but an administrator's. */
  readonly verbs?: readonly Scope[];
}

export const isInside = ({ isAdmin, prefix }: Caller, id: string): boolean =>
  isAdmin || (prefix !== undefined && id.startsWith(prefix));

/**
 * @param ids All that the request names; or texts with which the ids begin that it will come to name.
 * @throws Fault `forbidden`
 */
export function demand(caller: Caller, scope: Scope, ...ids: readonly string[]): void {
  const { isAdmin, prefix, verbs } = caller;
  const isInScope = scope !== "admin" && (verbs?.includes(scope) ?? true);
  if (!(isAdmin || (isInScope && prefix !== undefined && ids.every((id) => isInside(caller, id))))) {
    throw new Fault("forbidden", {});
  }
}

/** Whether it may listen for what is offered to workers. Of the messages there, it gets those of ids of its prefix. */
export const mayListen = ({ isAdmin, verbs }: Caller): boolean => isAdmin || (verbs?.includes("task") ?? true);

/** A request of a known caller. */
export interface KnownRequest extends RequestContext {
  readonly caller: Caller;
}

/** Nobody, where no access is controlled. */
export const callerIn = (request: RequestContext): Caller | undefined => (request as Partial<KnownRequest>).caller;

/** @throws Fault `unauthorized` where nobody has asked who it is: a door that forgets to ask opens nothing. */
export function callerOf(request: RequestContext): Caller {
  const caller = callerIn(request);
  if (caller === undefined) {
    throw new Fault("unauthorized", {});
  }
  return caller;
}

/** What the ids begin with that a search may show to a caller that may search at all. */
export const seenBy = ({ isAdmin, prefix = "" }: Caller): string => (isAdmin ? "" : prefix);
