/**
 * What a request to a hook would do, without a write.
 *
 * @module
 */

import { checkSettle, Fault, type HookOutcome, type HookRecord, type PromiseState, project } from "#lib/core/index.ts";
import type { Decided, HookRequest } from "#lib/ports/hook-reader.ts";
import type { Store } from "#lib/ports/store.ts";
import type { RequestContext } from "./carry-out.ts";
import { type Reading, type Settling, toSettlement, type VerifiedEvent, whyNotKept } from "./hook-requests.ts";
import { hasPlace, noPlace } from "./keeping.ts";
import { told } from "./kept.ts";

/** What a request would do. */
export interface Foreseen {
  readonly verified: boolean;
  /** Why it is not verified, is ignored or cannot be used. */
  readonly reason?: string;
  /** It would be answered by this, and nothing else. */
  readonly challenge?: { readonly status: number; readonly body: string };
  readonly event?: { readonly id: string; readonly type?: string };
  readonly outcome?: HookOutcome;
  readonly settlement?: Pick<Settling, "promiseId" | "state" | "value">;
  /** What the promise is now; absent: there is none. */
  readonly promiseState?: PromiseState;
}

export interface ForeseeOptions {
  readonly store: Pick<Store, "find" | "get" | "members">;
  readonly reading: Reading;
}

/** @throws Fault `hookNotFound` */
export async function foresee(
  { store, reading }: ForeseeOptions,
  name: string,
  sent: HookRequest,
  request: RequestContext,
  reach: string,
): Promise<Foreseen> {
  const hook = await store.find({ of: "hook", id: name }, request.cost);
  if (hook === undefined || !hook.prefix.startsWith(reach)) {
    throw new Fault("hookNotFound", { id: name });
  }
  const verified = await reading.verify(hook, sent, request);
  switch (verified.kind) {
    case "refused":
      return { verified: false, outcome: "refused", reason: verified.reason };
    case "challenge":
      return { verified: true, challenge: { status: verified.status, body: verified.body } };
    case "event":
      return ending(store, hook, verified, reading.decide(hook, sent, verified), request);
  }
}

/** What the event would come to now. */
async function ending(
  store: Pick<Store, "get" | "members">,
  hook: HookRecord,
  { eventId, type, secretId }: VerifiedEvent,
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
    const refusal = whyNotKept(hook, value);
    const isKept =
      refusal === undefined && (await hasPlace(store, hook, { eventId, settlement: settling, secretId }, cost));
    return { ...known, ...(isKept ? { outcome: "kept" as const } : (refusal ?? noPlace)) };
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
