/**
 * Lives of promises that subscriptions ask for, played over two processes; and what has reached the receivers by the end,
 * compared with what is in the store then.
 *
 * @module
 */

import fc from "fast-check";
import {
  asOf,
  Fault,
  type LifecycleKind,
  lifecycle,
  type PromiseImage,
  type Subscription,
  type SubscriptionTerms,
  type Tags,
} from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { Parcel } from "#lib/ports/outbox.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { type Outgoing, Refusal, type Transport } from "#lib/ports/transport.ts";
import { advancer } from "#lib/service/advance.ts";
import type { Conduct, RequestContext } from "#lib/service/carry-out.ts";
import { courier } from "#lib/service/courier.ts";
import { delivery, enqueuing } from "#lib/service/deliver.ts";
import { followUps } from "#lib/service/follow-ups.ts";
import { knownSubscriptions, subscriptionsKnownMs } from "#lib/service/known-subscriptions.ts";
import { promiseService } from "#lib/service/promises.ts";
import { type Changed, follow } from "#lib/service/stream.ts";
import { subscriptionService } from "#lib/service/subscriptions.ts";
import { sweep } from "#lib/service/sweep.ts";
import { taskService } from "#lib/service/tasks.ts";
import { noFeed } from "../support/door.ts";
import type { OpenStore } from "../support/stores.ts";
import { countedSecrets } from "../support/subscriptions.ts";

const retryMs = 30_000;
const far = 9_000_000_000_000;
const begin = 1_800_000_000_000;

/** No message waits longer than that for its next attempt; and so often does one wait at most when nothing fails. */
const longestWaitMs = 3_700_000;
const roundsAtTheEnd = 4;

/** How what follows from a write is done: by the process itself, by nobody but the sweep, or by functions with queues. */
const manners = ["prompt", "swept", "streamed"] as const;

const worker: Tags = { "resonate:target": "poll://any@g" };
const kindsOfTags: readonly Tags[] = [
  {},
  {},
  { shop: "a" },
  worker,
  { "resonate:scope": "local" },
  { "resonate:timer": "true" },
];

const ids = ["o/1", "o/2", "o/1:1", "o/1:2", "x/1"] as const;

const id = fc.constantFrom(...ids);
const lifetime = fc.constantFrom(far, far, 5_000, 20_000, -1);

const step = fc.oneof(
  fc.record({
    kind: fc.constant("create" as const),
    id,
    tags: fc.constantFrom(...kindsOfTags),
    lifetime,
  }),
  fc.record({
    kind: fc.constant("settle" as const),
    id,
    verdict: fc.constantFrom("resolved", "rejected", "rejected_canceled"),
  }),
  fc.record({
    kind: fc.constant("settle" as const),
    id,
    verdict: fc.constantFrom("resolved", "rejected", "rejected_canceled"),
  }),
  fc.record({ kind: fc.constant("createTask" as const), id, lifetime }),
  fc.record({ kind: fc.constant("acquire" as const), id }),
  fc.record({ kind: fc.constant("fulfill" as const), id, version: fc.constantFrom(1, 2) }),
  fc.record({
    kind: fc.constant("fence" as const),
    by: id,
    id,
    tags: fc.constantFrom(...kindsOfTags),
    settles: fc.boolean(),
  }),
  fc.record({
    kind: fc.constant("compose" as const),
    id: fc.constantFrom("o/c", "x/c"),
    of: fc.subarray([...ids], { minLength: 1 }),
    lifetime,
  }),
  fc.record({ kind: fc.constant("listen" as const), id }),
  fc.record({ kind: fc.constant("read" as const), id }),
  fc.record({ kind: fc.constant("sweep" as const) }),
  fc.record({ kind: fc.constant("wait" as const), ms: fc.constantFrom(100, 3_000, 12_000, 70_000) }),
  fc.record({ kind: fc.constant("receiver" as const), isWell: fc.boolean() }),
  fc.record({ kind: fc.constant("pause" as const), isOn: fc.boolean() }),
);

type Step = typeof step extends fc.Arbitrary<infer Each> ? Each : never;

export const lives = fc.record({
  manner: fc.constantFrom(...manners),
  /** Each group at once, shared by two processes. */
  groups: fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 14, size: "max" }),
  /** What befalls writes, in turn. */
  troubles: fc.array(fc.constantFrom("none", "none", "none", "before", "after"), { maxLength: 12 }),
  /** What befalls records and parcels, in turn. */
  fates: fc.array(fc.constantFrom("once", "once", "twice", "lost"), { minLength: 1, maxLength: 9 }),
  /** Which subscriptions there are; the first is the one that is paused. */
  asked: fc.shuffledSubarray(["everything", "births", "orders", "ends", "tagged", "steps"] as const, { minLength: 1 }),
  /** Whether one more is made on the way. */
  isLate: fc.boolean(),
});

