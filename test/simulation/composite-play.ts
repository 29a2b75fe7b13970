/**
 * Composites under a random life: what is asked for, at once or in turn, while the store fails and processes end; and what
 * must be true when all has come to rest.
 *
 * @module
 */

import fc from "fast-check";
import { expect } from "vitest";
import { Fault, isFault, type PromiseImage, type Settle, type Verdict } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { promiseService } from "#lib/service/promises.ts";
import { noFeed } from "../support/door.ts";
import type { OpenStore } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";
import { worksOver } from "./works.ts";

export const beginning = 1_000_000;

export interface Rule {
  readonly of: readonly string[];
  readonly need: number;
  readonly losers: "cancel" | "keep";
  readonly missing: "create" | "refuse";
}

export type Step =
  | { readonly kind: "create"; readonly id: string; readonly lifeMs: number }
  | { readonly kind: "compose"; readonly id: string; readonly lifeMs: number; readonly rule: Rule }
  | { readonly kind: "end"; readonly id: string; readonly verdict: Verdict }
  | { readonly kind: "wait"; readonly ms: number };

const single = fc.constantFrom("a", "b", "c", "d");
const composite = fc.constantFrom("k1", "k2", "k3");
const anyId = fc.oneof({ weight: 3, arbitrary: single }, composite);
const lifeMs = fc.constantFrom(1_000, 5_000, 1_000_000);

const rule: fc.Arbitrary<Rule> = fc.uniqueArray(anyId, { minLength: 1, maxLength: 4 }).chain((of) =>
  fc.record({
    of: fc.constant(of),
    need: fc.integer({ min: 1, max: of.length }),
    losers: fc.constantFrom("cancel", "cancel", "keep"),
    missing: fc.constantFrom("create", "create", "refuse"),
  }),
);

const compose = fc
  .record({ kind: fc.constant("compose" as const), id: composite, lifeMs, rule })
  .filter(({ id, rule: { of } }) => !of.includes(id));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant("create" as const), id: single, lifeMs }),
  { weight: 3, arbitrary: compose },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("end" as const),
      id: anyId,
      verdict: fc.constantFrom<Verdict>("resolved", "resolved", "rejected", "rejected_canceled"),
    }),
  },
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(500, 1_000, 4_000) }),
);

/** No promise is in two composites: of two that share one, who is quicker says how the other ends. */
function apart(steps: readonly Step[]): readonly Step[] {
  const taken = new Set<string>();
  return steps.filter((step) => {
    if (step.kind !== "compose") {
      return true;
    }
    const isApart = step.rule.of.every((id) => !taken.has(id));
    for (const id of isApart ? step.rule.of : []) {
      taken.add(id);
    }
    return isApart;
  });
}

export const sequences = fc.array(step, { minLength: 2, maxLength: 16, size: "max" }).map(apart);

/** What befalls a write: it is refused, or takes effect and nobody is told. */
const trouble = fc.constantFrom("none", "none", "none", "before", "after");
type Trouble = "none" | "before" | "after";

export const troubledLives = fc.record({
  /** Steps of one group are asked for at once. */
  groups: fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { minLength: 2, maxLength: 7, size: "max" }),
  troubles: fc.array(trouble, { maxLength: 40, size: "max" }) as fc.Arbitrary<Trouble[]>,
  /** Whether what follows from a write is done by whoever made it. */
  isPrompt: fc.boolean(),
});

export interface Life {
  readonly groups: readonly (readonly Step[])[];
  readonly troubles: readonly Trouble[];
  readonly isPrompt: boolean;
}

/** A store that fails as planned. */
function failing(store: Store, left: Trouble[]): Store {
  const suffer = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    const planned = left.shift() ?? "none";
    if (planned === "before") {
      throw new Fault("storeUnavailable", {});
    }
    const result = await write();
    if (planned === "after") {
      throw new Fault("storeUnavailable", {});
    }
    return result;
  };
  return {
    ...store,
    attempt: (write, cost) => suffer(() => store.attempt(write, cost)),
    transact: (writes, cost) => suffer(() => store.transact(writes, cost)),
  };
}

export interface Lived {
  readonly images: ReadonlyMap<string, PromiseImage>;
  /** Completions that were asked for, by the token of the request. */
  readonly asked: ReadonlyMap<string, Settle>;
  readonly now: number;
}

const ids = ["a", "b", "c", "d", "k1", "k2", "k3"];

/**
 * Lives a life, then has everything done that is due.
 *
 * @param damage What is wrong with the store, to see that it is noticed.
 * @param look Told of what is stored after each group, while nothing is under way.
 */
