/**
 * What has become of a hook's requests: the latest of them, in so many places, of which each is written over in its turn.
 *
 * @module
 */

import { type EpochMs, type HookEntry, type HookOutcome, hookLimits, logEntry } from "#lib/core/index.ts";
import type { Metrics } from "#lib/ports/metrics.ts";
import type { Cost, Store } from "#lib/ports/store.ts";

export interface HookLog {
  /** Writes down what has become of a verified event. */
  note(hook: string, entry: Omit<HookEntry, "id">, cost: Cost): Promise<void>;
  /**
   * Notes a request of which anybody may send many: one that could not be verified, or is one too many. Those of a short time
   * are one entry, which counts them.
   */
  count(hook: string, entry: Counted, cost: Cost): Promise<void>;
  /** Only measures what has become of a request. */
  measure(outcome: HookOutcome): void;
}

/** What is noted of one of many. */
export type Counted = Pick<HookEntry, "at" | "reason" | "headers"> & { readonly outcome: "refused" | "deferred" };

export interface HookLogOptions {
  readonly store: Store;
  readonly metrics?: Metrics;
  /** From 0 to 1. */
  readonly chance: () => number;
  /** Told when an entry could not be written: its event has been dealt with all the same. */
  readonly onFailure: (error: unknown) => void;
}

/** Characters of a text in an entry, and names of headers. */
const textLengthMax = 300;
const headersMax = 40;

const cut = (text: string): string => text.slice(0, textLengthMax).toWellFormed();

export function hookLog({ store, metrics, chance, onFailure }: HookLogOptions): HookLog {
  const verified = placesOf("v", hookLimits.loggedMax, chance);
  const unverified = placesOf("r", hookLimits.refusalsLoggedMax, chance);
  const held = new Map<string, { readonly since: EpochMs; count: number }>();

  const write = async (hook: string, entry: HookEntry, cost: Cost): Promise<void> => {
    await store.attempt(logEntry(hook, entry), cost).catch(onFailure);
  };
  const measure = (outcome: HookOutcome) => metrics?.record("hookEvents", 1, outcome);

  return {
    measure,

    async note(hook, { reason, eventId, type, ...entry }, cost) {
      measure(entry.outcome);
      const texts = {
        ...(reason !== undefined && { reason: cut(reason) }),
        ...(eventId !== undefined && { eventId: cut(eventId) }),
        ...(type !== undefined && { type: cut(type) }),
      };
      await write(hook, { ...entry, ...texts, id: verified(hook) }, cost);
    },
    async count(hook, { at, outcome, reason, headers = [] }, cost) {
      measure(outcome);
      const name = `${outcome}/${hook}`;
      const before = held.get(name);
      if (before !== undefined && before.since <= at && at < before.since + hookLimits.countedEveryMs) {
        before.count += 1;
        return;
      }
      held.set(name, { since: at, count: 0 });
      const names = headers.slice(0, headersMax).map((name) => name.slice(0, 64));
      await write(
        hook,
        {
          id: outcome === "refused" ? unverified(hook) : verified(hook),
          at,
          outcome,
          ...(reason !== undefined && { reason: cut(reason) }),
          ...(names.length > 0 && { headers: names }),
          ...(before !== undefined && before.count > 0 && { count: before.count + 1 }),
        },
        cost,
      );
    },
  };
}

/** The places of each hook's log in turn. Where a process begins is chance: others write there, too. */
function placesOf(front: string, countMax: number, chance: () => number): (hook: string) => string {
  const next = new Map<string, number>();
  return (hook) => {
    const place = next.get(hook) ?? Math.floor(chance() * countMax);
    next.set(hook, (place + 1) % countMax);
    return `${front}${String(place).padStart(3, "0")}`;
  };
}
