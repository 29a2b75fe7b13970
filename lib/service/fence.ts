/**
 * Writing on behalf of a task, only while it is held (`protocol/rpc.md` 7.13).
 *
 * @module
 */

import {
  type AnyChange,
  bornBy,
  checkCreate,
  checkId,
  checkSettle,
  creation,
  type EventMoment,
  Fault,
  fence,
  type Held,
  isComposite,
  leaving,
  newborn,
  type PromiseImage,
  settlement,
} from "#lib/core/index.ts";
import { attemptsMax, type Conduct, current, eventMomentOf, look, type RequestContext } from "./carry-out.ts";
import { createComposite } from "./composites.ts";
import { whyNotHeld } from "./held.ts";
import type { Fenced } from "./tasks.ts";

/** @throws Fault `taskNotFound`, `taskNotHeld`, `invalid`, `tooLarge`; of a composite, `memberNotFound` */
export async function runFenced(
  conduct: Conduct,
  held: Held,
  action: Fenced,
  request: RequestContext,
): Promise<PromiseImage | undefined> {
  checkId(held.id);
  if (action.kind === "create" && isComposite(action.what.tags)) {
    return (await createComposite(conduct, action.what, request, held)).promise;
  }
  action.kind === "create" ? checkCreate(action.what) : checkSettle(action.what);
  let moment = await eventMomentOf(request, conduct);
  let seen: PromiseImage | undefined;
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const outcome = await conduct.store.transact([fence(held, moment), inner(action, moment, seen)], request.cost);
    if (outcome.won) {
      return done(conduct, action, outcome.images[1] as PromiseImage | undefined, request);
    }
    const [task, promise] = outcome.refusals;
    if (task !== undefined) {
      moment = await whyNotHeld(conduct, held, task.image as PromiseImage | undefined, moment, request);
    } else if (promise !== undefined) {
      const image = promise.image as PromiseImage | undefined;
      seen = image && (await current(conduct, image, moment.now, request.cost));
      if (action.kind === "create" || seen?.state !== "pending") {
        return seen;
      }
      moment = bornBy(seen, moment);
    }
  }
  throw new Fault("storeUnavailable", {});
}

/** @param seen The promise that is to be settled, where it is known. */
const inner = ({ kind, what }: Fenced, moment: EventMoment, seen: PromiseImage | undefined): AnyChange =>
  kind === "create" ? creation(newborn(what, moment)) : settlement(what, moment, [], leaving(what, moment, seen));

/** What a won transaction has made: of a settlement the database does not say. */
async function done(
  conduct: Conduct,
  { kind, what }: Fenced,
  made: PromiseImage | undefined,
  request: RequestContext,
): Promise<PromiseImage | undefined> {
  const image = made ?? (await look(conduct, what.id, request));
  if (image !== undefined) {
    conduct.feed.written(image, kind === "create", kind === "create");
  }
  return image;
}
