/**
 * Goal: the due key is a lower bound, always: a pending promise that is armed has nothing due before it, so that whoever
 * looks only there misses nothing.
 *
 * Method: random sequences of everything that can happen to one promise, by a clock that goes on; after each of them the
 * key is compared with the first moment at which something can happen, found out without it.
 */

import fc from "fast-check";
import { expect, it } from "vitest";
import {
  acquire,
  advance,
  continueTask,
  create,
  createTask,
  enlist,
  fulfill,
  goOn,
  halt,
  heartbeat,
  type PromiseImage,
  release,
  run,
  settle,
  suspension,
  type Tags,
  type Waiter,
} from "#lib/core/index.ts";
import { resume } from "#lib/core/wake.ts";
import { at, retryMs } from "./images.ts";
import { carryOut, firstMoment, target } from "./tasks.ts";

const births = ["create", "createTask"] as const;
const happenings = [
  ...["acquire", "release", "suspend", "goOn", "halt", "continue", "heartbeat", "wake", "await", "advance"],
  // Held tasks are given up again and again.
  ...["acquire", "release", "advance", "settle", "fulfill"],
] as const;

const sequence = fc.record({
  birth: fc.constantFrom(...births),
  timeoutMs: fc.constantFrom(1, 2_000, 60_000, 10_000_000),
  tags: fc.constantFrom<Tags>(
    target,
    target,
    {},
    { "resonate:scope": "local" },
    { ...target, "resonate:timer": "true" },
    { ...target, "resonate:delay": "60000" },
  ),
  steps: fc.array(
    fc.record({
      what: fc.constantFrom(...happenings),
      // To where the next thing is due, or on from here.
      waitMs: fc.constantFrom(0, 1, 400, 5_000, 40_000, "until due" as const),
      ttl: fc.constantFrom(1, 400, 50_000, 20_000_000),
    }),
    { minLength: 5, maxLength: 40 },
  ),
});

type Step = {
  readonly what: (typeof happenings)[number];
  readonly ttl: number;
  readonly now: number;
  readonly nr: number;
};

/** The promise after something has happened to it, or has failed to. */
function after(image: PromiseImage, { what, ttl, now, nr }: Step): PromiseImage {
  const { id } = image;
  const version = image.taskVersion ?? 0;
  const moment = at(now, `token ${nr}`);
  const written = (write: Parameters<typeof run<"promise">>[0] | undefined) =>
    (write && run(write, image).image) ?? image;
  const left = (verb: Parameters<typeof carryOut>[0]) => carryOut(verb, image, now).left as PromiseImage;
  switch (what) {
    case "acquire":
      return left(() => acquire({ id, version, pid: "a", ttl }, moment));
    case "release":
      return left(() => release({ id, version }, moment));
    case "settle":
      // Rarely, since it ends all.
      return nr % 5 === 0 ? left(() => settle({ id, verdict: "resolved", value: {} }, moment)) : image;
    case "fulfill":
      return nr % 5 === 0 ? left(() => fulfill({ id, version, verdict: "resolved", value: {} }, moment)) : image;
    case "halt":
      return left(() => halt(id, moment));
    case "continue":
      return left(() => continueTask(id, moment));
    case "suspend":
      return written(suspension({ id, version }, moment));
    case "goOn":
      return written(goOn({ id, version }, moment));
    case "heartbeat":
      return written(heartbeat({ id, version }, "a", now));
    case "wake":
      return written(resume(image, now, retryMs));
    case "await": {
      const waiter: Waiter = { role: "callback", waiter: `w${nr}` };
      const [blind, sighted] = [enlist(id, waiter, now), enlist(id, waiter, now, image)].map(([write]) => write);
      return [blind, sighted].reduce(
        (so, write) => (write?.of === "promise" ? (run(write, so).image ?? so) : so),
        image,
      );
    }
    default: {
      const step = advance(image, now, retryMs, []);
      return step?.kind === "write" ? written(step.write) : image;
    }
  }
}

it("a promise that is armed has nothing due before its due key, whatever has happened to it", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(sequence, ({ birth, timeoutMs, tags, steps }) => {
      let now = 1_000;
      // A delay ends before the deadline.
      const timeoutAt = Math.max(now + timeoutMs, Number(tags["resonate:delay"] ?? 0) + 1);
      const request = { id: "p", timeoutAt, param: {}, tags };
      const born =
        birth === "create"
          ? carryOut(() => create(request, at(now, "birth")), undefined, now)
          : carryOut(() => createTask({ ...request, pid: "a", ttl: 400 }, at(now, "birth")), undefined, now);
      let image = born.left as PromiseImage;
      for (const [nr, { what, waitMs, ttl }] of steps.entries()) {
        now = waitMs === "until due" ? Math.max(now, Math.min(image.dueAt ?? now, 10_000_000)) : now + waitMs;
        const before = image;
        image = after(image, { what, ttl, now, nr });
        seen.set(what, (seen.get(what) ?? 0) + (image === before ? 0 : 1));
        const first = firstMoment(image);
        if (image.dueAt === undefined) {
          // Only what ends by itself unseen: a step that nobody waits for, and what has ended with nobody to tell.
          expect(image.state === "pending" ? [tags, image.callbacks] : first).toEqual(
            image.state === "pending" ? [{ "resonate:scope": "local" }, undefined] : undefined,
          );
        } else if (first !== undefined) {
          expect(image.dueAt, `after ${what}`).toBeLessThanOrEqual(first);
        }
        if (image.state === "pending" && image.dueAt !== undefined) {
          expect(advance(image, Math.min(image.dueAt, image.timeoutAt) - 1, retryMs, [])).toBeUndefined();
        }
      }
    }),
    { numRuns: 2_000 },
  );
  // A sequence in which something never takes effect would prove nothing of it.
  expect([...seen].filter(([, count]) => count < 20)).toEqual([]);
  expect(seen.size).toBe(new Set(happenings).size);
});
