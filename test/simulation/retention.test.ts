/**
 * Goal: whatever happens in which order, and whatever is cut off in the middle, nothing expires that somebody may still
 * need, a root outlasts its steps, and in the end everything goes.
 *
 * Method: random workflows whose promises are made, settled, listened to and left behind; walks, by one or by two at
 * once, that may be cut off; and a time to live that takes out what has expired, some time, in any order. After each walk
 * a naive rule says of all that has gone whether it might. Bugs that are planted must be noticed.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Store } from "#lib/ports/store.ts";
import { everyStore, type OpenStore, openSqlite } from "../support/stores.ts";
import type { Damage } from "./damages.ts";
import { type Event, events, type Images, originOf, retentionMs, rootOf, Workflows } from "./expiring.ts";
import { caught, holds, isReplay, patienceMs } from "./runs.ts";

/** Whether nobody may need these any more. */
const isAtRest = (images: Images, root: string, now: number): boolean =>
  [...images.values()]
    .filter(({ id }) => rootOf(id) === root)
    .every(({ settledAt, timeoutAt, callbacks, listeners, moreWaiters }) => {
      const isWaitedFor = (callbacks?.length ?? 0) + (listeners?.length ?? 0) > 0 || moreWaiters === true;
      return (settledAt ?? timeoutAt) + retentionMs <= now && !isWaitedFor;
    });

/** What has gone in a walk and should not have. */
function wronglyGone(before: Images, after: Images, now: number): string[] {
  const gone = [...before.values()].filter(({ id, expiresAt }) => {
    const image = after.get(id);
    return expiresAt === undefined && (image === undefined || image.expiresAt !== undefined);
  });
  return gone.flatMap(({ id }) => {
    const origin = originOf(rootOf(id));
    const originImage = origin === undefined ? undefined : before.get(origin);
    const isOriginAtRest =
      originImage === undefined || isAtRest(new Map([[originImage.id, originImage]]), originImage.id, now);
    return isAtRest(before, rootOf(id), now) && isOriginAtRest ? [] : [id];
  });
}

/** Steps whose root has expired or gone: who created it again would be answered by them. */
const orphans = (images: Images): string[] =>
  [...images.keys()].filter((id) => {
    const root = images.get(rootOf(id));
    return rootOf(id) !== id && (root === undefined || root.expiresAt !== undefined);
  });

async function judge(
  open: OpenStore,
  all: readonly Event[],
  damage: Damage = (store: Store) => store,
): Promise<number> {
  const { store, close } = await open();
  try {
    const workflows = new Workflows(damage(store));
    let gone = 0;
    for (const event of all) {
      const before = await workflows.images();
      await workflows.carryOut(event);
      const after = await workflows.images();
      if (event.kind === "walk") {
        expect(wronglyGone(before, after, workflows.now), "what was still needed").toEqual([]);
      }
      expect(orphans(after), "steps without their root").toEqual([]);
      gone += before.size > after.size ? 1 : 0;
    }
    await workflows.end();
    expect([...(await workflows.images()).keys()], "what is kept for ever").toEqual([]);
    return gone;
  } finally {
    close();
  }
}

describe("with retention on, in any sequence of workflows, walks and moments", () => {
  it.each(everyStore)(
    "over %s, nothing goes that is needed, roots outlast their steps, and in the end everything goes",
    async (name, open) => {
      const runs = name === "SQLite" ? 300 : 15;
      let gone = 0;
      await holds(
        fc.asyncProperty(events, async (all) => {
          gone += await judge(open, all);
        }),
        runs,
      );
      // Not only because nothing ever went; of so few runs as over DynamoDB, nothing can be said.
      expect(isReplay || name !== "SQLite" || gone > runs / 10).toBe(true);
    },
    patienceMs,
  );
});

/** One of a lineage's promises is not seen. */
const overlooking =
  (isOverlooked: (image: { id: string; state: string }) => boolean): Damage =>
  (store) => ({
    ...store,
    async *lineage(...asked) {
      for await (const batch of store.lineage(...asked)) {
        yield batch.filter((image) => !isOverlooked(image));
      }
    },
  });

describe("It is noticed", () => {
  it.each<[string, Damage, string]>([
    ["a pending step that is overlooked", overlooking(({ state }) => state === "pending"), "what was still needed"],
    [
      "steps that are not seen beside their root",
      overlooking(({ id }) => id.includes(":")),
      "steps without their root",
    ],
    [
      "a caller that is not looked at",
      (store) => ({ ...store, read: async (asked, cost) => (asked.length === 1 ? [] : store.read(asked, cost)) }),
      "what was still needed",
    ],
  ])(
    "%s",
    async (_, damage, sign) => {
      const property = fc.asyncProperty(events, async (all) => {
        await judge(openSqlite, all, damage);
      });
      expect(await caught(property, 1_500, sign)).toContain(sign);
    },
    patienceMs,
  );
});
