/**
 * Everything of the one-process server but its doors: what follows from writes is done at once, what is due when it is.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { beginRetention, type EpochMs } from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import { onlyFromAws } from "#lib/dispatch/aws/elsewhere.ts";
import { pushTransport } from "#lib/dispatch/http/push.ts";
import { pollHub } from "#lib/dispatch/poll/hub.ts";
import { transports } from "#lib/dispatch/transports.ts";
import { type Log, toldOf } from "#lib/log.ts";
import type { Bodies } from "#lib/ports/bodies.ts";
import type { Debug, DebugStore } from "#lib/ports/debug.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { HookSecretWriter } from "#lib/ports/hook-secrets.ts";
import type { Metrics } from "#lib/ports/metrics.ts";
import type { Signer } from "#lib/ports/signer.ts";
import type { Store } from "#lib/ports/store.ts";
import type { Tracing } from "#lib/ports/tracing.ts";
import type { PollHub } from "#lib/ports/transport.ts";
import { advancer } from "#lib/service/advance.ts";
import { delivery } from "#lib/service/deliver.ts";
import { type FollowUps, followUps } from "#lib/service/follow-ups.ts";
import { type HookLog, hookLog } from "#lib/service/hook-log.ts";
import { keptWork } from "#lib/service/kept.ts";
import { type KnownSubscriptions, knownSubscriptions } from "#lib/service/known-subscriptions.ts";
import { measured } from "#lib/service/measure.ts";
import { newMessageId } from "#lib/service/message-id.ts";
import { snapshot } from "#lib/service/snapshot.ts";
import { sweep } from "#lib/service/sweep.ts";
import { traced } from "#lib/tracing/sending.ts";
import { alarm } from "./alarm.ts";
import { debugClock } from "./debug-clock.ts";
import { reaper } from "./reaper.ts";

export interface WorksOptions {
  readonly store: Store;
  /** Where the store keeps large payloads; absent: in itself. */
  readonly bodies?: Bodies;
  /** The secrets of hooks. */
  readonly hookSecrets: Pick<HookSecretWriter, "delete">;
  /** Where workers and receivers find the server. */
  readonly serverUrl: string;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Absent: no traces are kept. */
  readonly tracing?: Tracing;
  readonly signer: Signer;
  readonly now: () => EpochMs;
  readonly retryMs: number;
  /** How long settled promises are kept, in milliseconds; absent: for ever. */
  readonly retentionMs?: number;
  /** How often to look for what other processes have left; absent: there are none. */
  readonly shared?: { readonly sweepEveryMs: number; readonly mailboxEveryMs: number };
  /** Puts the clock into the clients' hands. */
  readonly debugStore?: DebugStore;
}

export interface Works {
  readonly feed: FollowUps;
  readonly hub: PollHub;
  readonly hookLog: HookLog;
  readonly known: KnownSubscriptions;
  readonly now: () => EpochMs;
  readonly debug?: Debug;
  /** Ends the streams of workers. */
  closeStreams(): void;
  /** Does nothing more by itself; resolves when what was under way is done. */
  stop(): Promise<void>;
}

/** How far ahead of now to look for what to be woken for. */
const lookAheadMs = 24 * 60 * 60 * 1_000;

/** How often to look whether what hooks have counted is to be written down. */
const countedLookMs = 1_000;

/** An offer is remembered for so many intervals of retries, so that the next one finds it. */
const offersKeptFor = 4;

