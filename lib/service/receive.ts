/**
 * What comes in by hooks: verified first, then understood, then done as everybody's settlements are. A request that cannot
 * be verified reaches nothing but a line of its hook's log.
 *
 * @module
 */

import {
  checkId,
  checkSettle,
  Fault,
  type HookOutcome,
  type HookRecord,
  hookLimits,
  isHookName,
  isSecretLive,
  type PromiseState,
  project,
  type Settle,
  utf8Length,
  type Value,
} from "#lib/core/index.ts";
import type { Decided, HookReader, HookRequest, SignedEvent } from "#lib/ports/hook-reader.ts";
import type { HookSecretReader } from "#lib/ports/hook-secrets.ts";
import type { Cost } from "#lib/ports/store.ts";
import type { Conduct, RequestContext } from "./carry-out.ts";
import type { HookLog } from "./hook-log.ts";
import { keep, settleBy, settlementKey, told } from "./kept.ts";
import { rateLimit } from "./rate.ts";

/** What is answered to whoever has sent a request. */
export type Received =
  /** There is no such hook, or the request is not the provider's: they cannot be told apart. */
  | { readonly kind: "refused" }
  | {
      readonly kind: "challenge";
      readonly status: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly body: string;
    }
  | { readonly kind: "tooLarge"; readonly bytesMax: number }
  /** The provider is to send it again: no sooner than that, where it is known. */
  | { readonly kind: "deferred"; readonly waitMs?: number }
  /** It is done with, whatever came of it: to send it again would change nothing. */
  | { readonly kind: "taken"; readonly outcome: HookOutcome; readonly provider?: string };

/** What a request would do. */
export interface Foreseen {
  readonly verified: boolean;
  /** Why it is not verified, is ignored or cannot be used. */
  readonly reason?: string;
  /** It would be answered by this, and nothing else. */
  readonly challenge?: { readonly status: number; readonly body: string };
  readonly event?: { readonly id: string; readonly type?: string };
  readonly outcome?: HookOutcome;
  readonly settlement?: Pick<Extract<Decided, { kind: "settle" }>, "promiseId" | "state" | "value">;
  /** What the promise is now; absent: there is none. */
  readonly promiseState?: PromiseState;
}

export interface Receiver {
  /** @throws Fault `storeUnavailable`, `storeFailed`: nothing is lost, if the provider repeats it. */
  receive(hook: string, sent: HookRequest, request: RequestContext): Promise<Received>;
  /**
   * Says what a request would do at its moment, and does nothing.
   *
   * @param reach What the hook's prefix has to begin with.
   * @throws Fault `hookNotFound`
   */
  dryRun(hook: string, sent: HookRequest, request: RequestContext, reach?: string): Promise<Foreseen>;
}

export interface ReceiverOptions extends Conduct {
  readonly reader: HookReader;
  readonly secrets: HookSecretReader;
  readonly log: HookLog;
  /** The promise's canonical id. */
  readonly canonical: (id: string) => string;
  /** Finds a hook; may have looked a moment ago. */
  readonly find: (name: string, request: RequestContext) => Promise<HookRecord | undefined>;
  readonly onKept: (at: number) => void;
}

export function receiver(options: ReceiverOptions): Receiver {
  const { reader, log } = options;
  const secretsOf = secretReader(options.secrets);
  const isTooMuch = rateLimit();

  const verify = async (hook: HookRecord, sent: HookRequest, { now, cost }: RequestContext) => {
    const verified = await reader.verify(sent, hook.definition, await secretsOf(hook, now, cost), now);
    // Whoever only opens something changes nothing, whatever signature it bears.
    return verified.kind === "event" && sent.method !== "POST"
      ? ({ kind: "refused", reason: `an event is sent by POST, not by ${sent.method}` } as const)
      : verified;
  };

  return {
    async receive(name, sent, request) {
      const hook = isHookName(name) ? await options.find(name, request) : undefined;
      if (hook === undefined) {
        return { kind: "refused" };
      }
      // A GET writes nothing, not even that it was refused.
      const refused = async (reason: string) =>
        sent.method === "POST" &&
        log.refused(name, { at: request.now, reason, headers: Object.keys(sent.headers) }, request.cost);
      if (sent.body.byteLength > hook.bodyBytesMax) {
        await refused(`its body is larger than ${hook.bodyBytesMax} bytes`);
        return { kind: "tooLarge", bytesMax: hook.bodyBytesMax };
      }
      const verified = await verify(hook, sent, request);
      if (verified.kind === "challenge") {
        return verified;
      }
      if (verified.kind === "refused") {
        await refused(verified.reason);
        return { kind: "refused" };
      }
      const waitMs = isTooMuch(name, request.now, hook.eventsPerMinuteMax);
      const decided = usable(options, hook, reader.decide(hook.definition, sent, verified));
      const done =
        waitMs === undefined
          ? await take(options, hook, verified, decided, request)
          : ({
              outcome: "deferred",
              reason: `there were more than ${hook.eventsPerMinuteMax} events in a minute`,
            } as const);
      await log.note(name, { ...entryOf(verified, decided, request), ...done }, request.cost);
      const provider = (hook.definition as { provider?: string }).provider;
      return done.outcome === "deferred"
        ? { kind: "deferred", ...(waitMs !== undefined && { waitMs }) }
        : { kind: "taken", outcome: done.outcome, ...(provider !== undefined && { provider }) };
    },

    async dryRun(name, sent, request, reach = "") {
      const hook = await options.store.find({ of: "hook", id: name }, request.cost);
      if (hook === undefined || !hook.prefix.startsWith(reach)) {
        throw new Fault("hookNotFound", { id: name });
      }
      if (sent.body.byteLength > hook.bodyBytesMax) {
        return { verified: false, outcome: "refused", reason: `its body is larger than ${hook.bodyBytesMax} bytes` };
      }
      const verified = await verify(hook, sent, request);
      if (verified.kind !== "event") {
        return verified.kind === "refused"
          ? { verified: false, outcome: "refused", reason: verified.reason }
          : { verified: true, challenge: { status: verified.status, body: verified.body } };
      }
      return foresee(
        options,
        hook,
        verified,
        usable(options, hook, reader.decide(hook.definition, sent, verified)),
        request,
      );
    },
  };
}

