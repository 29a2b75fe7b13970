/**
 * Putting a task to sleep until one of the promises that it awaits settles (`protocol/rpc.md` 7.12, 19.4).
 *
 * @module
 */

import {
  type AnyChange,
  awaiting,
  checkId,
  Fault,
  type Guard,
  goOn,
  type Held,
  hasTask,
  limits,
  type Moment,
  type PromiseImage,
  type PromiseRecord,
  suspension,
} from "#lib/core/index.ts";
import { type Transacted, transactionMax } from "#lib/ports/store.ts";
import { attemptsMax, type Conduct, current, momentOf, type RequestContext } from "./carry-out.ts";
import { whyNotHeld } from "./held.ts";
import { preload } from "./preload.ts";
import { itemSizeOf, transactionBytesMax } from "./sizes.ts";
import { arm } from "./waiting.ts";

type Suspended = "suspended" | readonly PromiseRecord[];

interface Refused {
  readonly id: string;
  readonly image: PromiseImage | undefined;
}

/** What is known of the awaited promises that have refused a write. */
type Seen = Map<string, PromiseImage>;

/** @throws Fault `taskNotFound`, `taskNotHeld`, `awaitedNotFound`, `invalid` */
export async function suspendTask(
  conduct: Conduct,
  held: Held,
  named: readonly string[],
  request: RequestContext,
): Promise<Suspended> {
  const awaited = [...new Set(named)];
  [held.id, ...awaited].forEach(checkId);
  if (awaited.length > limits.awaitedMax) {
    throw new Fault("invalid", {
      violations: [{ field: "actions", message: `actions must be at most ${limits.awaitedMax}` }],
    });
  }
  const suspension = new Suspension(conduct, held, awaited, request);
  for (let attempt = 1; attempt <= attemptsMax; attempt++) {
    const suspended = await suspension.attempt();
    if (suspended !== "again") {
      return suspended;
    }
  }
  throw new Fault("storeUnavailable", {});
}

class Suspension {
  readonly #conduct: Conduct;
  readonly #held: Held;
  readonly #awaited: readonly string[];
  readonly #request: RequestContext;
  readonly #seen: Seen = new Map();
  #moment: Moment;

  constructor(conduct: Conduct, held: Held, awaited: readonly string[], request: RequestContext) {
    this.#conduct = conduct;
    this.#held = held;
    this.#awaited = awaited;
    this.#request = request;
    this.#moment = momentOf(request, conduct);
  }

  /** One transaction, where it holds them all. */
  async attempt(): Promise<Suspended | "again"> {
    const waits = this.#awaited.map((id) => awaiting(this.#held.id, [id], this.#moment, this.#seen));
    const writes = [suspension(this.#held, this.#moment), ...waits.flat()];
    if (writes.length > transactionMax) {
      return this.#inParts();
    }
    const outcome = await this.#conduct.store.transact(writes, this.#request.cost);
    if (!outcome.won && outcome.isTooLarge) {
      return this.#inParts();
    }
    if (outcome.won) {
      arm(this.#conduct, writes);
      return "suspended";
    }
    const [task] = outcome.refusals;
    if (task !== undefined) {
      this.#moment = await this.#whyNotHeld(task.image as PromiseImage | undefined);
      return "again";
    }
    return this.#learn(refusedOf(this.#awaited, waits, outcome.refusals.slice(1)));
  }

  /** Looks at the promises that have refused to be waited for. */
  async #learn(refused: readonly Refused[]): Promise<Suspended | "again"> {
    const missing = refused.find(({ image }) => image === undefined);
    if (missing !== undefined) {
      throw new Fault("awaitedNotFound", { id: missing.id });
    }
    const { cost } = this.#request;
    // The write's own moment: another server's clock, by which the task was born, may have come to a deadline.
    const { now } = this.#moment;
    const images = await Promise.all(
      refused.flatMap(({ image }) => (image === undefined ? [] : [current(this.#conduct, image, now, cost)])),
    );
    if (images.some(({ state }) => state !== "pending")) {
      return this.#goOn();
    }
    for (const image of images) {
      this.#seen.set(image.id, image);
    }
    return "again";
  }

  async #goOn(): Promise<Suspended | "again"> {
    const { store } = this.#conduct;
    const outcome = await store.attempt(goOn(this.#held, this.#moment), this.#request.cost);
    if (outcome.won) {
      return preload(store, outcome.image, this.#request);
    }
    if (outcome.image?.taskToken === this.#request.token) {
      return "suspended";
    }
    this.#moment = await this.#whyNotHeld(outcome.image);
    return "again";
  }

  /**
   * More promises than a transaction holds: first all are looked at, then the task is put on each one's list, and only
   * then to sleep, unless one of them has woken it meanwhile. What is left of a failed attempt only counts as a wake.
   */
  async #inParts(): Promise<Suspended | "again"> {
    const { store } = this.#conduct;
    const { cost } = this.#request;
    const task = await store.get(this.#held.id, cost);
    this.#moment = await this.#whyNotHeld(task);
    const found = new Map((await store.read(this.#awaited, cost)).map((image) => [image.id, image]));
    const looked = await this.#learn(this.#awaited.map((id) => ({ id, image: found.get(id) })));
    if (looked !== "again") {
      return looked;
    }
    for (const part of parts(this.#awaited, found)) {
      const registered = await this.#register(part);
      if (registered !== "again") {
        return registered;
      }
    }
    const outcome = await store.attempt(suspension(this.#held, this.#moment, [isUnwoken(task)]), cost);
    return outcome.won ? "suspended" : "again";
  }

  async #register(awaited: readonly string[]): Promise<Suspended | "again"> {
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      const waits = awaited.map((id) => awaiting(this.#held.id, [id], this.#moment, this.#seen));
      const writes = waits.flat();
      const outcome = await this.#conduct.store.transact(writes, this.#request.cost);
      if (outcome.won) {
        arm(this.#conduct, writes);
        return "again";
      }
      const learned = await this.#learn(refusedOf(awaited, waits, outcome.refusals));
      if (learned !== "again") {
        return learned;
      }
    }
    throw new Fault("storeUnavailable", {});
  }

  #whyNotHeld(image: PromiseImage | undefined): Promise<Moment> {
    return whyNotHeld(this.#conduct, this.#held, image, this.#moment, this.#request);
  }
}

/** As many promises at once as one transaction surely holds, of two writes each. */
function parts(awaited: readonly string[], found: ReadonlyMap<string, PromiseImage>): readonly (readonly string[])[] {
  const all: string[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const id of awaited) {
    const size = itemSizeOf(found.get(id));
    const part = all.at(-1);
    if (part === undefined || part.length >= transactionMax / 2 || bytes + size > transactionBytesMax) {
      all.push([id]);
      bytes = size;
    } else {
      part.push(id);
      bytes += size;
    }
  }
  return all;
}

/** Who has refused. Each promise is one write or two, of which only the first can be refused. */
function refusedOf(
  awaited: readonly string[],
  waits: readonly (readonly AnyChange[])[],
  refusals: Extract<Transacted, { won: false }>["refusals"],
): Refused[] {
  let at = 0;
  return awaited.flatMap((id, index) => {
    const refusal = refusals[at];
    at += waits[index]?.length ?? 0;
    return refusal === undefined ? [] : [{ id, image: refusal.image as PromiseImage | undefined }];
  });
}

/** That nothing has woken the task since it was looked at. */
const isUnwoken = (task: PromiseImage | undefined): Guard =>
  hasTask(task) && task.resumes !== undefined
    ? { kind: "is", field: "resumes", value: task.resumes }
    : { kind: "unset", field: "resumes" };