export function startWorks(options: WorksOptions): Works {
  const { store, serverUrl, log, metrics, retryMs, shared, debugStore, signer, tracing } = options;
  const clock = debugClock(options.now);
  const now = debugStore === undefined ? options.now : clock.now;
  const onFailure = (err: unknown) => log.error({ verb: "advance", err });
  const hub = pollHub({ serverUrl, now: options.now, forgetAfterMs: offersKeptFor * retryMs });
  const push = pushTransport({ serverUrl, signer, now: options.now, newId: newMessageId });
  const timer = { arm: (at: EpochMs) => bell.arm(at) };
  const underWay = {
    store,
    transport: traced(toldOf(measured(transports({ http: push, poll: hub, ...onlyFromAws }), metrics), log), tracing),
    onParked: () => metrics.record("parked", 1),
    onPaused: () => metrics.record("paused", 1),
    arm: timer.arm,
    timer,
    now,
    chance: Math.random,
    onFailure,
    background: (work: Promise<void>) => void work.catch(onFailure),
  };
  const known = knownSubscriptions(store, options.now);
  const events = hookLog({ store, metrics, chance: Math.random, onFailure });
  /** Settling what events have waited for is followed like everybody's settling. */
  const settling: Feed = {
    written: (...given) => feed.written(...given),
    arm: timer.arm,
    taken: hub.taken,
    heardFrom: hub.heardFrom,
  };
  const advanceOptions = {
    store,
    delivery: delivery(underWay),
    timer,
    now,
    retryMs,
    known,
    nextRun: nextOccurrence,
    onLapsed: hub.lapsed,
    kept: keptWork({
      store,
      feed: settling,
      retryMs,
      known,
      log: events,
      now,
      token: randomUUID,
      arm: timer.arm,
    }),
    hookSecrets: options.hookSecrets,
    ...(options.bodies && { bodies: options.bodies }),
    ...(options.retentionMs !== undefined && { retentionMs: options.retentionMs }),
  };
  const work = advancer(advanceOptions);
  const feed = followUps(work, { ...advanceOptions, onFailure, onTaken: hub.taken, onHeard: hub.heardFrom });
  const sweepOptions = { store, advancer: work, timer, now, lookAheadMs, isTimeUp: () => false, metrics };

  const bell = alarm({
    now: options.now,
    ring: async () => {
      const cost = { roundTrips: 0 };
      const { looked, changed, failures } = await sweep(sweepOptions, cost);
      if (changed > 0 || failures.length > 0) {
        log.info({ verb: "sweep", looked, changed, failed: failures.length, ...cost });
      }
      if (failures.length > 0) {
        throw failures[0];
      }
    },
    onFailure: (err) => log.error({ verb: "sweep", err }),
    ...(shared !== undefined && { everyMs: shared.sweepEveryMs }),
  });
  if (options.retentionMs !== undefined) {
    store
      .attempt(beginRetention(now()), { roundTrips: 0 })
      .then(() => bell.arm(now()))
      .catch(onFailure);
  }
  const counting = setInterval(() => void events.writeCounted(now(), { roundTrips: 0 }), countedLookMs).unref();
  const reaping = reaper({ store, now, onFailure });
  const mailboxes = emptyMailboxes({
    hub,
    empty: advanceOptions.delivery.empty,
    onFailure,
    everyMs: shared?.mailboxEveryMs,
  });

  return {
    feed,
    hub,
    hookLog: events,
    known,
    now,
    closeStreams: () => hub.closeAll(),
    async stop() {
      mailboxes.stop();
      reaping.stop();
      clearInterval(counting);
      push.close();
      await bell.stop();
      await feed.idle();
      await events.close();
    },
    ...(debugStore !== undefined && {
      debug: {
        at: clock.set,
        start: bell.pause,
        stop() {
          clock.release();
          bell.resume();
        },
        async reset() {
          await feed.idle();
          await debugStore.clear();
          known.forget();
        },
        async tick(moment: EpochMs) {
          clock.set(moment);
          await sweep({ ...sweepOptions, lookAheadMs: 0 }, { roundTrips: 0 });
          await feed.idle();
        },
        snap: () => snapshot(store, debugStore),
        idle: feed.idle,
      },
    }),
  };
}

interface Mailboxes {
  readonly hub: PollHub;
  readonly empty: (mailbox: string, cost: { roundTrips: number }) => Promise<void>;
  readonly onFailure: (error: unknown) => void;
  readonly everyMs: number | undefined;
}

/** Sends what waits for a worker as soon as it comes; and, now and then, what other processes have left for it. */
function emptyMailboxes({ hub, empty, onFailure, everyMs }: Mailboxes): { stop(): void } {
  const underWay = new Set<string>();
  const emptyOnce = (mailbox: string) => {
    if (!underWay.has(mailbox)) {
      underWay.add(mailbox);
      empty(mailbox, { roundTrips: 0 })
        .catch(onFailure)
        .finally(() => underWay.delete(mailbox));
    }
  };
  hub.onReady((ready) => ready.forEach(emptyOnce));
  const timer = everyMs === undefined ? undefined : setInterval(() => hub.mailboxes().forEach(emptyOnce), everyMs);
  return { stop: () => clearInterval(timer) };
}
