/** Limits of how often something is done: kept to by all processes together, for few writes. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { minuteMs, slicesOf } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { sharedRate } from "#lib/service/rate.ts";
import { everyStore, type Opened } from "../support/stores.ts";

describe.each(everyStore)("On %s, the rate of all processes together", (_, open) => {
  let opened: Opened;
  let store: Store;
  let writes: number;
  beforeEach(async () => {
    opened = await open();
    writes = 0;
    store = {
      ...opened.store,
      attempt(write, cost) {
        writes += 1;
        return opened.store.attempt(write, cost);
      },
    };
  });
  afterEach(() => opened.close());

  const at = (now: number) => ({ now, cost: { roundTrips: 0 } });
  const minute = 20 * minuteMs;

  it.each([1, 7, 600, 700, 1_199, 1_201, 6_000])(
    "is %d exactly, whichever processes use it up, and begins anew with the minute",
    async (perMinuteMax) => {
      const processes = Array.from({ length: 5 }, () => sharedRate(store));
      const countOf = async (now: number, tries: number) => {
        let count = 0;
        let refused: number | undefined;
        for (let from = 0; from < tries; from += 100) {
          const some = Array.from({ length: Math.min(100, tries - from) }, (_, which) =>
            (processes[(from + which) % processes.length] as (typeof processes)[0])("n", perMinuteMax, at(now)),
          );
          for (const waitMs of await Promise.all(some)) {
            count += waitMs === undefined ? 1 : 0;
            refused = waitMs ?? refused;
          }
        }
        return [count, refused];
      };
      const tries = perMinuteMax + 50 * processes.length;
      const middle = minute + 20_000;
      expect(await countOf(middle, tries)).toEqual([perMinuteMax, 40_000]);
      const { countMax } = slicesOf(perMinuteMax);
      expect(writes).toBeLessThanOrEqual(countMax + 3 * processes.length);
      writes = 0;
      // Who knows that nothing is left writes nothing to find it out again.
      expect(await countOf(minute + 59_999, tries)).toEqual([0, 1]);
      expect(writes).toBe(0);
      expect(await countOf(minute + minuteMs, tries)).toEqual([perMinuteMax, minuteMs]);
    },
  );

  it("takes a write for as much as a slice allows, and none while some of that is left", async () => {
    const rate = sharedRate(store);
    const { size } = slicesOf(6_000);
    expect(size).toBe(10);
    for (let times = 0; times < 3 * size; times++) {
      expect(await rate("n", 6_000, at(minute))).toBeUndefined();
    }
    expect(writes).toBe(3);
    await Promise.all(Array.from({ length: size }, () => rate("n", 6_000, at(minute))));
    expect(writes).toBe(4);
  });

  it("counts by names", async () => {
    const rate = sharedRate(store);
    const both = ["a", "b"].map((name) => rate(name, 1, at(minute)));
    expect(await Promise.all(both)).toEqual([undefined, undefined]);
    expect(await rate("a", 1, at(minute))).toBe(minuteMs);
  });

  it("goes by the minute that has begun elsewhere, and not by a clock that is far from others", async () => {
    const [here, there] = [sharedRate(store), sharedRate(store)];
    const ahead = minute + minuteMs;
    expect(await there("n", 1, at(ahead))).toBeUndefined();
    // Here it is a second earlier still.
    expect(await here("n", 1, at(ahead - 1_000))).toBe(61_000);
    expect(await there("n", 1, at(ahead + 60 * minuteMs))).toBeUndefined();
    expect(await here("n", 1, at(ahead + 2 * minuteMs))).toBeUndefined();
    expect(await here("n", 1, at(ahead + 2 * minuteMs))).toBe(minuteMs);
  });

  it("lets nothing be done that was not counted, and goes on once the store does", async () => {
    const away = { ...store, attempt: () => Promise.reject(new Error("out of reach")) };
    let reached: Pick<Store, "attempt"> = away;
    const rate = sharedRate({ attempt: (write, cost) => reached.attempt(write, cost) });
    await expect(Promise.all([rate("n", 1, at(minute)), rate("n", 1, at(minute))])).rejects.toThrow("out of reach");
    reached = store;
    expect(await rate("n", 1, at(minute))).toBeUndefined();
  });
});
