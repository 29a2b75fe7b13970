/**
 * Creating a composite: one transaction of it and of its place among those who wait for each member.
 *
 * @module
 */

import {
  type AnyChange,
  bornComposite,
  bornMember,
  type CompositeRule,
  type Create,
  checkComposite,
  creation,
  type Effect,
  type EventMoment,
  Fault,
  fence,
  type Held,
  joining,
  madeFor,
  newborn,
  type PromiseImage,
  ruleOf,
} from "#lib/core/index.ts";
import type { Transacted } from "#lib/ports/store.ts";
import { attemptsMax, type Conduct, current, eventMomentOf, type RequestContext } from "./carry-out.ts";
import { whyNotHeld } from "./held.ts";
import { arm } from "./waiting.ts";

/**
 * @param held The task on whose behalf it is created, if any.
 * @throws Fault `memberNotFound`, `invalid`, `tooLarge`; `taskNotFound`, `taskNotHeld`
 */
export async function createComposite(
  conduct: Conduct,
  what: Create,
  request: RequestContext,
  held?: Held,
): Promise<Effect> {
  checkComposite(what);
  const composing = new Composing(conduct, what, request, await eventMomentOf(request, conduct), held);
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const effect = await composing.attempt();
    if (effect !== "again") {
      return effect;
    }
  }
  throw new Fault("storeUnavailable", {});
}

type Refusals = Extract<Transacted, { won: false }>["refusals"];

class Composing {
  readonly #conduct: Conduct;
  readonly #what: Create;
  readonly #rule: CompositeRule;
  readonly #request: RequestContext;
  readonly #held: Held | undefined;
  /** Members that are there; and what those are made of that are not, as far as is known. */
  readonly #seen = new Map<string, PromiseImage>();
  readonly #unborn: Map<string, Create>;
  #moment: EventMoment;

  constructor(conduct: Conduct, what: Create, request: RequestContext, moment: EventMoment, held: Held | undefined) {
    this.#conduct = conduct;
    this.#what = what;
    this.#rule = ruleOf(what.tags) as CompositeRule;
    this.#request = request;
    this.#held = held;
    this.#unborn = new Map(what.members?.map((member) => [member.id, madeFor(what, member)]));
    this.#moment = moment;
  }

  async attempt(): Promise<Effect | "again"> {
    const made = this.#makeMembers();
    const known = new Map([...this.#seen, ...made]);
    const composite = bornComposite(this.#what, this.#rule, known, this.#moment);
    const joins = composite.state === "pending" ? this.#rule.of.map((id) => this.#join(id, made.get(id))) : [];
    const before = this.#held === undefined ? [] : [fence(this.#held, this.#moment)];
    const writes = [...before, creation(composite), ...joins.flat()];
    const outcome = await this.#conduct.store.transact(writes, this.#request.cost);
    if (outcome.won) {
      return this.#follow(composite, made, writes);
    }
    if (outcome.isTooLarge) {
      throw new Fault("tooLarge", {
        violations: [{ field: "composite", message: "composite must have members that fit into one transaction" }],
      });
    }
    return this.#learn(outcome.refusals, joins);
  }

  #makeMembers(): ReadonlyMap<string, PromiseImage> {
    return new Map([...this.#unborn].map(([id, member]) => [id, newborn(member, this.#moment)]));
  }

  #join(id: string, made: PromiseImage | undefined): readonly AnyChange[] {
    const { id: composite } = this.#what;
    return made === undefined ? joining(composite, id, this.#seen.get(id), this.#moment) : bornMember(composite, made);
  }

  /** Who has refused, in order of precedence: the task, the id that is taken, the members. */
  async #learn(refusals: Refusals, joins: readonly (readonly AnyChange[])[]): Promise<Effect | "again"> {
    const left = [...refusals];
    const imageOf = (refusal: Refusals[number]) => refusal?.image as PromiseImage | undefined;
    if (this.#held !== undefined) {
      const task = left.shift();
      if (task !== undefined) {
        this.#moment = await whyNotHeld(this.#conduct, this.#held, imageOf(task), this.#moment, this.#request);
        return "again";
      }
    }
    const taken = imageOf(left.shift());
    if (taken !== undefined) {
      return { changed: false, promise: await this.#current(taken) };
    }
    for (const [at, id] of this.#rule.of.entries()) {
      const [refusal] = left.splice(0, joins[at]?.length ?? 0);
      if (refusal !== undefined) {
        await this.#meet(id, imageOf(refusal));
      }
    }
    return "again";
  }

  /** A member that is otherwise than was thought. */
  async #meet(id: string, found: PromiseImage | undefined): Promise<void> {
    if (found !== undefined) {
      this.#unborn.delete(id);
      this.#seen.set(id, await this.#current(found));
    } else if (this.#rule.missing === "create") {
      const { timeoutAt } = this.#what;
      this.#unborn.set(id, madeFor(this.#what, { id, timeoutAt, param: {}, tags: {} }));
    } else {
      throw new Fault("memberNotFound", { id });
    }
  }

  #current(image: PromiseImage): Promise<PromiseImage> {
    return current(this.#conduct, image, this.#moment.now, this.#request.cost);
  }

  #follow(composite: PromiseImage, made: ReadonlyMap<string, PromiseImage>, writes: readonly AnyChange[]): Effect {
    const { feed } = this.#conduct;
    arm(this.#conduct, writes);
    for (const { of, change } of writes) {
      if (of === "promise" && change.kind === "put" && made.has(change.image.id)) {
        feed.written(change.image, true, true);
      }
    }
    feed.written(composite, false, true);
    return { changed: true, promise: composite };
  }
}
