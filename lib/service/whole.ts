/**
 * The services' answers, with all their payloads: inside, those that are kept elsewhere are left out of what is read and
 * written, since most steps do not look at them.
 *
 * @module
 */

import type { Store, WithPayloads } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";
import type { Promises } from "./promises.ts";
import type { Schedules } from "./schedules.ts";
import type { Taken, Tasks } from "./tasks.ts";

type Whole = <Thing extends WithPayloads>(thing: Thing, request: RequestContext) => Promise<Thing>;

const wholeIn =
  (store: Store): Whole =>
  (thing, { cost }) =>
    store.whole(thing, cost);

const each = <Thing extends WithPayloads>(whole: Whole, things: readonly Thing[], request: RequestContext) =>
  Promise.all(things.map((thing) => whole(thing, request)));

export function wholePromises(store: Store, promises: Promises): Promises {
  const whole = wholeIn(store);
  const effect = async ({ changed, promise }: Awaited<ReturnType<Promises["settle"]>>, request: RequestContext) => ({
    changed,
    promise: await whole(promise, request),
  });
  return {
    create: async (what, request) => effect(await promises.create(what, request), request),
    settle: async (what, request) => effect(await promises.settle(what, request), request),
    get: async (id, request) => whole(await promises.get(id, request), request),
    async search(what, request) {
      const page = await promises.search(what, request);
      return { ...page, promises: await each(whole, page.promises, request) };
    },
    async list(what, request) {
      const page = await promises.list(what, request);
      return { ...page, rows: await each(whole, page.rows, request) };
    },
    registerCallback: async (awaited, awaiter, request) =>
      whole(await promises.registerCallback(awaited, awaiter, request), request),
    registerListener: async (awaited, address, request) =>
      whole(await promises.registerListener(awaited, address, request), request),
    subscribe: async (awaited, address, request) =>
      effect(await promises.subscribe(awaited, address, request), request),
  };
}

export function wholeTasks(store: Store, tasks: Tasks): Tasks {
  const whole = wholeIn(store);
  const taken = async ({ image, preload }: Taken, request: RequestContext): Promise<Taken> => ({
    image: await whole(image, request),
    preload: await each(whole, preload, request),
  });
  return {
    ...tasks,
    create: async (what, request) => taken(await tasks.create(what, request), request),
    acquire: async (what, request) => taken(await tasks.acquire(what, request), request),
    fulfill: async (what, request) => whole(await tasks.fulfill(what, request), request),
    async suspend(held, awaited, request) {
      const outcome = await tasks.suspend(held, awaited, request);
      return outcome === "suspended" ? outcome : each(whole, outcome, request);
    },
    async fence(held, action, request) {
      const promise = await tasks.fence(held, action, request);
      return promise && whole(promise, request);
    },
  };
}

export function wholeSchedules(store: Store, schedules: Schedules): Schedules {
  const whole = wholeIn(store);
  return {
    ...schedules,
    get: async (id, request) => whole(await schedules.get(id, request), request),
    async create(what, request) {
      const { changed, schedule } = await schedules.create(what, request);
      return { changed, schedule: await whole(schedule, request) };
    },
    async list(what, request) {
      const page = await schedules.list(what, request);
      return { ...page, rows: await each(whole, page.rows, request) };
    },
  };
}
