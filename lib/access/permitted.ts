/**
 * The services, to whom they are permitted. Every way to a promise, a task, a schedule or a message leads through
 * here, with canonical ids: no door can forget to ask.
 *
 * @module
 */

import { fixedFront, literalPrefix, membersOf, type PromiseRecord, type Scope } from "#lib/core/index.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import type { Hooks } from "#lib/service/hooks.ts";
import type { Links } from "#lib/service/links.ts";
import type { Messages } from "#lib/service/messages.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Receiver } from "#lib/service/receive.ts";
import type { Schedules } from "#lib/service/schedules.ts";
import type { Subscriptions } from "#lib/service/subscriptions.ts";
import type { Tasks } from "#lib/service/tasks.ts";
import { type Caller, callerOf, demand, isInside } from "./caller.ts";
import { cutPage, listInside } from "./inside.ts";

export interface Guarded {
  readonly promises: Promises;
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  readonly messages: Messages;
  readonly links: Links;
  readonly hooks: Hooks;
  readonly subscriptions: Subscriptions;
}

/** The same services, for known callers. Their methods throw a Fault `forbidden` where the caller may not. */
export const permitted = <Services extends Guarded>(services: Services): Services => ({
  ...services,
  promises: permittedPromises(services.promises),
  tasks: permittedTasks(services.tasks),
  schedules: permittedSchedules(services.schedules),
  messages: permittedMessages(services.messages),
  links: permittedLinks(services.links),
  hooks: permittedHooks(services.hooks),
  subscriptions: permittedSubscriptions(services.subscriptions),
});

const permittedPromises = (promises: Promises): Promises => ({
  async create(what, request) {
    demand(callerOf(request), "write", what.id, ...membersOf(what.tags));
    return promises.create(what, request);
  },
  async get(id, request) {
    demand(callerOf(request), "read", id);
    return promises.get(id, request);
  },
  async settle(what, request) {
    demand(callerOf(request), "write", what.id);
    return promises.settle(what, request);
  },
  async search(what, request) {
    const caller = callerOf(request);
    demand(caller, "read", literalPrefix(what.pattern));
    return cutPage(seenBy(caller), await promises.search(what, request));
  },
  async list(what, request) {
    const caller = callerOf(request);
    demand(caller, "read");
    return listInside(seenBy(caller), what, (within) => promises.list(within, request));
  },
  async registerCallback(awaited, awaiter, request) {
    demand(callerOf(request), "write", awaited, awaiter);
    return promises.registerCallback(awaited, awaiter, request);
  },
  async registerListener(awaited, address, request) {
    demand(callerOf(request), "write", awaited);
    return promises.registerListener(awaited, address, request);
  },
  async subscribe(awaited, address, request) {
    demand(callerOf(request), "write", awaited);
    return promises.subscribe(awaited, address, request);
  },
});

const permittedTasks = (tasks: Tasks): Tasks => ({
  async get(id, request) {
    demand(callerOf(request), "read", id);
    return tasks.get(id, request);
  },
  async create(what, request) {
    const caller = callerOf(request);
    demand(caller, "task", what.id);
    const { image, preload } = await tasks.create(what, request);
    return { image, preload: insideOf(caller, preload) };
  },
  async acquire(what, request) {
    const caller = callerOf(request);
    demand(caller, "task", what.id);
    const { image, preload } = await tasks.acquire(what, request);
    return { image, preload: insideOf(caller, preload) };
  },
  async release(held, request) {
    demand(callerOf(request), "task", held.id);
    return tasks.release(held, request);
  },
  async fulfill(what, request) {
    demand(callerOf(request), "task", what.id);
    return tasks.fulfill(what, request);
  },
  async suspend(held, awaited, request) {
    const caller = callerOf(request);
    demand(caller, "task", held.id, ...awaited);
    const suspended = await tasks.suspend(held, awaited, request);
    return suspended === "suspended" ? suspended : insideOf(caller, suspended);
  },
  async fence(held, action, request) {
    const members = action.kind === "create" ? membersOf(action.what.tags) : [];
    demand(callerOf(request), "task", held.id, action.what.id, ...members);
    return tasks.fence(held, action, request);
  },
  async heartbeat(pid, held, request) {
    demand(callerOf(request), "task", ...held.map(({ id }) => id));
    return tasks.heartbeat(pid, held, request);
  },
  async halt(id, request) {
    demand(callerOf(request), "task", id);
    return tasks.halt(id, request);
  },
  async continue(id, request) {
    demand(callerOf(request), "task", id);
    return tasks.continue(id, request);
  },
});

const permittedSchedules = (schedules: Schedules): Schedules => ({
  async get(id, request) {
    demand(callerOf(request), "read", id);
    return schedules.get(id, request);
  },
  async create(what, request) {
    demand(callerOf(request), "schedule", what.id, fixedFront(what.promiseId, what.id));
    return schedules.create(what, request);
  },
  async delete(id, request) {
    demand(callerOf(request), "schedule", id);
    return schedules.delete(id, request);
  },
  async list(what, request) {
    const caller = callerOf(request);
    demand(caller, "read", ...[what.id, what.beginning].filter((text) => text !== undefined));
    return listInside(seenBy(caller), what, (within) => schedules.list(within, request));
  },
});

/** Messages and their receivers are an operator's: they tell of any promise. What was sent of one promise is for whoever may read it. */
const permittedMessages = (messages: Messages): Messages => ({
  async log(promiseId, request) {
    demand(callerOf(request), "read", promiseId);
    return messages.log(promiseId, request);
  },
  async list(what, request) {
    demand(callerOf(request), "admin");
    return messages.list(what, request);
  },
  async replay(key, request) {
    demand(callerOf(request), "admin");
    return messages.replay(key, request);
  },
  async replayAll(what, request) {
    demand(callerOf(request), "admin");
    return messages.replayAll(what, request);
  },
  async endpoints(what, request) {
    demand(callerOf(request), "admin");
    return messages.endpoints(what, request);
  },
  async resume(id, request) {
    demand(callerOf(request), "admin");
    return messages.resume(id, request);
  },
});

/** Who may complete a promise may let others do so. */
const permittedLinks = (links: Links): Links => ({
  async mint(what, request) {
    demand(callerOf(request), "write", what.promiseId);
    return links.mint(what, request);
  },
  async list(promiseId, request) {
    demand(callerOf(request), "read", promiseId);
    return links.list(promiseId, request);
  },
  async revoke(promiseId, id, request) {
    demand(callerOf(request), "write", promiseId);
    return links.revoke(promiseId, id, request);
  },
});

/**
 * Who may complete promises may have a provider do so: those, and no others. A caller sees the hooks that reach no further
 * than itself; any other is as if it were not there.
 */
const permittedHooks = (hooks: Hooks): Hooks => ({
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

/**
 * Who may read promises may have a receiver told of them, if it may write, too: those, and no others. A caller sees the
 * subscriptions that reach no further than itself; any other is as if it were not there.
 */
const permittedSubscriptions = (subscriptions: Subscriptions): Subscriptions => ({
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

const insideOf = (caller: Caller, promises: readonly PromiseRecord[]): readonly PromiseRecord[] =>
  promises.filter(({ id }) => isInside(caller, id));

/** What the ids begin with that a search may show to a caller that may search at all. */
const seenBy = ({ isAdmin, prefix = "" }: Caller): string => (isAdmin ? "" : prefix);
