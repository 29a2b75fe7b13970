/**
 * Workflows of a few promises, and a store that lets them expire.
 *
 * @module
 */

import fc from "fast-check";
import { beginRetention, type PromiseImage } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { advancer } from "#lib/service/advance.ts";
import { noFeed } from "../support/door.ts";
import { noSubscriptions } from "../support/subscriptions.ts";
import { asking } from "./asking.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
export const retentionMs = 10 * dayMs;
const beginning = 100 * dayMs;
const cost = () => ({ roundTrips: 0 });

/** Two workflows with their steps, and one that the first has called under an id of its own. */
export const roots = ["a", "b", "called"] as const;
const stepsOf = (root: string) => [`${root}:0`, `${root}:1`, `${root}:0.1`];
export const ids = roots.flatMap((root) => [root, ...stepsOf(root)]);
export const rootOf = (id: string): string => id.replace(/:.*$/, "");

/** What a workflow says that it comes from. */
export const originOf = (root: string): string | undefined => (root === "called" ? "a" : undefined);

export type Event =
  | { readonly kind: "create"; readonly id: string; readonly isLocal: boolean; readonly days: number }
  | { readonly kind: "settle" | "listen"; readonly id: string }
  | { readonly kind: "wait"; readonly days: number }
  /** By so many at once; each may be cut off after so many writes. */
  | { readonly kind: "walk"; readonly cutOffs: readonly number[] }
  /** Those that are picked are taken out, if they have expired. */
  | { readonly kind: "take out"; readonly picked: readonly string[] };

const id = fc.constantFrom(...ids);

export const events: fc.Arbitrary<Event[]> = fc.array(
  fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant("create" as const),
        id: fc.oneof(id, fc.constantFrom(...roots)),
        isLocal: fc.boolean(),
        days: fc.constantFrom(1, 5, 40),
      }),
    },
    { weight: 5, arbitrary: fc.record({ kind: fc.constant("settle" as const), id }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant("listen" as const), id }) },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("wait" as const), days: fc.constantFrom(0.1, 1, 12, 12) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant("walk" as const),
        cutOffs: fc.array(fc.constantFrom(0, 1, 2, 3, 100, 100, 100), { minLength: 1, maxLength: 2 }),
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("take out" as const), picked: fc.shuffledSubarray(ids) }) },
  ),
  { minLength: 5, maxLength: 60, size: "max" },
);

/** What is stored of these promises, by their ids. */
export type Images = ReadonlyMap<string, PromiseImage>;

export class Workflows {
  now = beginning;
  readonly #store: Store;
  readonly #ask: ReturnType<typeof asking>;

  constructor(store: Store) {
    this.#store = store;
    this.#ask = asking({ store, feed: noFeed, retryMs: 30_000, known: noSubscriptions });
  }

  async images(): Promise<Images> {
    return new Map((await this.#store.read(ids, cost())).map((image) => [image.id, image]));
  }

  async carryOut(event: Event): Promise<void> {
    switch (event.kind) {
      case "create":
        return this.#create(event);
      case "settle":
        await this.#ask({ kind: "settle", id: event.id, verdict: "resolved", value: {} }, this.now);
        return;
      case "listen":
        await this.#ask({ kind: "listener", awaited: event.id, address: "poll://uni@g/w" }, this.now);
        return;
      case "wait":
        this.now += event.days * dayMs;
        return;
      case "walk":
        return this.#walk(event.cutOffs);
      case "take out":
        return this.#takeOut(event.picked);
    }
  }

  /** All that is due is done, and walks and a time to live have all the time that they may need. */
  async end(): Promise<void> {
    this.now += 100 * dayMs;
    for (let rounds = 0; rounds < 4; rounds++) {
      for (const image of (await this.images()).values()) {
        await work(this.#store, () => this.now).promise(image, cost());
      }
      this.now += retentionMs + dayMs;
      await this.#walk([100]);
      await this.#takeOut(ids);
    }
  }

  /** A workflow creates its steps while it runs, and at no other time. */
  async #create({ id: created, isLocal, days }: Event & { kind: "create" }): Promise<void> {
    const root = rootOf(created);
    const running = created === root ? undefined : (await this.images()).get(root);
    const isRunning = running?.state === "pending" && running.timeoutAt > this.now;
    if (created !== root && !isRunning) {
      return;
    }
    const origin = originOf(root);
    const tags = {
      ...(isLocal && created !== root && { "resonate:scope": "local" }),
      ...(origin !== undefined && { "resonate:origin": origin }),
    };
    await this.#ask({ kind: "create", id: created, timeoutAt: this.now + days * dayMs, param: {}, tags }, this.now);
  }

  async #walk(cutOffs: readonly number[]): Promise<void> {
    const key = { of: "retention", id: "retention" } as const;
    await this.#store.attempt(beginRetention(this.now), cost());
    this.now = Math.max(this.now, (await this.#store.find(key, cost()))?.dueAt ?? 0);
    await Promise.allSettled(
      cutOffs.map((writes) => work(cutOff(this.#store, writes), () => this.now).thing(key, cost())),
    );
  }

  async #takeOut(picked: readonly string[]): Promise<void> {
    const images = await this.images();
    for (const each of picked) {
      if (images.get(each)?.expiresAt !== undefined) {
        await this.#store.attempt({ of: "promise", id: each, guards: [], change: { kind: "delete" } }, cost());
      }
    }
  }
}

const work = (store: Store, now: () => number) =>
  advancer({
    store,
    delivery: { offer: async () => {}, send: async () => {} },
    timer: { arm: () => {} },
    now,
    retryMs: 30_000,
    known: noSubscriptions,
    nextRun: () => undefined,
    retentionMs,
  });

/** A process that dies after so many writes. */
function cutOff(store: Store, writes: number): Store {
  let left = writes;
  return {
    ...store,
    async attempt(write, cost) {
      if (left-- <= 0) {
        throw new Error("cut off");
      }
      return store.attempt(write, cost);
    },
  };
}
