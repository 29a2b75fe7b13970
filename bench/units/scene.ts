/**
 * A promise's life as it is played to be counted: what requests do with it, and what the service does on its own.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import {
  type Create,
  countFailure,
  type Endpoint,
  type EpochMs,
  isPaused,
  type Key,
  type PromiseImage,
  probing,
  putSubscription,
  type Settle,
  type Subscription,
  type SubscriptionTerms,
  type Tags,
} from "#lib/core/index.ts";
import { calendar, nextOccurrence } from "#lib/cron.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Timer } from "#lib/ports/timer.ts";
import { Refusal, type Sent } from "#lib/ports/transport.ts";
import { type Advancer, advancer } from "#lib/service/advance.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import { delivery } from "#lib/service/deliver.ts";
import { endpointIdOf } from "#lib/service/endpoint-id.ts";
import type { KnownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { type Promises, promiseService } from "#lib/service/promises.ts";
import { type Schedules, scheduleService } from "#lib/service/schedules.ts";
import { type Tasks, taskService } from "#lib/service/tasks.ts";
import { noSubscriptions } from "../../test/support/subscriptions.ts";

export const retryMs = 30_000;

/** What follows from a write is counted by itself: nobody does it at once. */
export const unheard: Feed = { written: () => {}, arm: () => {}, heardFrom: () => {}, taken: () => {} };

const birth = 1_795_000_000_001;
const hourMs = 3_600_000;
const pid = "worker";

export const targeted: Tags = { "resonate:target": "poll://any@workers/one" };
export const localStep: Tags = { "resonate:scope": "local" };

export interface Scene {
  /** The promise that it is about. */
  readonly id: string;
  /** Ids of all promises that have a part, its own among them. */
  readonly cast: ReadonlySet<string>;
  readonly promises: Promises;
  readonly tasks: Tasks;
  readonly schedules: Schedules;
  /** A request so long after the birth. */
  at(ms: number): RequestContext;
  /** A step of the promise's, or another's that it has to do with. */
  child(number: number): string;
  /** A promise as large as the row's items are. */
  promise(tags?: Tags, id?: string): Create;
  settlement(id?: string): Settle;
  create(tags?: Tags, id?: string): Promise<unknown>;
  /** The task, held from the start, or taken at the version that was offered. */
  createTask(ttl: number): Promise<unknown>;
  acquire(ms: number, ttl: number, version?: number): Promise<unknown>;
  /** Has the promise at hand for what follows from it. */
  look(id?: string): Promise<void>;
  /** Does what is due on the promise at hand so long after the birth. */
  advance(ms: number): Promise<void>;
  /** Has had so many attempts to send to an address fail that it is paused. */
  pause(address: string): Promise<void>;
  /** Makes a standing subscription, which everybody knows of. */
  subscribe(terms: SubscriptionTerms): Promise<void>;
  /** Does what is due on anything else. */
  advanceThing(key: Key, ms: number): Promise<void>;
}

/** What becomes of each attempt to send. */
type Answer = Sent | "failed";

/** The service's own work, over a transport that always says the same. */
export function works(
  store: Store,
  now: () => EpochMs,
  answer: Answer,
  known: KnownSubscriptions = noSubscriptions,
): { work: Advancer; timer: Timer } {
  const timer: Timer = { arm: () => {} };
  const transport = {
    async send() {
      if (answer === "failed") {
        throw new Refusal(503);
      }
      return answer;
    },
  };
  const onFailure = (error: unknown) => {
    throw error;
  };
  const messages = delivery({ store, transport, timer, now, chance: () => 0.5, onFailure });
  const work = advancer({
    store,
    delivery: messages,
    timer,
    now,
    retryMs,
    known,
    nextRun: nextOccurrence,
  });
  return { work, timer };
}

/**
 * @param padding What fills the promises up to the size that is counted.
 * @param sent Whether a worker is there to take what is offered, and a receiver takes what is posted.
 */
export function scene(store: Store, padding: string, sent: Answer): Scene {
  const id = `purchase/${randomUUID()}`;
  const cast = new Set<string>();
  const subscriptions: Subscription[] = [];
  const known: KnownSubscriptions = {
    current: async () => subscriptions,
    since: async () => subscriptions,
    forget: () => {},
  };
  const conduct = { store, feed: unheard, retryMs, known };
  const [promises, tasks] = [promiseService(conduct), taskService(conduct)];
  let atHand: PromiseImage | undefined;

  const at = (ms: number): RequestContext => ({ now: birth + ms, token: randomUUID(), cost: { roundTrips: 0 } });
  const promise = (tags: Tags = {}, own = id): Create => {
    cast.add(own);
    return { id: own, timeoutAt: birth + hourMs, param: { data: padding }, tags };
  };
  const worksAt = (ms: number) => works(store, () => birth + ms, sent, known).work;

  return {
    id,
    cast,
    promises,
    tasks,
    schedules: scheduleService(conduct, async () => calendar),
    at,
    child: (number) => `${id}:${number}`,
    promise,
    settlement: (own = id) => ({ id: own, verdict: "resolved", value: { data: "done" } }),
    create: (tags, own) => promises.create(promise(tags, own), at(0)),
    createTask: (ttl) => tasks.create({ ...promise(targeted), pid, ttl }, at(0)),
    acquire: (ms, ttl, version = 0) => tasks.acquire({ id, version, pid, ttl }, at(ms)),
    async subscribe(terms) {
      const made = { secrets: [], version: 1, createdAt: birth, changedAt: birth, changeToken: randomUUID() };
      const subscription = { id: randomUUID(), ...terms, ...made };
      await store.attempt(putSubscription(subscription, undefined), { roundTrips: 0 });
      subscriptions.push(subscription);
    },
    async look(own = id) {
      atHand = await store.get(own, { roundTrips: 0 });
    },
    async advance(ms) {
      if (atHand === undefined || (await worksAt(ms).promise(atHand, { roundTrips: 0 })) === 0) {
        throw new Error("nothing was due");
      }
    },
    async pause(address) {
      const [mailbox, error] = [address, { error: "the receiver answered 503", status: 503 }];
      const health = { id: endpointIdOf(mailbox), mailbox, address };
      let seen: Endpoint | undefined;
      for (let failures = 0; !isPaused(seen); failures++) {
        const write = countFailure(health.id, seen, health, error, birth - hourMs + failures * 60_000, 0);
        const outcome = await store.attempt(write, { roundTrips: 0 });
        seen = outcome.image;
      }
      await store.attempt(probing(seen, "", birth - 1, 0), { roundTrips: 0 });
    },
    async advanceThing(key, ms) {
      if ((await worksAt(ms).thing(key, { roundTrips: 0 })) === 0) {
        throw new Error("nothing was due");
      }
    },
  };
}
