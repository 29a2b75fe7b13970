/**
 * Goal: a task that awaits more promises than one transaction holds sleeps only if something will wake it.
 *
 * Method: while the task is put to sleep, step by step, some of the promises settle, at any moment of it. Whatever the
 * answer is, the task is either held still, or wakes when one of them has settled.
 */

import fc from "fast-check";
import { expect, it } from "vitest";
import { noFeed } from "../support/door.ts";
import { everyStore } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";
import { asking } from "./asking.ts";
import { holds, patienceMs } from "./runs.ts";
import { taskRetryMs } from "./task-model.ts";
import { beginning as now } from "./task-steps.ts";
import { worksOver } from "./works.ts";

const awaited = Array.from({ length: 130 }, (_, number) => `many:${number}`);
const birth = { timeoutAt: now + 60_000, param: {}, tags: {} };

const settling = fc.record({
  id: fc.constantFrom(...awaited),
  turns: fc.integer({ min: 0, max: 60 }),
});

const cases = fc.record({
  settlings: fc.array(settling, { maxLength: 3 }),
  isAskedTwice: fc.boolean(),
  isPrompt: fc.boolean(),
});

it.each(everyStore.map(([name, open]) => [name, open, name === "SQLite" ? 60 : 8] as const))(
  "over %s, a task that awaits very many promises is woken by whichever settles meanwhile",
  (_name, open, runs) =>
    holds(
      fc.asyncProperty(cases, async ({ settlings, isAskedTwice, isPrompt }) => {
        const { store, close } = await open();
        const works = worksOver(store, () => now, { retryMs: taskRetryMs });
        const ask = asking({
          store,
          feed: isPrompt ? works.feed : noFeed,
          retryMs: taskRetryMs,
          known: noSubscriptions,
        });
        await ask(
          { kind: "task.create", id: "t", pid: "w", ttl: 1_000, ...birth, tags: { "resonate:target": "poll://any@g" } },
          now,
        );
        await Promise.all(awaited.map((id) => ask({ kind: "create", id, ...birth }, now)));
        const suspend = () => ask({ kind: "suspend", id: "t", version: 1, awaited }, now);
        const answers = await Promise.all([
          suspend(),
          ...(isAskedTwice ? [suspend()] : []),
          ...settlings.map(async ({ id, turns }) => {
            for (let left = turns; left > 0; left--) {
              await new Promise((resolve) => setImmediate(resolve));
            }
            return ask({ kind: "settle", id, verdict: "resolved", value: {} }, now);
          }),
        ]);
        await works.feed.idle();
        await works.sweep();
        const task = await ask({ kind: "task.get", id: "t" }, now);
        const slept = answers.slice(0, isAskedTwice ? 2 : 1).some((each) => JSON.stringify(each) === "{}");
        const state = !slept ? "acquired" : settlings.length > 0 ? "pending" : "suspended";
        expect(task).toMatchObject({ task: { id: "t", state } });
        expect(slept || settlings.length > 0).toBe(true);
        close();
      }),
      runs,
    ),
  patienceMs,
);
