/**
 * Promises, as requests ask for them.
 *
 * @module
 */

import {
  type Create,
  canonicalAddress,
  checkId,
  checkListener,
  create,
  type Effect,
  Fault,
  hasTask,
  isComposite,
  type Page,
  type PromiseImage,
  type Search,
  type Settle,
  settle,
  type Waiter,
} from "#lib/core/index.ts";
import { type IdPage, type IdSearch, pageById } from "./by-id.ts";
import { type Conduct, carryOut, eventMomentOf, look, type RequestContext } from "./carry-out.ts";
import { createComposite } from "./composites.ts";
import { fillPage } from "./search.ts";
import { wait } from "./waiting.ts";
import { wholePromises } from "./whole.ts";

export interface Promises {
  /** @throws Fault `invalid`, `tooLarge`; of a composite, `memberNotFound` */
  create(what: Create, request: RequestContext): Promise<Effect>;
  /** @throws Fault `promiseNotFound`, `invalid` */
  get(id: string, request: RequestContext): Promise<PromiseImage>;
  /** @throws Fault `promiseNotFound`, `invalid`, `tooLarge` */
  settle(what: Settle, request: RequestContext): Promise<Effect>;
  search(what: Search, request: RequestContext): Promise<Page>;
  /** In order of ids. */
  list(what: IdSearch, request: RequestContext): Promise<IdPage<PromiseImage>>;
  /**
   * Has the task of one promise woken when another settles; of one that is settled, nothing.
   *
   * @throws Fault `awaitedNotFound`, `awaiterNotFound`, `awaiterWithoutTask`, `invalid`
   */
  registerCallback(awaited: string, awaiter: string, request: RequestContext): Promise<PromiseImage>;
  /**
   * Has an address told when the promise settles; of one that is settled, nothing: the answer tells.
   *
   * @throws Fault `awaitedNotFound`, `invalid`
   */
  registerListener(awaited: string, address: string, request: RequestContext): Promise<PromiseImage>;
  /** The same; and says whether the address is new there. */
  subscribe(awaited: string, address: string, request: RequestContext): Promise<Effect>;
}

export const promiseService = (conduct: Conduct): Promises => wholePromises(conduct.store, promisesOf(conduct));

function promisesOf(conduct: Conduct): Promises {
  return {
    create: async (what, request) =>
      isComposite(what.tags)
        ? createComposite(conduct, what, request)
        : carryOut(conduct, create(what, await eventMomentOf(request, conduct)), request),
    settle: async (what, request) => carryOut(conduct, settle(what, await eventMomentOf(request, conduct)), request),
    async get(id, request) {
      checkId(id);
      const image = await look(conduct, id, request);
      if (image === undefined) {
        throw new Fault("promiseNotFound", { id });
      }
      return image;
    },
    search: (what, { now, cost }) => fillPage(conduct.store, what, now, cost),
    list: (what, request) => pageById(conduct.store, what, request),
    async registerCallback(awaited, awaiter, request) {
      checkId(awaited);
      checkId(awaiter);
      const [target, waiter] = await Promise.all([look(conduct, awaited, request), look(conduct, awaiter, request)]);
      if (target === undefined) {
        throw new Fault("awaitedNotFound", { id: awaited });
      }
      if (waiter === undefined) {
        throw new Fault("awaiterNotFound", { id: awaiter });
      }
      if (!hasTask(waiter)) {
        throw new Fault("awaiterWithoutTask", { id: awaiter });
      }
      return target.state !== "pending" || waiter.state !== "pending"
        ? target
        : (await wait(conduct, awaited, { role: "callback", waiter: awaiter }, request)).promise;
    },
    async registerListener(awaited, address, request) {
      checkId(awaited);
      checkListener("listener", address, awaited);
      return (await wait(conduct, awaited, listener(address), request)).promise;
    },
    async subscribe(awaited, address, request) {
      checkId(awaited);
      checkListener("recv", address, awaited);
      return wait(conduct, awaited, listener(address), request, true);
    },
  };
}

const listener = (address: string): Waiter => ({ role: "listener", waiter: canonicalAddress(address) });