export type Life = typeof lives extends fc.Arbitrary<infer Each> ? Each : never;

const all = ["created", "resolved", "rejected", "canceled", "timedout"] as const;

/** What may be subscribed to from the beginning on. */
const standing = {
  everything: { events: all },
  births: { events: ["created"] },
  orders: { prefix: "o/", events: ["created", "resolved", "timedout"] },
  ends: { prefix: "o/1" },
  tagged: { tags: { shop: "a" }, events: all },
  steps: { tags: { "resonate:scope": "local" }, events: all },
} as const satisfies Readonly<Record<string, Partial<SubscriptionTerms>>>;
const late = { late: { events: all } };

/** What a receiver was told, and how it answered. */
interface Told {
  readonly subscription: string;
  readonly promiseId: string;
  readonly event: LifecycleKind;
  readonly messageId: string;
  readonly isTaken: boolean;
  readonly shown: string;
}

/** Everything that is wrong in the end. */
export async function wrongsOf(open: OpenStore, life: Life, damage = (store: Store) => store): Promise<string[]> {
  const opened = await open();
  try {
    return await live(damage(opened.store), life);
  } finally {
    opened.close();
  }
}

async function live(store: Store, { manner, groups, troubles, fates, asked, isLate }: Life): Promise<string[]> {
  let now = begin;
  let tokens = 0;
  let [troubled, fated] = [0, 0];
  let isWell = true;
  let isTroubled = true;
  const told: Told[] = [];
  const failures: unknown[] = [];
  const [paused = ""] = asked;
  const clock = () => now;
  const cost = (): Cost => ({ roundTrips: 0 });
  const request = (): RequestContext => ({ now, token: `t${tokens++}`, cost: cost() });

  const trouble = () => (isTroubled ? (troubles[troubled++] ?? "none") : "none");
  const records: Changed[] = [];
  const parcels: Parcel[] = [];
  const changing = async <Result>(write: () => Promise<Result>): Promise<Result> => {
    const fate = trouble();
    if (fate === "before") {
      throw new Fault("storeUnavailable", {});
    }
    const result = await write();
    if (fate === "after") {
      throw new Fault("storeUnavailable", {});
    }
    return result;
  };
  const flaky: Store = {
    ...store,
    attempt: (write, each) =>
      changing(async () => {
        const before = await store.find(write, each);
        const outcome = await store.attempt(write, each);
        const after = await store.find(write, each);
        record(write, before, after);
        return outcome;
      }),
    transact: (writes, each) =>
      changing(async () => {
        const before = await Promise.all(writes.map((write) => store.find(write, each)));
        const outcome = await store.transact(writes, each);
        const after = await Promise.all(writes.map((write) => store.find(write, each)));
        for (const [at, write] of writes.entries()) {
          record(write, before[at], after[at]);
        }
        return outcome;
      }),
  };
  function record({ of, in: within, id: key }: Changed["key"], before: Changed["before"], after: Changed["after"]) {
    const changed = {
      key: { of, id: key, ...(within !== undefined && { in: within }) },
      ...(before && { before }),
      ...(after && { after }),
    };
    if (JSON.stringify(before) !== JSON.stringify(after) && after !== undefined && "dueAt" in after) {
      records.push(changed);
    }
  }

  const transport: Transport = {
    async send(message: Outgoing) {
      if (message.kind !== "event") {
        return "sent";
      }
      const { subscription, event, promise, messageId = "" } = message;
      const { state, value } = promise;
      const shown = JSON.stringify([state, value, promise.settledAt]);
      told.push({ subscription, promiseId: promise.id, event, messageId, isTaken: isWell, shown });
      if (!isWell) {
        throw new Refusal(503);
      }
      return "sent";
    },
  };
  const onFailure = (error: unknown) => {
    if (!(error instanceof Fault)) {
      failures.push(error);
    }
  };
  const timer = { arm: () => {} };
  const sending = { store: flaky, transport, now: clock, chance: () => 0, onFailure };

  const processes = [0, 1].map(() => {
    const known = knownSubscriptions(flaky, clock);
    const outbox = { put: async (parcel: Parcel) => void parcels.push(JSON.parse(JSON.stringify(parcel)) as Parcel) };
    const isStreamed = manner === "streamed";
    const way = isStreamed ? enqueuing(flaky, outbox) : delivery({ ...sending, timer });
    const advancing = {
      store: flaky,
      delivery: way,
      timer,
      now: clock,
      retryMs,
      known,
      nextRun: nextOccurrence,
      isStreamed,
    };
    const work = advancer(advancing);
    const following = followUps(work, { ...advancing, onFailure, onTaken: () => {}, onHeard: () => {} });
    const feed: Feed = manner === "prompt" ? following : noFeed;
    const conduct: Conduct = { store: flaky, feed, retryMs, known };
    return {
      known,
      work,
      way,
      following,
      promises: promiseService(conduct),
      tasks: taskService(conduct),
      subscriptions: subscriptionService({ ...conduct, secrets: countedSecrets([], "whsec_") }),
      sweep: () =>
        sweep({ store: flaky, advancer: work, timer, now: clock, lookAheadMs: 0, isTimeUp: () => false }, cost()),
    };
  });
  type Process = (typeof processes)[number];
  const process = (at: number): Process => processes[at % processes.length] as Process;

  const tellParcel = courier(sending);
  async function bring(at: number): Promise<void> {
    const times = () => (isTroubled ? { once: 1, twice: 2, lost: 0 }[fates[fated++ % fates.length] as "once"] : 1);
    for (const changed of records.splice(0)) {
      for (let left = times(); left > 0; left--) {
        const { work, way } = process(at);
        const options = { advancer: work, delivery: way, delays: { put: async () => {} }, now: clock };
        await follow(changed, options, cost()).catch(onFailure);
      }
    }
    for (const parcel of parcels.splice(0)) {
      for (let left = times(); left > 0; left--) {
        if (parcel.kind !== "execute") {
          await tellParcel.tell(parcel.message, await store.whole(parcel.promise, cost()), cost()).catch(onFailure);
        }
      }
    }
  }

  async function play(what: Step, at: number): Promise<void> {
    const { promises, tasks, subscriptions, sweep: sweepNow } = process(at);
    const terms = (each: string, tags: Tags, ms: number) => ({
      id: each,
      timeoutAt: ms === far ? far : now + ms,
      param: {},
      tags,
    });
    switch (what.kind) {
      case "create":
        await promises.create(terms(what.id, what.tags, what.lifetime), request());
        return;
      case "settle":
        await promises.settle({ id: what.id, verdict: what.verdict as "resolved", value: { data: "v" } }, request());
        return;
      case "createTask":
        await tasks.create({ ...terms(what.id, worker, what.lifetime), pid: "p", ttl: 15_000 }, request());
        return;
      case "acquire": {
        const { taskVersion: version = 0 } = (await store.get(what.id, cost())) ?? {};
        await tasks.acquire({ id: what.id, version, pid: "p", ttl: 15_000 }, request());
        return;
      }
      case "fulfill":
        await tasks.fulfill({ id: what.id, version: what.version, verdict: "resolved", value: {} }, request());
        return;
      case "fence": {
        const { taskVersion: version = 0 } = (await store.get(what.by, cost())) ?? {};
        const action = what.settles
          ? ({ kind: "settle", what: { id: what.id, verdict: "rejected", value: {} } } as const)
          : ({ kind: "create", what: terms(what.id, what.tags, far) } as const);
        await tasks.fence({ id: what.by, version }, action, request());
        return;
      }
      case "compose": {
        const rule = { of: what.of, need: 1, losers: "cancel", missing: "create", encoding: "json" };
        await promises.create(terms(what.id, { "resonate:composite": JSON.stringify(rule) }, what.lifetime), request());
        return;
      }
      case "listen":
        await promises.registerListener(what.id, "http://listener", request());
        return;
      case "read":
        await promises.get(what.id, request());
        return;
      case "sweep":
        await sweepNow();
        return;
      case "wait":
        now += what.ms;
        return;
      case "receiver":
        isWell = what.isWell;
        return;
      case "pause":
        await (what.isOn ? subscriptions.pause(paused, request()) : subscriptions.resume(paused, request()));
        return;
    }
  }

  const subscribe = async (wishes: Readonly<Record<string, Partial<SubscriptionTerms>>>) => {
    for (const [name, wish] of Object.entries(wishes)) {
      await process(0).subscriptions.put({ name, url: `http://${name}`, ...wish }, request());
    }
  };

  isTroubled = false;
  await subscribe(Object.fromEntries(asked.map((name) => [name, standing[name]])));
  now += subscriptionsKnownMs;
  isTroubled = true;
  let lateAt = Number.POSITIVE_INFINITY;
  for (const [number, group] of groups.entries()) {
    if (isLate && number === Math.floor(groups.length / 2)) {
      isTroubled = false;
      await subscribe(late);
      isTroubled = true;
      lateAt = now;
    }
    await Promise.all(group.map((each, at) => play(each, at + number).catch(onFailure)));
    if (manner === "streamed") {
      await bring(number);
    }
    now += 10;
  }

  // All that is to come comes now: nothing fails any more.
  isTroubled = false;
  isWell = true;
  await process(0).subscriptions.resume(paused, request());
  for (let rounds = 0; rounds < roundsAtTheEnd; rounds++) {
    for (const each of processes) {
      await each.following.idle();
    }
    await process(rounds).sweep();
    for (let turns = 0; turns < 6; turns++) {
      await bring(turns);
    }
    now += longestWaitMs;
  }
  return [
    ...failures.map((failure) => `failed: ${failure instanceof Error ? (failure.stack ?? failure.message) : failure}`),
    ...(await compare(store, told, lateAt)),
  ];
}

