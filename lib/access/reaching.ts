/**
 * What its maker gives a reach, the prefix of all ids that it may touch: hooks, and standing subscriptions. A caller sees
 * those that reach no further than itself; any other is as if it were not there.
 *
 * @module
 */

import type { Scope } from "#lib/core/index.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import type { Hooks } from "#lib/service/hooks.ts";
import type { Receiver } from "#lib/service/receive.ts";
import type { Subscriptions } from "#lib/service/subscriptions.ts";
import { callerOf, demand, seenBy } from "./caller.ts";

/** Who may complete promises may have a provider do so: those, and no others. */
export const permittedHooks = (hooks: Hooks): Hooks => ({
  async put(what, request) {
    const caller = callerOf(request);
    demand(caller, "write", ...(what.prefix === undefined ? [] : [what.prefix]));
    return hooks.put(what, request, seenBy(caller));
  },
  async get(name, request) {
    return hooks.get(name, request, reachOf(request, "read"));
  },
  async list(request) {
    return hooks.list(request, reachOf(request, "read"));
  },
  async remove(name, request) {
    return hooks.remove(name, request, reachOf(request, "write"));
  },
  async addSecret(name, added, request) {
    return hooks.addSecret(name, added, request, reachOf(request, "write"));
  },
  async endSecret(name, id, request) {
    return hooks.endSecret(name, id, request, reachOf(request, "write"));
  },
  async events(name, request) {
    return hooks.events(name, request, reachOf(request, "read"));
  },
  async waiting(name, request) {
    return hooks.waiting(name, request, reachOf(request, "read"));
  },
});

/** Who may read promises may have a receiver told of them, if it may write, too: those, and no others. */
export const permittedSubscriptions = (subscriptions: Subscriptions): Subscriptions => ({
  async put(what, request) {
    const caller = callerOf(request);
    const named = what.prefix === undefined ? [] : [what.prefix];
    demand(caller, "write", ...named);
    demand(caller, "read", ...named);
    return subscriptions.put(what, request, seenBy(caller));
  },
  async get(name, request) {
    return subscriptions.get(name, request, reachOf(request, "read"));
  },
  async list(request) {
    return subscriptions.list(request, reachOf(request, "read"));
  },
  async remove(name, request) {
    return subscriptions.remove(name, request, reachOf(request, "write"));
  },
  async addSecret(name, request) {
    return subscriptions.addSecret(name, request, reachOf(request, "write"));
  },
  async endSecret(name, id, request) {
    return subscriptions.endSecret(name, id, request, reachOf(request, "write"));
  },
  async pause(name, request) {
    return subscriptions.pause(name, request, reachOf(request, "write"));
  },
  async resume(name, request) {
    return subscriptions.resume(name, request, reachOf(request, "write"));
  },
});

/** What comes in by a hook needs no credential but its provider's; to try one out does. */
export const permittedReceiver = (receiver: Receiver): Receiver => ({
  receive: receiver.receive,
  async dryRun(name, sent, request) {
    return receiver.dryRun(name, sent, request, reachOf(request, "read"));
  },
});

/** What the prefixes of hooks and subscriptions begin with that a caller may ask of. */
function reachOf(request: RequestContext, scope: Scope): string {
  const caller = callerOf(request);
  demand(caller, scope);
  return seenBy(caller);
}