/** A secret is read once in a process's life: under its name there is never another. */
function secretReader(secrets: HookSecretReader) {
  const known = new Map<string, string>();
  const knownMax = 1_000;
  return async ({ id: hook, secrets: all }: HookRecord, now: number, cost: Cost): Promise<readonly string[]> => {
    const live = all.filter((secret) => isSecretLive(secret, now));
    const read = live.map(async ({ id }) => {
      const name = `${hook}/${id}`;
      const secret = known.get(name) ?? (await secrets.get({ hook, id }, cost));
      if (secret !== undefined && known.size < knownMax) {
        known.set(name, secret);
      }
      return secret;
    });
    return (await Promise.all(read)).filter((secret) => secret !== undefined);
  };
}

/** What was decided, as far as the hook reaches. */
function usable({ canonical }: ReceiverOptions, { prefix }: HookRecord, decided: Decided): Decided {
  if (decided.kind !== "settle") {
    return decided;
  }
  const promiseId = canonical(decided.promiseId);
  try {
    checkId(promiseId);
  } catch (error) {
    return { kind: "unusable", reason: told(error as Error) };
  }
  return promiseId.startsWith(prefix)
    ? { ...decided, promiseId }
    : {
        kind: "unusable",
        reason: `the promise's id does not begin with ${JSON.stringify(prefix)}, as it must for this hook`,
      };
}

const entryOf = ({ eventId, type }: SignedEvent, decided: Decided, { now }: RequestContext) => ({
  at: now,
  eventId,
  ...(type !== undefined && { type }),
  ...(decided.kind === "settle" && { promiseId: decided.promiseId }),
});

interface Done {
  readonly outcome: HookOutcome;
  readonly reason?: string;
}

/** How often a promise that comes and goes is looked for. */
const roundsMax = 3;

async function take(
  options: ReceiverOptions,
  hook: HookRecord,
  { eventId }: SignedEvent,
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
    const keeping = await keep(options, hook, { eventId, settlement }, request);
    if (keeping !== "there") {
      return keeping === "kept"
        ? { outcome: "kept" }
        : {
            outcome: "deferred",
            reason: `the hook keeps ${keptEventsMax} events already, and there is no such promise yet`,
          };
    }
  }
  throw new Fault("storeUnavailable", {});
}

const toSettlement = (hook: HookRecord, eventId: string, { promiseId, state, value }: Settling): Settle => ({
  id: promiseId,
  verdict: state,
  value,
  idempotencyKey: settlementKey(hook.id, eventId),
});

type Settling = Extract<Decided, { kind: "settle" }>;

/** Events of a hook that wait, at most. */
export const keptEventsMax = hookLimits.roomsMax * hookLimits.keptInRoomMax;

/** Its provider keeps it then, and sends it again. */
function whyNotKept({ keepMs }: HookRecord, value: Value): Done | undefined {
  const { keptValueBytesMax } = hookLimits;
  if (keepMs === 0) {
    return { outcome: "deferred", reason: "there is no such promise yet, and the hook keeps no events" };
  }
  return utf8Length(JSON.stringify(value)) > keptValueBytesMax
    ? {
        outcome: "deferred",
        reason: `there is no such promise yet, and a value of more than ${keptValueBytesMax} bytes of JSON is not kept`,
      }
    : undefined;
}

/** As {@link take} would do it now, without a write. */
async function foresee(
  { store }: ReceiverOptions,
  hook: HookRecord,
  { eventId, type }: SignedEvent,
  decided: Decided,
  { now, cost }: RequestContext,
): Promise<Foreseen> {
  const event = { id: eventId, ...(type !== undefined && { type }) };
  if (decided.kind !== "settle") {
    return { verified: true, event, outcome: decided.kind, reason: decided.reason };
  }
  const { promiseId, state, value } = decided;
  const settling = toSettlement(hook, eventId, decided);
  const known = { verified: true, event, settlement: { promiseId, state, value } };
  try {
    checkSettle(settling);
  } catch (error) {
    return { ...known, outcome: "unusable", reason: told(error as Error) };
  }
  const image = await store.get(promiseId, cost);
  if (image === undefined) {
    return { ...known, ...(whyNotKept(hook, value) ?? { outcome: "kept" }) };
  }
  const seen = project(image, now);
  const outcome =
    seen.state === "pending"
      ? "settled"
      : seen.idempotencyKeyForComplete === settling.idempotencyKey
        ? "duplicate"
        : "late";
  return { ...known, outcome, promiseState: seen.state };
}
