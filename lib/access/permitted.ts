/**
 * The services, to whom they are permitted. Every way to a promise, a task, a schedule or a message leads through
 * here, with canonical ids: no door can forget to ask.
 *
 * @module
 */

import { fixedFront, literalPrefix, membersOf, type PromiseRecord } from "#lib/core/index.ts";
import type { Hooks } from "#lib/service/hooks.ts";
import type { Links } from "#lib/service/links.ts";
import type { Messages } from "#lib/service/messages.ts";
import type { Promises } from "#lib/service/promises.ts";
import type { Schedules } from "#lib/service/schedules.ts";
import type { Subscriptions } from "#lib/service/subscriptions.ts";
import type { Tasks } from "#lib/service/tasks.ts";
import { type Caller, callerOf, demand, isInside, seenBy } from "./caller.ts";
import { cutPage, listInside } from "./inside.ts";
import { permittedHooks, permittedSubscriptions } from "./reaching.ts";

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

/** Messages and their receivers are an operator's: they tell of any promise. What was sent of one promise is for whoever may read it, but what is for a subscription that reaches further. */
const permittedMessages = (messages: Messages): Messages => ({
  async log(promiseId, request) {
    const caller = callerOf(request);
    demand(caller, "read", promiseId);
    return messages.log(promiseId, request, seenBy(caller));
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

const insideOf = (caller: Caller, promises: readonly PromiseRecord[]): readonly PromiseRecord[] =>
  promises.filter(({ id }) => isInside(caller, id));
