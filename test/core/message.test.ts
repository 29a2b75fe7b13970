import fc from "fast-check";
import { expect, it } from "vitest";
import { type Failure, failing, type Message, replaying, run, sendingMsMax, unblock } from "#lib/core/index.ts";

const start = 1_000_000;
const minute = 60_000;
const hour = 60 * minute;

/** What is left of a message after an attempt that failed. */
function failed(message: Message, failure: Partial<Failure>, now: number, jitter: number): Message {
  const { won, image } = run(failing(message, { error: "no", ...failure }, now, jitter), message);
  expect(won).toBe(true);
  return image as Message;
}

/** The moments at which a message is tried whose receiver never takes it, each attempt at its time. */
function moments(jitter: () => number) {
  let message = unblock("p", "https://example.com/", start);
  const tried = [start];
  while (message.parkedAt === undefined) {
    message = failed(message, {}, tried.at(-1) as number, jitter());
    if (message.dueAt !== undefined) {
      tried.push(message.dueAt);
    }
  }
  return { tried, parked: message };
}

it("waits double from a second to an hour, and a message is parked after a day of them", () => {
  const { tried, parked } = moments(() => 0);
  const waits = tried.slice(1).map((at, nth) => (at - (tried[nth] as number)) / 1_000);
  expect(waits.slice(0, 14)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1_024, 2_048, 3_600, 3_600]);
  expect(parked).toMatchObject({ attempts: tried.length, lastError: "no", parkedAt: tried.at(-1) });
});

it("chance makes a wait up to half as long, never longer, and a message is tried for a day whatever it does", () => {
  fc.assert(
    fc.property(fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (stream) => {
      const { tried, parked } = moments(() => stream.next().value as number);
      for (const [nth, at] of tried.slice(1).entries()) {
        const full = Math.min(1_000 * 2 ** nth, hour);
        const wait = at - (tried[nth] as number);
        expect(wait >= Math.floor(full / 2) && wait <= full).toBe(true);
      }
      const last = (parked.parkedAt as number) - start;
      expect(last > sendingMsMax - hour && last <= sendingMsMax).toBe(true);
      expect(tried.length).toBeLessThan(70);
    }),
    { numRuns: 50 },
  );
});

it.each([
  ["a longer wait than is due", 10 * minute, 10 * minute],
  ["no wait at all", 0, 1_000],
  ["more than it gets", 30 * hour, 2 * hour],
])("a receiver that asks for %s is asked again then", (_, retryAfterMs, wait) => {
  const message = unblock("p", "https://example.com/", start);
  expect(failed(message, { retryAfterMs }, start, 0).dueAt).toBe(start + wait);
});

it("a receiver that says it is gone is not asked again", () => {
  const message = unblock("p", "https://example.com/", start);
  const parked = failed(message, { isFinal: true }, start + 5, 0);
  expect(parked).toMatchObject({ attempts: 1, parkedAt: start + 5 });
  expect(parked).not.toHaveProperty("dueAt");
});

it("a message that is replayed has a whole day again", () => {
  const { parked } = moments(() => 0);
  const later = start + 30 * 24 * hour;
  const { image } = run(replaying(parked, later), parked);
  expect(image).toMatchObject({ attempts: 0, dueAt: later, createdAt: start });
  const again = failed(image as Message, {}, later, 0);
  expect(again).toMatchObject({ attempts: 1, dueAt: later + 1_000 });
  expect(failed(again, {}, later + sendingMsMax, 0).parkedAt).toBe(later + sendingMsMax);
});

it("what an operator sees of an error is short", () => {
  const message = unblock("p", "https://example.com/", start);
  expect(failed(message, { error: "x".repeat(10_000) }, start, 0).lastError).toHaveLength(200);
});