async function compare(store: Store, told: readonly Told[], lateAt: number): Promise<string[]> {
  const cost = { roundTrips: 0 };
  const images = await store.read([...ids, "o/c", "x/c"], cost);
  const subscriptions = await store.members("subscription", "all", 100, cost);
  const wrongs: string[] = [];
  for (const subscription of subscriptions) {
    for (const image of images) {
      const its = told.filter((each) => each.subscription === subscription.id && each.promiseId === image.id);
      wrongs.push(
        ...wrongWith(subscription, image, its, lateAt).map((wrong) => `${subscription.id} of ${image.id}: ${wrong}`),
      );
    }
    if ((await store.members("message", `subscription:${subscription.id}`, 10, cost)).length > 0) {
      wrongs.push(`${subscription.id}: messages are left`);
    }
  }
  for (const { id: left, dueAt, birthUntold, endUntold, state } of images) {
    if (birthUntold || endUntold || (state !== "pending" && dueAt !== undefined)) {
      wrongs.push(`${left} is still due`);
    }
  }
  return wrongs;
}

/** What a subscription asks for, said once more. */
function asksFor({ prefix, tags, events }: Subscription, kind: LifecycleKind, image: PromiseImage): boolean {
  const isStep = image.tags["resonate:scope"] === "local" && image.tags["resonate:target"] === undefined;
  const isNamed = Object.entries(tags).every(([name, value]) => image.tags[name] === value);
  return events.includes(kind) && image.id.startsWith(prefix) && isNamed && (!isStep || "resonate:scope" in tags);
}

