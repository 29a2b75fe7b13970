/**
 * Counts requests of which anybody may send many, so that few of them are written down, and none is left out of account.
 *
 * @module
 */

import type { EpochMs, HookEntry } from "#lib/core/index.ts";
import type { Cost } from "#lib/ports/store.ts";

/** What is noted of one of many. */
export type Counted = Pick<HookEntry, "at" | "reason" | "headers"> & { readonly outcome: "refused" | "deferred" };

/** Those of one hook, outcome and reason. */
interface Group {
  readonly hook: string;
  /** When one of them was written down last. */
  since: EpochMs;
  /** Those that have come since, and the latest of them. */
  count: number;
  latest: Counted;
}

export interface HookCounts {
  /** Writes one down if none of its group has been for a while, with those before it; and else counts it. */
  add(hook: string, entry: Counted, cost: Cost): Promise<void>;
  /** Writes down of each group whose time is over what it has counted. */
  writeDue(now: EpochMs, cost: Cost): Promise<void>;
  writeAll(cost: Cost): Promise<void>;
}

/** Groups that are known at once: past so many, the oldest is written down and forgotten. */
const groupsMax = 2_000;

/**
 * @param everyMs So often a group is written down, at most.
 * @param write Says whether it was written; what was not is counted with those that follow.
 */
export function hookCounts(
  everyMs: number,
  write: (hook: string, entry: Counted, count: number, cost: Cost) => Promise<boolean>,
): HookCounts {
  const groups = new Map<string, Group>();

  const writeGroup = async (group: Group, now: EpochMs, cost: Cost): Promise<void> => {
    const { hook, latest, count } = group;
    group.since = now;
    group.count = 0;
    if (!(await write(hook, latest, count, cost))) {
      group.count += count;
    }
  };
  const isDue = ({ since }: Group, now: EpochMs): boolean => now < since || now >= since + everyMs;

  const writeDue = async (now: EpochMs, cost: Cost): Promise<void> => {
    const due = [...groups].filter(([, group]) => isDue(group, now));
    for (const [name, { count }] of due) {
      if (count === 0) {
        groups.delete(name);
      }
    }
    await Promise.all(due.filter(([, { count }]) => count > 0).map(([, group]) => writeGroup(group, now, cost)));
  };

  return {
    writeDue,
    async add(hook, latest, cost) {
      const name = JSON.stringify([hook, latest.outcome, latest.reason]);
      const known = groups.get(name);
      const group = known ?? { hook, since: latest.at - everyMs, count: 0, latest };
      group.count += 1;
      group.latest = latest;
      groups.set(name, group);
      const [oldest] = groups;
      if (groups.size > groupsMax && oldest !== undefined) {
        groups.delete(oldest[0]);
        await (oldest[1].count > 0 ? writeGroup(oldest[1], latest.at, cost) : undefined);
      }
      await writeDue(latest.at, cost);
    },
    async writeAll(cost) {
      const left = [...groups.values()].filter(({ count }) => count > 0);
      groups.clear();
      await Promise.all(left.map((group) => writeGroup(group, group.latest.at, cost)));
    },
  };
}
