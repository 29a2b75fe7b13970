/**
 * Workers that die, hang, dawdle or are replaced: what was finished stays so, and the rest goes on elsewhere.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { resolve, timesTaken } from "./rest.ts";
import { alone, everywhere, freshId, retryMs } from "./stage.ts";

const leaseMs = 2_000;

/** For the steps themselves, and a turn on a busy machine. */
const slackMs = 5_000;

const steps = (count: number): string[] => Array.from({ length: count }, (_, at) => `step ${at + 1}`);

everywhere(({ client, keep }) => {
  const playing = (play: Parameters<typeof alone>[2]) => alone(client, keep, play);

  it(
    "goes on elsewhere when its worker is killed, and repeats no finished step",
    playing(async ({ hire, effects }) => {
      const front = await hire({ group: "front" });
      const first = await hire({ group: "climbers", ttlMs: leaseMs });
      const id = freshId("killed");
      const call = front.rpc({ id, name: "climb", args: [id, 5, 400], target: "climbers" });
      await effects.seen(id, "begun", "step 3");
      await first.kill();
      const second = await hire({ group: "climbers", ttlMs: leaseMs });
      expect(await call.result).toEqual(steps(5));
      expect(effects.names(id, "done")).toEqual(steps(5));
      expect(await effects.seen(id, "done", "step 5")).toMatchObject({ by: second.pid });
    }),
  );

  it(
    "goes on in the same place when the process that began it there is killed and started again",
    playing(async ({ hire, effects }) => {
      const first = await hire({ group: "climbers", ttlMs: leaseMs });
      const id = freshId("restarted");
      const call = first.run({ id, name: "climb", args: [id, 4, 400] });
      await effects.seen(id, "begun", "step 2");
      await first.kill();
      await expect(call.result).rejects.toThrow();
      const second = await hire({ group: "climbers", ttlMs: leaseMs });
      expect(await second.run({ id, name: "climb", args: [id, 4, 400] }).result).toEqual(steps(4));
      expect(effects.names(id, "done")).toEqual(steps(4));
    }),
  );

  it(
    "moves the tasks of a frozen worker on within a lease and a retry",
    playing(async ({ hire, effects }) => {
      const front = await hire({ group: "front" });
      const frozen = await hire({ group: "climbers", ttlMs: leaseMs });
      const id = freshId("frozen");
      const call = front.rpc({ id, name: "climb", args: [id, 4, 400], target: "climbers" });
      await effects.seen(id, "begun", "step 1");
      const awake = await hire({ group: "climbers", ttlMs: leaseMs });
      frozen.signal("SIGSTOP");
      const began = Date.now();
      const done = effects.names(id, "done");
      const later = Array.from({ length: 10 }, () => freshId("later"));
      const calls = later.map((each) => front.rpc({ id: each, name: "climb", args: [each, 1, 0], target: "climbers" }));
      expect(await Promise.all(calls.map(({ result }) => result))).toEqual(later.map(() => steps(1)));
      expect(await call.result).toEqual(steps(4));
      expect(Date.now() - began).toBeLessThan(leaseMs + retryMs + slackMs);
      expect(effects.names(id, "done")).toEqual(steps(4));
      for (const each of later) {
        expect(effects.all(each)).toContainEqual({ what: "done", name: "step 1", by: awake.pid });
      }

      frozen.signal("SIGCONT");
      await sleep(1_000);
      expect(await front.get(id).result).toEqual(steps(4));
      // It may end the one step that it was frozen in; what that gave is refused, and it begins no other.
      expect(effects.names(id, "begun").length).toBeLessThanOrEqual(5);
      expect(effects.names(id, "done").toSorted()).toEqual(expect.arrayContaining([...done, ...steps(4)].toSorted()));
      expect(effects.names(id, "done").length).toBeLessThanOrEqual(5);
    }),
  );

  it.skipIf(!client.namesTasksInHeartbeats)(
    "keeps a task whose step takes longer than three leases",
    playing(async ({ hire, effects }) => {
      const front = await hire({ group: "front" });
      await hire({ group: "climbers", ttlMs: 1_000 });
      await hire({ group: "climbers", ttlMs: 1_000 });
      const id = freshId("dawdle");
      const call = front.rpc({ id, name: "climb", args: [id, 1, 3_500], target: "climbers" });
      expect(await call.result).toEqual(steps(1));
      expect(effects.names(id, "begun")).toEqual(steps(1));
    }),
  );

  it(
    "finishes on the version that it began on, after the next one is deployed",
    playing(async ({ hire, effects, server }) => {
      const front = await hire({ group: "front" });
      const start = (id: string, version: number) =>
        front.rpc({ id, name: "edition", args: [id], target: "editions", version });
      const before = await hire({ group: "editions", editions: [1] });
      const [old, young] = [freshId("old"), freshId("young")];
      const first = start(old, 1);
      const { name: ofOld } = await effects.seen(old, "waits");
      // Deployments wait until what runs is suspended, or lose a lease: the other scenarios do that.
      await sleep(500);
      await before.kill();
      await hire({ group: "editions", editions: [1, 2] });
      const second = start(young, 2);
      const { name: ofYoung } = await effects.seen(young, "waits");
      await Promise.all([ofOld, ofYoung].map((id) => resolve(server.url, id, "go on")));
      expect(await Promise.all([first.result, second.result])).toEqual(["edition 1", "edition 2"]);
      expect(effects.names(old, "done")).toEqual(["edition 1 begins", "edition 1 ends"]);
      expect(effects.names(young, "done")).toEqual(["edition 2 begins", "edition 2 ends"]);
    }),
  );

  it(
    "does not spin on a version that nobody has, and runs it once somebody has",
    playing(async ({ hire, effects, server }) => {
      const front = await hire({ group: "front" });
      const without = await hire({ group: "editions", editions: [1] });
      const id = freshId("unknown");
      const call = front.rpc({ id, name: "edition", args: [id], target: "editions", version: 7 });
      await call.begun;
      await sleep(3_000);
      const taken = await timesTaken(server.url, id);
      expect(taken).toBeGreaterThan(0);
      expect(taken).toBeLessThan(12);
      await without.kill();
      await hire({ group: "editions", editions: [7] });
      const { name } = await effects.seen(id, "waits");
      await resolve(server.url, name, "go on");
      expect(await call.result).toBe("edition 7");
    }),
  );
});
