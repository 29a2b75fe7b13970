/**
 * Goal: every moment that a schedule names makes exactly one promise, whoever looks, however late and however often.
 *
 * Method: schedules are created, deleted and read, and the clock moves by minutes; one process does what is due, or two
 * at once. A naive model, which knows no more of calendars than whole minutes, makes the promises one by one.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isFault } from "#lib/core/index.ts";
import { calendar } from "#lib/cron.ts";
import { scheduleService } from "#lib/service/schedules.ts";
import { noFeed } from "../support/door.ts";
import { everyStore, type OpenStore } from "../support/stores.ts";
import { recordOf } from "./asking.ts";
import { holds, patienceMs } from "./runs.ts";
import { type PromiseOf, taskRetryMs, timedOut, toRecord } from "./task-model.ts";
import { beginning } from "./task-steps.ts";
import { worksOver } from "./works.ts";

const minuteMs = 60_000;

interface Plan {
  readonly id: string;
  readonly everyMinutes: number;
  readonly promiseId: string;
  readonly promiseTimeout: number;
  readonly promiseTags: Readonly<Record<string, string>>;
}

type Step =
  | { readonly kind: "create"; readonly plan: Plan }
  | { readonly kind: "delete" | "get"; readonly id: string }
  | { readonly kind: "wait"; readonly ms: number }
  | { readonly kind: "sweep"; readonly processes: number };

const id = fc.constantFrom("daily", "hourly");

const plan = fc.record({
  id,
  everyMinutes: fc.constantFrom(1, 2, 5),
  promiseId: fc.constantFrom("{{.id}}.{{.timestamp}}", "{{.id}}-{{.timestamp}}", "only/{{.id}}"),
  promiseTimeout: fc.constantFrom(0, 90_000, 600_000),
  promiseTags: fc.constantFrom<Plan["promiseTags"][]>(
    {},
    { "resonate:target": "poll://any@g" },
    { "resonate:timer": "true" },
  ),
});

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    plan.map((each): Step => ({ kind: "create", plan: each })),
    fc.tuple(fc.constantFrom("delete" as const, "get" as const), id).map(([kind, each]): Step => ({ kind, id: each })),
    fc.constantFrom(1, 30_000, minuteMs, 2 * minuteMs, 7 * minuteMs).map((ms): Step => ({ kind: "wait", ms })),
    fc.constantFrom(1, 1, 2).map((processes): Step => ({ kind: "sweep", processes })),
  ),
  { minLength: 1, maxLength: 25, size: "max" },
);

describe.each(everyStore)("over %s", (name, open) => {
  it(
    "each moment of a schedule makes one promise, the oldest first, and none is left out",
    () =>
      holds(
        fc.asyncProperty(steps, (all) => play(open, all)),
        name === "SQLite" ? 200 : 20,
      ),
    patienceMs,
  );
});

/** A schedule as the model keeps it. */
interface Kept extends Plan {
  readonly createdAt: number;
  readonly nextRunAt: number;
  readonly lastRunAt?: number;
}

const nextAfter = (moment: number, everyMinutes: number): number => {
  const stepMs = everyMinutes * minuteMs;
  const hour = Math.floor(moment / (60 * minuteMs)) * 60 * minuteMs;
  return hour + Math.min(60 * minuteMs, (Math.floor((moment - hour) / stepMs) + 1) * stepMs);
};

class Model {
  readonly schedules = new Map<string, Kept>();
  readonly promises = new Map<string, PromiseOf>();

  create(each: Plan, now: number): Kept {
    const kept = this.schedules.get(each.id) ?? {
      ...each,
      createdAt: now,
      nextRunAt: nextAfter(now, each.everyMinutes),
    };
    this.schedules.set(each.id, kept);
    return kept;
  }

  run(now: number): void {
    for (let due = this.#due(now); due !== undefined; due = this.#due(now)) {
      const plannedAt = due.nextRunAt;
      const made = due.promiseId.replace("{{.id}}", due.id).replace("{{.timestamp}}", String(plannedAt));
      const names = Object.fromEntries(
        ["origin", "branch", "parent", "prefix"].map((each) => [`resonate:${each}`, made]),
      );
      const tags = { ...due.promiseTags, "resonate:schedule": due.id, "resonate:invocation": "true", ...names };
      const born: PromiseOf = {
        ...{ id: made, state: "pending", param: {}, value: {}, tags, callbacks: [], listeners: [] },
        ...{ createdAt: plannedAt, timeoutAt: plannedAt + due.promiseTimeout },
      };
      if (!this.promises.has(made)) {
        this.promises.set(made, born);
      }
      const nextRunAt = nextAfter(plannedAt, due.everyMinutes);
      this.schedules.set(due.id, { ...due, nextRunAt, lastRunAt: plannedAt });
    }
  }

  #due(now: number): Kept | undefined {
    return [...this.schedules.values()].find(({ nextRunAt }) => nextRunAt <= now);
  }
}

async function play(open: OpenStore, all: readonly Step[]): Promise<void> {
  const { store, close } = await open();
  const model = new Model();
  let now = beginning + 1;
  let tokens = 0;
  const works = [0, 1].map(() => worksOver(store, () => now, { retryMs: taskRetryMs }));
  const schedules = scheduleService({ store, feed: noFeed }, async () => calendar);
  const request = () => ({ now, token: `token ${tokens++}`, cost: { roundTrips: 0 } });
  const orFault = <Result>(asking: Promise<Result>) =>
    asking.catch((error: unknown) => (isFault(error) ? error.code : Promise.reject(error)));
  try {
    for (const step of [...all, { kind: "sweep", processes: 1 } as const]) {
      switch (step.kind) {
        case "create": {
          const { everyMinutes, ...rest } = step.plan;
          const what = { ...rest, cron: `*/${everyMinutes} * * * *`, tags: {}, promiseParam: {} };
          const { schedule } = await schedules.create(what, request());
          expect(schedule).toMatchObject(shown(model.create(step.plan, now)));
          break;
        }
        case "delete": {
          const isThere = model.schedules.delete(step.id);
          expect(await orFault(schedules.delete(step.id, request()))).toBe(isThere ? undefined : "scheduleNotFound");
          break;
        }
        case "get": {
          const kept = model.schedules.get(step.id);
          const got = await orFault(schedules.get(step.id, request()));
          kept === undefined ? expect(got).toBe("scheduleNotFound") : expect(got).toMatchObject(shown(kept));
          break;
        }
        case "wait":
          now += step.ms;
          break;
        case "sweep": {
          const swept = await Promise.all(works.slice(0, step.processes).map((each) => each.sweep()));
          expect(swept.flatMap(({ failures }) => failures)).toEqual([]);
          model.run(now);
          const images = await store.read([...model.promises.keys()], { roundTrips: 0 });
          const made = new Map(images.map((image) => [image.id, recordOf(image)]));
          // All that is due has been looked at, so no time-out is left to be written, but those of the same moment.
          const expected = [...model.promises.values()].map(
            (each) => [each.id, toRecord(timedOut(each, now))] as const,
          );
          expect(made).toEqual(new Map(expected));
          expect(await countOf(store)).toBe(model.promises.size);
        }
      }
    }
  } finally {
    close();
  }
}

const shown = ({ everyMinutes, ...kept }: Kept): object => ({ ...kept, cron: `*/${everyMinutes} * * * *` });

/** How many promises there are, of any name. */
async function countOf(store: Awaited<ReturnType<OpenStore>>["store"]): Promise<number> {
  let count = 0;
  for await (const keys of store.listedById("promise", undefined, { roundTrips: 0 })) {
    count += keys.length;
  }
  return count;
}
