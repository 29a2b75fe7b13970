/**
 * What has become of a hook's requests: the latest of them, in so many places, of which each is written over in its turn.
 *
 * @module
 */

import { type EpochMs, type HookEntry, type HookOutcome, hookLimits, logEntry } from "#lib/core/index.ts";
import type { Metrics } from "#lib/ports/metrics.ts";
import type { Cost, Store } from "#lib/ports/store.ts";
import { type Counted, hookCounts } from "./hook-counts.ts";

export interface HookLog {
  /** Writes down what has become of a verified event. */
  note(hook: string, entry: Omit<HookEntry, "id">, cost: Cost): Promise<void>;
  /**
   * Notes a request of which anybody may send many: one that could not be verified, or is one too many. The first of each
   * reason is written down at once; those of a short time after it are one entry, which counts them.
   */
  count(hook: string, entry: Counted, cost: Cost): Promise<void>;
  /** Writes down what has been counted and not written yet, once its time is over; whoever notes anything does so, too. */
  writeCounted(now: EpochMs, cost: Cost): Promise<void>;
  /** Writes down all of it: the process ends. */
  close(): Promise<void>;
  /** Only measures what has become of a request. */
  measure(outcome: HookOutcome): void;
}

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
  const verified = placesOf(hookLimits.loggedMax, chance);
  const unverified = placesOf(hookLimits.refusalsOfReasonMax, chance);

  const write = async (hook: string, entry: HookEntry, cost: Cost): Promise<boolean> => {
    try {
      return (await store.attempt(logEntry(hook, entry), cost)).won;
    } catch (error) {
      onFailure(error);
      return false;
    }
  };
  const measure = (outcome: HookOutcome) => metrics?.record("hookEvents", 1, outcome);

  const counts = hookCounts(hookLimits.countedEveryMs, (hook, { at, outcome, reason, headers = [] }, count, cost) => {
    const names = headers.slice(0, headersMax).map((name) => name.slice(0, 64));
    return write(
      hook,
      {
        id: outcome === "refused" ? unverified(hook, `r-${reasonName(reason)}-`) : verified(hook, "v"),
        at,
        outcome,
        ...(reason !== undefined && { reason: cut(reason) }),
        ...(names.length > 0 && { headers: names }),
        ...(count > 1 && { count }),
      },
      cost,
    );
  });

  return {
    measure,
    writeCounted: counts.writeDue,
    close: () => counts.writeAll({ roundTrips: 0 }),

    async note(hook, { reason, eventId, type, ...entry }, cost) {
      measure(entry.outcome);
      const texts = {
        ...(reason !== undefined && { reason: cut(reason) }),
        ...(eventId !== undefined && { eventId: cut(eventId) }),
        ...(type !== undefined && { type: cut(type) }),
      };
      const written = write(hook, { ...entry, ...texts, id: verified(hook, "v") }, cost);
      await Promise.all([written, counts.writeDue(entry.at, cost)]);
    },
    async count(hook, entry, cost) {
      measure(entry.outcome);
      await counts.add(hook, entry, cost);
    },
  };
}

/** Entries of one reason take no places of another's: a sender of nonsense hides nobody. Sentences share theirs. */
const reasonName = (reason = ""): string => (/^[A-Za-z]{1,40}$/.test(reason) ? reason : "other");

/** The places of each log in turn. Where a process begins is chance: others write there, too. */
function placesOf(countMax: number, chance: () => number): (hook: string, front: string) => string {
  const next = new Map<string, number>();
  return (hook, front) => {
    const log = `${hook}/${front}`;
    const place = next.get(log) ?? Math.floor(chance() * countMax);
    next.set(log, (place + 1) % countMax);
    return `${front}${String(place).padStart(3, "0")}`;
  };
}
