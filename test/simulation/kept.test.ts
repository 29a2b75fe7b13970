/**
 * Goal: whatever was taken completes its promise, if that is created in time, in whichever order the two are written.
 *
 * Method: two processes over one store take events and create promises, at once and in any order, while some of the store's
 * requests fail before or after they have taken effect, so that what follows is lost; what failed is sent again, as clients
 * and providers do. Then nothing fails any more, and the sweep runs. To replay: give `seed` and `path` to `fc.assert`.
 */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Fault } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { type HookStage, hookStage, secret, stageClock } from "../support/hooks.ts";
import { everyStore } from "../support/stores.ts";

type Fate = "done" | "lost" | "unanswered";

/** A store whose requests to write meet what is to come. */
function fated(store: Store, fates: Fate[]): Store {
  const meet =
    <Given extends unknown[], Result>(run: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      const fate = fates.pop() ?? "done";
      const unavailable = () => new Fault("storeUnavailable", {});
      if (fate === "lost") {
        throw unavailable();
      }
      const result = await run(...given);
      if (fate === "unanswered") {
        throw unavailable();
      }
      return result;
    };
  return { ...store, attempt: meet(store.attempt) as Store["attempt"], transact: meet(store.transact) };
}

const promises = ["p/0", "p/1", "p/2"] as const;

const act = fc.record({
  kind: fc.constantFrom("create", "event", "event", "sweep"),
  promise: fc.constantFrom(...promises),
  event: fc.nat(1),
  process: fc.nat(1),
  laterMs: fc.constantFrom(0, 0, 0, 61_000),
  /** Together with the act before it. */
  isAtOnce: fc.boolean(),
});
const fate = fc.constantFrom<Fate>("done", "done", "done", "lost", "unanswered");

type Act = typeof act extends fc.Arbitrary<infer Of> ? Of : never;

/** Does it until it is answered, as a client or a provider would. */
async function untilAnswered<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof Fault)) {
        throw error;
      }
    }
  }
}

async function play(processes: readonly HookStage[], acts: readonly Act[]) {
  const created = new Set<string>();
  const taken = new Map<string, Set<string>>();
  const one = async ({ kind, promise, event, process: at, laterMs }: Act) => {
    const stage = processes[at] as HookStage;
    stage.clock.now += laterMs;
    if (kind === "create") {
      await untilAnswered(() => stage.create(promise));
      created.add(promise);
    } else if (kind === "event") {
      const id = `${promise} ${event}`;
      const answer = await untilAnswered(() => stage.send({ id, promise, data: id }));
      expect(answer).toMatchObject({ kind: "taken" });
      taken.set(promise, (taken.get(promise) ?? new Set()).add(id));
    } else {
      await stage.sweep();
    }
  };
  let underWay: Promise<void>[] = [];
  for (const each of acts) {
    if (!each.isAtOnce) {
      await Promise.all(underWay);
      underWay = [];
    }
    underWay.push(one(each));
  }
  await Promise.all([...underWay, ...processes.map((stage) => stage.idle())]);
  return { created, taken };
}

describe.each(everyStore)("Over %s, with a store that fails", (_, open) => {
  it("every event that was taken has completed its promise, once", async () => {
    const { store, close } = await open();
    const cost = () => ({ roundTrips: 0 });
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 4, maxLength: 14 }),
        fc.array(fate, { maxLength: 30 }),
        async (acts, fates) => {
          const prefix = `${runs++}/`;
          const clock = stageClock();
          const name = `h${runs}`;
          const sound = hookStage(store, {}, clock);
          const { secrets } = await sound.make(name, { prefix });
          const to = [...fates];
          const processes = [0, 1].map(() => {
            const stage = hookStage(fated(store, to), {}, clock);
            return {
              ...stage,
              create: (id: string) => stage.create(prefix + id),
              send: (told: Parameters<HookStage["send"]>[0]) =>
                stage.send({ ...told, promise: `${prefix}${told.promise}` }, name),
            };
          });
          for (const { secrets: own } of processes) {
            await own.put({ hook: name, id: secrets[0]?.id ?? "" }, secret, cost());
          }
          const { created, taken } = await play(processes, acts);
          to.length = 0;
          for (let looks = 0; looks < 3; looks++) {
            clock.now += 3_600_000;
            expect(await sound.sweep()).toEqual([]);
          }
          for (const promise of created) {
            const image = await store.get(prefix + promise, cost());
            const events = [...(taken.get(promise) ?? [])];
            expect([image?.state, image?.value.data ?? ""], promise).toEqual(
              events.length === 0 ? ["pending", ""] : ["resolved", expect.toBeOneOf(events)],
            );
          }
          const waiting = promises.filter((promise) => !created.has(promise) && taken.has(promise));
          const expected = waiting.reduce((sum, promise) => sum + (taken.get(promise)?.size ?? 0), 0);
          expect((await sound.hooks.waiting(name, sound.request())).count).toBe(expected);
        },
      ),
      { numRuns: 40 },
    );
    close();
  });
});
