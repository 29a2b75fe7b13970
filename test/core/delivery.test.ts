/** What is logged of a message that several processes send. */

import fc from "fast-check";
import { expect, it } from "vitest";
import {
  type Attempt,
  type Delivery,
  type Known,
  logged,
  loggedOver,
  type Message,
  run,
  unblock,
} from "#lib/core/index.ts";

const message = unblock("p", "https://example.com/", 1_000);

/** Writes as a process does: first as its message tells it, then over what has refused it. */
function write(stored: Delivery | undefined, known: Known, sent: Message = message): Delivery | undefined {
  const first = run(logged("msg", sent, known), stored);
  if (first.won) {
    return first.image;
  }
  const over = loggedOver(first.image, "msg", sent, known);
  if (over === undefined) {
    return stored;
  }
  const { won, image } = run(over, stored);
  expect(won).toBe(true);
  return image;
}

const attemptAt = (at: number, status: number): Attempt => ({ at, durationMs: 5, status });
const left = (attempts: number, dueAt: number): Message => ({ ...message, attempts, dueAt });

it("a first attempt is one write, where nothing is", () => {
  expect(logged("msg", message, { became: "delivered", now: 0 }).guards).toEqual([{ kind: "absent" }]);
});

it("what was delivered stays delivered, and keeps the attempts of all", () => {
  const delivered = write(undefined, { became: "delivered", attempt: attemptAt(20, 204), now: 25 });
  const after = write(delivered, { became: left(1, 2_000), attempt: attemptAt(10, 503), now: 15 });
  expect(after).toMatchObject({ state: "delivered", attempts: 2, latest: [{ at: 10 }, { at: 20 }] });
  expect(after).not.toHaveProperty("nextAt");
});

it("what came of an earlier attempt does not stand over what came of a later one", () => {
  const later = write(undefined, { became: left(2, 9_000), attempt: attemptAt(20, 503), now: 25 });
  const after = write(later, { became: left(1, 2_000), attempt: attemptAt(10, 503), now: 15 });
  expect(after).toMatchObject({ state: "waiting", attempts: 2, nextAt: 9_000 });
});

it("an attempt whose message somebody else has written is counted, and says nothing of what is left", () => {
  const first = write(undefined, { became: left(1, 2_000), attempt: attemptAt(10, 503), now: 15 });
  const after = write(first, { attempt: attemptAt(12, 503), now: 17 });
  expect(after).toMatchObject({ state: "waiting", attempts: 2, nextAt: 2_000 });
});

it("one attempt that is written twice counts once", () => {
  const known = { became: left(1, 2_000), attempt: attemptAt(10, 503), now: 15 };
  expect(write(write(undefined, known), known)).toMatchObject({ attempts: 1 });
});

it("in whatever order they are written, each attempt counts, the latest ten are shown, and a success stays", () => {
  fc.assert(
    fc.property(
      fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8], { minLength: 1 }),
      fc.integer({ min: 1, max: 8 }),
      (order, success) => {
        let stored: Delivery | undefined;
        for (const at of order) {
          const isSuccess = at === success;
          stored = write(stored, {
            became: isSuccess ? "delivered" : left(1, at + 1_000),
            attempt: attemptAt(at, isSuccess ? 204 : 503),
            now: at,
          });
        }
        expect(stored).toMatchObject({
          state: order.includes(success) ? "delivered" : "waiting",
          attempts: order.length,
          latest: [...order].sort((a, b) => a - b).map((at) => ({ at })),
        });
      },
    ),
  );
});