function wrongWith(subscription: Subscription, image: PromiseImage, its: readonly Told[], lateAt: number): string[] {
  const happened = lifecycle(undefined, image);
  const wanted = happened.filter(({ kind }) => asksFor(subscription, kind, image));
  const isSure = ({ at }: { at: number }) => subscription.id !== "late" || at >= lateAt + subscriptionsKnownMs;
  const [first, second] = ["created", happened.at(-1)?.kind];
  const endAt = its.findIndex(({ event }) => event === second && event !== first);
  const birthTaken = its.findIndex(({ event, isTaken }) => event === first && isTaken);
  return [
    ...wanted.filter(isSure).flatMap(({ kind }) => {
      const taken = its.filter(({ event, isTaken }) => event === kind && isTaken);
      return taken.length > 0 ? [] : [`not told of ${kind}`];
    }),
    ...wanted.flatMap(({ kind }) =>
      new Set(its.filter(({ event }) => event === kind).map(({ messageId }) => messageId)).size > 1
        ? [`more than one message of ${kind}`]
        : [],
    ),
    ...its
      .filter(({ event }) => !wanted.some(({ kind }) => kind === event))
      .map(({ event }) => `told of ${event}, which it does not ask for or has not happened`),
    ...its.flatMap(({ event, shown }) => {
      const { state, value, settledAt } = asOf(image, event);
      return shown === JSON.stringify([state, value, settledAt]) ? [] : [`shown otherwise in ${event}: ${shown}`];
    }),
    ...(endAt >= 0 && its.some(({ event }) => event === first) && (birthTaken < 0 || birthTaken > endAt)
      ? ["told of its end before its creation"]
      : []),
  ];
}
