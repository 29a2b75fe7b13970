/** Hooks over a store of their own: a provider that signs plainly, and everything that follows from its events. */

import { createHmac } from "node:crypto";
import type { HookRecord, Settle } from "#lib/core/index.ts";
import { nextOccurrence } from "#lib/cron.ts";
import { secretProblem } from "#lib/hooks/secret.ts";
import { type HookSecrets, memoryHookSecrets } from "#lib/local/hook-secrets.ts";
import type { Feed } from "#lib/ports/feed.ts";
import type { HookReader, HookRequest, SignedEvent } from "#lib/ports/hook-reader.ts";
import type { Metrics } from "#lib/ports/metrics.ts";
import type { Store } from "#lib/ports/store.ts";
import { type Advancer, advancer } from "#lib/service/advance.ts";
import type { RequestContext } from "#lib/service/carry-out.ts";
import { type HookLog, hookLog } from "#lib/service/hook-log.ts";
import { type Hooks, hookService } from "#lib/service/hooks.ts";
import { keptWork } from "#lib/service/kept.ts";
import { type Promises, promiseService } from "#lib/service/promises.ts";
import { type Receiver, receiver } from "#lib/service/receive.ts";
import { sweep } from "#lib/service/sweep.ts";
import { retryMs } from "./door.ts";
import { noSubscriptions } from "./subscriptions.ts";

/** What a provider of the tests says of an event. */
export interface Told {
  readonly id: string;
  readonly promise?: string;
  readonly data?: string;
  readonly ignore?: true;
}

type Plain = SignedEvent & { readonly told: Told };

export const secret = "a secret of sixteen and more";

export const sign = (body: string, by = secret): string => createHmac("sha256", by).update(body).digest("hex");

/** A provider that signs the body, and says of an event what it is to do. */
export const plainReader: HookReader<Plain> = {
  async verify({ headers, body, query }, _definition, secrets) {
    if (query.has("wrong-challenge")) {
      return { kind: "refused", reason: "tokenWrong", isChallenge: true };
    }
    if (query.has("challenge")) {
      return { kind: "challenge", status: 200, headers: {}, body: query.get("challenge") ?? "" };
    }
    const refusal = query.get("refuse");
    if (refusal !== null) {
      return { kind: "refused", reason: refusal };
    }
    const text = Buffer.from(body).toString("utf8");
    const by = secrets.findIndex((each) => sign(text, each) === headers["x-signature"]);
    if (by < 0) {
      return { kind: "refused", reason: "signatureWrong" };
    }
    const told = JSON.parse(text) as Told;
    return { kind: "event", eventId: told.id, by, told };
  },
  decide(_definition, _request, { told: { ignore, promise, data } }) {
    if (ignore) {
      return { kind: "ignored", reason: "byRule" };
    }
    return promise === undefined
      ? { kind: "unusable", reason: "promiseIdMissing" }
      : { kind: "settle", promiseId: promise, state: "resolved", value: { ...(data !== undefined && { data }) } };
  },
};

export const sentBy = (told: Told, by = secret, more: Partial<HookRequest> = {}): HookRequest => {
  const body = JSON.stringify(told);
  return {
    method: "POST",
    url: "https://promises.test/hooks/h",
    headers: { "x-signature": sign(body, by) },
    query: new URLSearchParams(),
    body: new Uint8Array(Buffer.from(body)),
    ...more,
  };
};

export interface HookStage {
  readonly clock: { now: number };
  readonly store: Store;
  readonly secrets: HookSecrets;
  readonly hooks: Hooks;
  readonly promises: Promises;
  readonly receiver: Receiver;
  readonly log: HookLog;
  /** Outcomes, as they were measured. */
  readonly measured: readonly string[];
  readonly work: Advancer;
  readonly request: () => RequestContext;
  make(name?: string, terms?: object): Promise<HookRecord>;
  send(told: Told, name?: string): ReturnType<Receiver["receive"]>;
  create(id: string): ReturnType<Promises["create"]>;
  settle(what: Partial<Settle> & { readonly id: string }): ReturnType<Promises["settle"]>;
  /** Resolves when nothing more follows from what was written. */
  idle(): Promise<void>;
  sweep(): Promise<readonly unknown[]>;
  outcomes(name?: string): Promise<readonly string[]>;
}

export interface StageOptions {
  /** Whether what follows from a creation is done at once: without, the sweep alone does it. */
  readonly isFollowed?: boolean;
  /** Absent: of its own. */
  readonly secrets?: HookSecrets;
}

export const stageClock = () => ({ now: 1_000_000 });

/** @param clock Stages may share one, and a store: several processes. */
export function hookStage(
  store: Store,
  { isFollowed = true, secrets: given }: StageOptions = {},
  clock = stageClock(),
): HookStage {
  let tokens = 0;
  const stage = Math.random().toString(36).slice(2);
  const token = () => `token-${stage}-${tokens++}`;
  const request = () => ({ now: clock.now, token: token(), cost: { roundTrips: 0 } });
  const underWay = new Set<Promise<unknown>>();
  const failures: unknown[] = [];
  const feed: Feed = {
    written(image, _isOffer, isNew) {
      if (isFollowed && isNew) {
        const claiming = work
          .claim(image, { roundTrips: 0 })
          .catch((error: unknown) => failures.push(error))
          .finally(() => underWay.delete(claiming));
        underWay.add(claiming);
      }
    },
    arm: () => {},
    taken: () => {},
    heardFrom: () => {},
  };
  const conduct = { store, feed, retryMs, known: noSubscriptions };
  const now = () => clock.now;
  const secrets = given ?? memoryHookSecrets();
  const measured: string[] = [];
  const metrics: Metrics = { record: (_metric, _value, outcome = "") => void measured.push(outcome) };
  const log = hookLog({ store, metrics, chance: () => 0.5, onFailure: (error) => failures.push(error) });
  const work = advancer({
    store,
    delivery: { offer: async () => {}, send: async () => {} } as never,
    timer: { arm: () => {} },
    now,
    retryMs,
    known: noSubscriptions,
    nextRun: nextOccurrence,
    kept: keptWork({ ...conduct, log, now, token, arm: () => {} }),
    hookSecrets: secrets,
  });
  const hooks = hookService({ store, secrets, secretProblem });
  const promises = promiseService(conduct);
  const receiving = receiver({
    ...conduct,
    secrets,
    log,
    reader: plainReader,
    canonical: (id) => id,
    find: (id, { cost }) => store.find({ of: "hook", id }, cost),
    onKept: () => {},
  });
  return {
    clock,
    store,
    secrets,
    hooks,
    promises,
    receiver: receiving,
    log,
    measured,
    work,
    request,
    make: async (name = "h", terms = {}) =>
      (await hooks.put({ name, definition: { provider: "hmac" }, secrets: [secret], ...terms }, request())).hook,
    send: (told, name = "h") => receiving.receive(name, sentBy(told), request()),
    create: (id) => promises.create({ id, timeoutAt: 9_000_000_000_000, param: {}, tags: {} }, request()),
    settle: (what) => promises.settle({ verdict: "resolved", value: {}, ...what }, request()),
    async idle() {
      while (underWay.size > 0) {
        await Promise.all(underWay);
      }
    },
    async sweep() {
      const options = { store, advancer: work, timer: { arm: () => {} }, now, lookAheadMs: 0, isTimeUp: () => false };
      return (await sweep(options, { roundTrips: 0 })).failures;
    },
    outcomes: async (name = "h") => (await hooks.events(name, request())).map(({ outcome }) => outcome),
  };
}
