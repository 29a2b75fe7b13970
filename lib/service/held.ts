import { bornBy, Fault, type Held, hasTask, isHeldAt, type Moment, type PromiseImage } from "#lib/core/index.ts";
import { type Conduct, current, type RequestContext } from "./carry-out.ts";

/**
 * What a task says that has refused to count as held: the moment to try again at, where it is held and only the clocks
 * of two servers differ.
 *
 * @throws Fault `taskNotFound`, `taskNotHeld`
 */
export async function whyNotHeld<At extends Moment>(
  conduct: Conduct,
  { id, version }: Held,
  refusing: PromiseImage | undefined,
  moment: At,
  { cost }: RequestContext,
): Promise<At> {
  const image = refusing && (await current(conduct, refusing, moment.now, cost));
  if (!hasTask(image)) {
    throw new Fault("taskNotFound", { id });
  }
  if (!isHeldAt(image, version)) {
    throw new Fault("taskNotHeld", { id });
  }
  return bornBy(image, moment);
}
