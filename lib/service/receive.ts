/**
 * What comes in by hooks: verified first, then understood, then done as everybody's settlements are. A request that cannot
 * be verified reaches nothing but a line of its hook's log.
 *
 * @module
 */

import { Fault, type HookOutcome, type HookRecord, hookLimits, isName } from "#lib/core/index.ts";
import type { Decided, HookRequest, SignedEvent } from "#lib/ports/hook-reader.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";
import { type Foreseen, foresee } from "./foresee.ts";
import type { HookLog } from "./hook-log.ts";
import {
  type Done,
  type ReadingOptions,
  reading,
  toSettlement,
  type VerifiedEvent,
  whyNotKept,
} from "./hook-requests.ts";
import { keep, noPlace } from "./keeping.ts";
import { settleBy } from "./kept.ts";
import { sharedRate } from "./rate.ts";

/** What is answered to whoever has sent a request. */
export type Received =
  /** There is no such hook, or the request is not the provider's: they cannot be told apart, unless by a size of the hook's own. */
  | { readonly kind: "refused" }
  | {
      readonly kind: "challenge";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "tooLarge"; readonly bytesMax: number }
  /** The provider is to send it again. */
  | { readonly kind: "deferred" }
  /** It is done with, whatever came of it: to send it again would change nothing. */
  | { readonly kind: "taken"; readonly outcome: HookOutcome; readonly provider?: string };

export interface Receiver {
  /**
   * Nothing of what is thrown is lost, if the provider repeats it.
   *
   * @throws Fault `tooManyRequests`, `storeUnavailable`, `storeFailed`
   */
  receive(hook: string, sent: HookRequest, request: RequestContext): Promise<Received>;
  /**
   * Says what a request would do at its moment, and does nothing.
   *
   * @param reach What the hook's prefix has to begin with.
   * @throws Fault `hookNotFound`
   */
  dryRun(hook: string, sent: HookRequest, request: RequestContext, reach?: string): Promise<Foreseen>;
}

export interface ReceiverOptions extends Conduct, ReadingOptions {
  readonly log: HookLog;
  /** Finds a hook; may have looked a moment ago. */
  readonly find: (name: string, request: RequestContext) => Promise<HookRecord | undefined>;
  readonly onKept: (at: number) => void;
}

export function receiver(options: ReceiverOptions): Receiver {
  const { log, store } = options;
  const requests = reading(options);
  const isTooMuch = sharedRate(store);

  return {
    async receive(name, sent, request) {
      const hook = isName(name) ? await options.find(name, request) : undefined;
      if (hook === undefined) {
        return unverified(sent, hookLimits.bodyBytesDefault);
      }
      const verified = await requests.verify(hook, sent, request);
      if (verified.kind === "challenge") {
        return verified;
      }
      if (verified.kind === "refused") {
        const { reason, isChallenge = false } = verified;
        // Whatever else is got, not posted, writes nothing, not even that it was refused.
        if (sent.method === "POST" || isChallenge) {
          const entry = { at: request.now, outcome: "refused", reason, headers: Object.keys(sent.headers) } as const;
          await log.count(name, entry, request.cost);
        } else {
          log.measure("refused");
        }
        return unverified(sent, hook.bodyBytesMax);
      }
      const { eventsPerMinuteMax: perMinuteMax } = hook;
      const waitMs = await isTooMuch(`hook/${name}`, perMinuteMax, request);
      if (waitMs !== undefined) {
        const reason = `there were more than ${perMinuteMax} events in a minute`;
        await log.count(name, { at: request.now, outcome: "deferred", reason }, request.cost);
        throw new Fault("tooManyRequests", { limit: "eventsPerMinuteMax", perMinuteMax, waitMs });
      }
      const decided = requests.decide(hook, sent, verified);
      const done = await take(options, hook, verified, decided, request);
      await log.note(name, { ...entryOf(verified, decided, request), ...done }, request.cost);
      const provider = (hook.definition as { provider?: string }).provider;
      return done.outcome === "deferred"
        ? { kind: "deferred" }
        : { kind: "taken", outcome: done.outcome, ...(provider !== undefined && { provider }) };
    },

    dryRun: (name, sent, request, reach = "") => foresee({ store, reading: requests }, name, sent, request, reach),
  };
}

/** A hook that is not there answers as one does that takes bodies of the usual size. */
const unverified = ({ body }: HookRequest, bytesMax: number): Received =>
  body.byteLength > bytesMax ? { kind: "tooLarge", bytesMax } : { kind: "refused" };

const entryOf = ({ eventId, type }: SignedEvent, decided: Decided, { now }: RequestContext) => ({
  at: now,
  eventId,
  ...(type !== undefined && { type }),
  ...(decided.kind === "settle" && { promiseId: decided.promiseId }),
});

/** How often a promise that comes and goes is looked for. */
const roundsMax = 3;

async function take(
  options: ReceiverOptions,
  hook: HookRecord,
  { eventId, secretId }: VerifiedEvent,
  decided: Decided,
  request: RequestContext,
): Promise<Done> {
  if (decided.kind !== "settle") {
    return { outcome: decided.kind, reason: decided.reason };
  }
  const settlement = toSettlement(hook, eventId, decided);
  for (let round = 0; round < roundsMax; round++) {
    const ended = await settleBy(options, settlement, request);
    if (ended.outcome !== "absent") {
      return ended as Done;
    }
    const refusal = whyNotKept(hook, settlement.value);
    if (refusal !== undefined) {
      return refusal;
    }
    const keeping = await keep(options, hook, { eventId, settlement, secretId }, request);
    if (keeping !== "there") {
      return keeping === "kept" ? { outcome: "kept" } : noPlace;
    }
  }
  throw new Fault("storeUnavailable", {});
}
