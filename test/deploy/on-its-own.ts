/**
 * What the service does by itself, whatever is lost on the way: the stream off, messages gone, functions killed.
 *
 * @module
 */

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { flawsOfTransitions } from "./conformance.ts";
import { killRuns, loseMessages, setConsumers } from "./consumers.ts";
import { far, type Scenarios, type Stand } from "./stand.ts";

/** The rule runs each minute; a busy machine is late. */
const ruleMsMax = 100_000;

const lease = { pid: "w", ttl: 1_000 };

/** A task that sleeps until another promise settles. */
async function asleep({ call }: Stand, group: string, name: string) {
  const [id, awaited] = [`${group}/${name}`, `${group}/${name}:0`];
  await call("promise.create", { id: awaited, timeoutAt: far });
  const action = {
    kind: "",
    head: {},
    data: { id, timeoutAt: far, tags: { "resonate:target": `poll://any@${group}` } },
  };
  expect((await call("task.create", { pid: "w", ttl: 60_000, action })).data.task).toMatchObject({ version: 1 });
  const wait = { kind: "", head: {}, data: { awaited, awaiter: id } };
  expect((await call("task.suspend", { id, version: 1, actions: [wait] })).status).toBe(200);
  return { id, awaited };
}

/** What becomes of things when only the rule is left. */
export const byTheRuleAlone: Scenarios = (stand) => {
  it(
    "does by the rule alone what the stream and the queues would have done, and nothing twice when they come back",
    async () => {
      const { store, call, emulator, say } = stand();
      const cost = { roundTrips: 0 };
      await setConsumers(emulator, false);
      try {
        const group = `rule-${randomUUID()}`;
        const [overdue, held] = [`${group}/overdue`, `${group}/held`];
        const timeoutAt = Date.now() + 1_000;
        const target = { "resonate:target": `poll://any@${group}` };
        await call("promise.create", { id: overdue, timeoutAt });
        await call("promise.register_listener", { awaited: overdue, address: `poll://uni@${group}/w` });
        const action = { kind: "", head: {}, data: { id: held, timeoutAt: far, tags: target } };
        expect((await call("task.create", { ...lease, action })).status).toBe(200);
        const woken = await asleep(stand(), group, "asleep");
        await call("promise.settle", { id: woken.awaited, state: "resolved" });
        const began = Date.now();

        // Meanwhile the doors answer as ever.
        expect(await flawsOfTransitions(stand().ask, `table/${randomUUID()}`)).toEqual([]);
        say("324 transitions, with nobody at the stream", Date.now() - began);

        const found = async () =>
          Promise.all([overdue, held, woken.id].map(async (id) => (await store.get(id, cost)) ?? {}));
        const done = [
          { state: "rejected_timedout", settledAt: timeoutAt },
          { taskState: "pending", taskVersion: 1 },
          { taskState: "pending", taskVersion: 1, resumes: 1 },
        ];
        await expect.poll(found, { timeout: ruleMsMax, interval: 500 }).toMatchObject(done);
        say("the rule alone came", Date.now() - timeoutAt);
        const worker = stand().listen(group, "w");
        const [news] = await worker.until(1, 40_000);
        expect(news).toMatchObject({ kind: "unblock", data: { promise: { id: overdue } } });

        expect(await loseMessages(emulator)).toBe(2);
        await setConsumers(emulator, true);
        // The stream brings all of it now, and the retry offers what was never heard of.
        const offers = () => new Set(worker.messages.flatMap(({ data }) => (data.task ? [data.task.id] : [])));
        await expect.poll(offers, { timeout: ruleMsMax, interval: 500 }).toEqual(new Set([held, woken.id]));
        worker.stop();
        expect(await found()).toMatchObject(done);
      } finally {
        await setConsumers(emulator, true);
      }
    },
    3 * ruleMsMax,
  );
};

const count = 12;

/** Everything is settled at once, and whoever follows that dies again and again. */
export const killed: Scenarios = (stand) => {
  it.concurrent(
    "wakes and tells everybody though the functions that do it are killed in the middle",
    async ({ expect }) => {
      const { call, emulator, say } = stand();
      const group = `killed-${randomUUID()}`;
      const all = await Promise.all(Array.from({ length: count }, (_, at) => asleep(stand(), group, String(at))));
      for (const { awaited } of all) {
        await call("promise.register_listener", { awaited, address: `poll://uni@${group}/w` });
      }
      const began = Date.now();
      let kills = 0;
      const settled = Promise.all(all.map(({ awaited }) => call("promise.settle", { id: awaited, state: "resolved" })));
      while (kills < 4 && Date.now() - began < 20_000) {
        kills += killRuns(emulator, "Advance") + killRuns(emulator, "Delivery");
        await sleep(150);
      }
      await settled;
      expect(kills).toBeGreaterThanOrEqual(4);
      const worker = stand().listen(group, "w");
      const idsOf = (kind: "task" | "promise") =>
        new Set(worker.messages.flatMap(({ data }) => (data[kind] ? [data[kind].id as string] : [])));
      await expect
        .poll(() => [idsOf("task"), idsOf("promise")], { timeout: 2 * ruleMsMax, interval: 500 })
        .toEqual([new Set(all.map(({ id }) => id)), new Set(all.map(({ awaited }) => awaited))]);
      worker.stop();
      for (const { id } of all) {
        expect((await call("task.get", { id })).data.task).toMatchObject({ state: "pending", version: 1, resumes: 1 });
      }
      say(`${kills} runs killed: all woken and told`, Date.now() - began);
    },
    3 * ruleMsMax,
  );
};
