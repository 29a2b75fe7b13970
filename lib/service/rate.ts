import type { EpochMs } from "#lib/core/index.ts";

const minuteMs = 60_000;

/** Names that are counted at once: past so many, the oldest are forgotten. */
const namesMax = 10_000;

/**
 * Counts what is done under each name in a minute. It counts in memory: a count that is written would cost more than what
 * it is to save.
 *
 * @returns For how long, in milliseconds, it is too much; absent: it is not.
 */
export function rateLimit(): (name: string, now: EpochMs, perMinuteMax: number) => number | undefined {
  const counts = new Map<string, { since: EpochMs; count: number }>();
  return (name, now, perMinuteMax) => {
    const counted = counts.get(name);
    const current =
      counted !== undefined && counted.since <= now && now < counted.since + minuteMs
        ? counted
        : { since: now, count: 0 };
    current.count += 1;
    counts.delete(name);
    counts.set(name, current);
    const [oldest] = counts.keys();
    if (counts.size > namesMax && oldest !== undefined) {
      counts.delete(oldest);
    }
    return current.count > perMinuteMax ? current.since + minuteMs - now : undefined;
  };
}