export async function live(
  open: OpenStore,
  { groups, troubles, isPrompt }: Life,
  look: (lived: Lived, group: readonly Step[]) => void,
  damage = (store: Store) => store,
): Promise<Lived> {
  const opened = await open();
  const clock = { now: beginning };
  const left = [...troubles];
  const store = failing(damage(opened.store), left);
  const works = worksOver(store, () => clock.now, { retryMs: 30_000 });
  const promises = promiseService({
    store,
    feed: isPrompt ? works.feed : noFeed,
    retryMs: 30_000,
    known: noSubscriptions,
  });
  const asked = new Map<string, Settle>();
  const read = async (): Promise<Lived> => ({
    images: new Map((await opened.store.read(ids, { roundTrips: 0 })).map((image) => [image.id, image])),
    asked,
    now: clock.now,
  });
  const rest = async () => {
    await works.feed.idle();
    for (let sweeps = 0; sweeps < 20; sweeps++) {
      const { changed, failures } = await works.sweep();
      await works.feed.idle();
      if (changed === 0 && failures.length === 0) {
        return;
      }
    }
    throw new Error("there is always something left to do");
  };

  let tokens = 0;
  const play = async (step: Step): Promise<void> => {
    const token = `t${tokens++}`;
    const request = { now: clock.now, token, cost: { roundTrips: 0 } };
    try {
      if (step.kind === "wait") {
        clock.now += step.ms;
        await works.sweep();
      } else if (step.kind === "end") {
        const what = { id: step.id, verdict: step.verdict, value: {} };
        asked.set(token, what);
        await promises.settle(what, request);
      } else {
        const tags = step.kind === "compose" ? { "resonate:composite": JSON.stringify(step.rule) } : {};
        await promises.create({ id: step.id, timeoutAt: clock.now + step.lifeMs, param: {}, tags }, request);
      }
    } catch (error) {
      if (!isFault(error)) {
        throw error;
      }
    }
    await works.feed.idle();
  };

  try {
    for (const group of groups) {
      await Promise.all(group.map(play));
      look(await read(), group);
    }
    left.length = 0;
    await rest();
    const rested = await read();
    clock.now += 10_000_000;
    await rest();
    const ended = await read();
    expect([...ended.images.values()].filter(({ state }) => state === "pending")).toEqual([]);
    return rested;
  } finally {
    opened.close();
  }
}

export const ruleOf = ({ tags }: PromiseImage): Rule | undefined =>
  tags["resonate:composite"] === undefined ? undefined : (JSON.parse(tags["resonate:composite"]) as Rule);

/** What settled members make of a composite: this folder's own words for the rule. */
export function verdictBy({ of, need }: Rule, stateOf: (id: string) => string): "resolved" | "rejected" | undefined {
  const states = of.map(stateOf);
  const count = (isCounted: (state: string) => boolean) => states.filter(isCounted).length;
  if (count((state) => state === "resolved") >= need) {
    return "resolved";
  }
  return count((state) => state === "resolved" || state === "pending") < need ? "rejected" : undefined;
}

/** What is wrong with what is left when everything that was due has been done. */
export function wrongs({ images, asked, now }: Lived): string[] {
  const all = [...images.values()];
  const stateOf = (id: string): string => images.get(id)?.state ?? "missing";
  return all.flatMap((image) => {
    const { id, state, settledAt = 0, settleToken, timeoutAt } = image;
    const by = settleToken === undefined ? undefined : asked.get(settleToken);
    const rule = ruleOf(image);
    const composites = all.filter((other) => ruleOf(other)?.of.includes(id));
    const wrong = (text: string, holds: boolean) => (holds ? [] : [`${id}: ${text}`]);
    const isBornEnded = settledAt === timeoutAt && image.createdAt === timeoutAt;
    const members = rule?.of.map((member) => images.get(member)) ?? [];
    return [
      ...wrong("nothing is due any more", image.dueAt === undefined || (state === "pending" && image.dueAt > now)),
      ...wrong("who asked for its end has got it", by === undefined || by.verdict === state),
      ...wrong(
        "who cancels it is one who asked, or a composite that has ended",
        state !== "rejected_canceled" ||
          by !== undefined ||
          composites.some(
            (other) =>
              other.state !== "pending" && ruleOf(other)?.losers === "cancel" && (other.settledAt ?? 0) <= settledAt,
          ),
      ),
      ...(rule === undefined
        ? []
        : [
            ...wrong("its members are there", members.every((member) => member !== undefined) || isBornEnded),
            ...wrong("it is decided if it can be", state !== "pending" || verdictBy(rule, stateOf) === undefined),
            ...wrong(
              "it has been decided by its members",
              settleToken !== undefined ||
                state === "pending" ||
                settledAt === timeoutAt ||
                isTrue(image, rule, images),
            ),
            ...wrong("it knows of members only until its end", state === "pending" || !image.hasMembers),
            ...wrong(
              "no member is left pending",
              state === "pending" ||
                rule.losers === "keep" ||
                isBornEnded ||
                members.every((each) => each?.state !== "pending"),
            ),
            ...wrong(
              "no member waits for it to be told",
              state === "pending" || members.every((each) => !each?.callbacks?.includes(id)),
            ),
          ]),
    ];
  });
}

/** Whether a composite's value names the members that have decided, each as it ended. */
function isTrue({ value, state, settledAt = 0 }: PromiseImage, rule: Rule, images: Lived["images"]): boolean {
  const { members } = JSON.parse(value.data ?? '{"members": []}') as {
    members: { id: string; state: string; settledAt: number }[];
  };
  const count = state === "resolved" ? rule.need : rule.of.length - rule.need + 1;
  return (
    members.length === count &&
    new Set(members.map(({ id }) => id)).size === count &&
    members.every(
      (told) =>
        rule.of.includes(told.id) &&
        images.get(told.id)?.state === told.state &&
        images.get(told.id)?.settledAt === told.settledAt &&
        (told.state === "resolved") === (state === "resolved") &&
        told.settledAt <= settledAt,
    )
  );
}
