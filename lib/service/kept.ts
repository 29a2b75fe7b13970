/**
 * Events that come before their promise. Each is kept by a transaction that asks for the promise not to be there: so
 * whoever creates it comes later, and whoever looks for kept events after a creation finds it. What nobody has looked for,
 * the sweep does.
 *
 * @module
 */

import { createHash } from "node:crypto";
import {
  type EpochMs,
  type Fault,
  forgetKept,
  type HookOutcome,
  type HookRecord,
  isFault,
  isTrusted,
  type KeptEvent,
  leaveRoom,
  lookAgain,
  type PromiseImage,
  type Settle,
  settle,
} from "#lib/core/index.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { attemptsMax, type Conduct, carryOut, eventMomentOf, type RequestContext } from "./carry-out.ts";
import type { HookLog } from "./hook-log.ts";
import { keptWithin, placeOf } from "./keeping.ts";

/** Events of one hook have ids of their provider's own, which may be longer than a key. */
export function settlementKey(hook: string, eventId: string): string {
  const key = `hook:${hook}:${eventId}`;
  return key.length <= 200 && key.isWellFormed()
    ? key
    : `hook:${hook}:sha256:${createHash("sha256").update(eventId).digest("hex")}`;
}

export interface KeptWork {
  /** Settles a promise by what was kept for it. The number of events that were. */
  claim(promise: PromiseImage, cost: Cost): Promise<number>;
  /** Looks after one that is due. */
  look(kept: KeptEvent, cost: Cost): Promise<number>;
}

export interface KeptOptions extends Conduct {
  readonly log: HookLog;
  readonly now: () => EpochMs;
  readonly token: () => string;
  /** Told when one is to be looked at again. */
  readonly arm: (at: EpochMs) => void;
  /** Whether some hook may keep events for the promise; absent: any may. */
  readonly mayWait?: (promiseId: string, cost: Cost) => Promise<boolean>;
}

/** Kept events of one promise that are read at once. */
const readMax = 50;

export function keptWork(options: KeptOptions): KeptWork {
  const { store, now, mayWait } = options;
  return {
    async claim(promise, cost) {
      if (mayWait !== undefined && !(await mayWait(promise.id, cost))) {
        return 0;
      }
      let claimed = 0;
      for (let rounds = 0; rounds < attemptsMax; rounds++) {
        const found = await store.members("kept", keptWithin(promise.id), readMax, cost);
        // The one that came first decides; those that came later are told so.
        for (const kept of found.toSorted((a, b) => a.receivedAt - b.receivedAt)) {
          await conclude(options, kept, promise, cost);
        }
        claimed += found.length;
        if (found.length < readMax) {
          break;
        }
      }
      return claimed;
    },
    async look(kept, cost) {
      if (kept.dueAt > now()) {
        return 0;
      }
      const promise = await store.get(kept.promiseId, cost);
      if (
        promise !== undefined ||
        kept.expiresAt <= now() ||
        whyNot(await hookOf(kept, store, cost), kept) !== undefined
      ) {
        await conclude(options, kept, promise, cost);
        return 1;
      }
      const { won, image } = await store.attempt(lookAgain(kept, placeOf(kept), now()), cost);
      if (image !== undefined) {
        options.arm(image.dueAt);
      }
      return won ? 1 : 0;
    },
  };
}

const hookOf = ({ hook: id }: KeptEvent, store: Store, cost: Cost) => store.find({ of: "hook", id }, cost);

/** Why an event that waits may not settle its promise any more. */
function whyNot(hook: HookRecord | undefined, { hookCreatedAt, promiseId, secret }: KeptEvent): string | undefined {
  if (hook?.createdAt !== hookCreatedAt) {
    return "its hook is gone";
  }
  if (!promiseId.startsWith(hook.prefix)) {
    return "its hook does not reach the promise any more";
  }
  return secret === undefined || isTrusted(hook, secret) ? undefined : "the secret that has verified it was ended";
}

/** Settles the promise by the event if it still may, writes down what has become of it, and lets it go. */
async function conclude(
  options: KeptOptions,
  kept: KeptEvent,
  promise: PromiseImage | undefined,
  cost: Cost,
): Promise<void> {
  const { store, log, now, token } = options;
  const isInTime = promise !== undefined && promise.createdAt < kept.expiresAt;
  const hook = await hookOf(kept, store, cost);
  const { eventId, promiseId, verdict, value } = kept;
  const request = { now: now(), token: token(), cost };
  const settlement = { id: promiseId, verdict, value, idempotencyKey: settlementKey(kept.hook, eventId) };
  const reason = whyNot(hook, kept) ?? (isInTime ? undefined : "there was no such promise in time");
  const ended: Ended =
    reason === undefined ? await settleBy(options, settlement, request) : { outcome: "expired", reason };
  // The log of a hook that is gone is gone with it.
  if (ended.outcome !== "absent" && (await letGo(store, kept, cost)) && hook !== undefined) {
    await log.note(kept.hook, { ...ended, at: now(), outcome: ended.outcome, eventId, promiseId }, cost);
  }
}

/** Takes a kept event out, and frees its place. False: somebody else has. */
async function letGo(store: Store, kept: KeptEvent, cost: Cost): Promise<boolean> {
  const place = placeOf(kept);
  const both = await store.transact([forgetKept(kept, place), leaveRoom(kept, place)], cost);
  if (both.won) {
    return true;
  }
  // The places of a hook that is gone are gone with it.
  return both.refusals[0] === undefined && (await store.attempt(forgetKept(kept, place), cost)).won;
}

interface Ended {
  readonly outcome: HookOutcome | "absent";
  readonly reason?: string;
}

/**
 * Settles a promise as everybody does, and says what that has come to; `absent`: there is no promise.
 *
 * @throws Fault `storeUnavailable`, `storeFailed`
 */
export async function settleBy(conduct: Conduct, settlement: Settle, request: RequestContext): Promise<Ended> {
  try {
    const { changed, promise } = await carryOut(
      conduct,
      settle(settlement, await eventMomentOf(request, conduct)),
      request,
    );
    if (changed) {
      return { outcome: "settled" };
    }
    return promise.idempotencyKeyForComplete === settlement.idempotencyKey
      ? { outcome: "duplicate" }
      : { outcome: "late", reason: `the promise is ${promise.state} already` };
  } catch (error) {
    if (!isFault(error) || error.code.startsWith("store")) {
      throw error;
    }
    if (error.code === "promiseNotFound") {
      return { outcome: "absent" };
    }
    return { outcome: "unusable", reason: told(error) };
  }
}

/** What a fault says of the request, which is the provider's own. */
export function told(fault: Fault<never> | Error): string {
  const violations = (fault as { details?: { violations?: readonly { message: string }[] } }).details?.violations;
  return violations?.map(({ message }) => message).join("; ") ?? fault.message;
}
