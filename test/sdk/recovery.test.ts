/**
 * Workers that die, hang, dawdle or are replaced: what was finished stays so, and the rest goes on elsewhere.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import type { Effects } from "./effects.ts";
import { resolve, timesTaken } from "./rest.ts";
import { everywhere, freshId, retryMs, sharedStage } from "./stage.ts";
import type { WorkerOptions, WorkerProcess } from "./worker-process.ts";

const leaseMs = 3_000;

/** For the steps themselves, and a turn on a busy machine. */
const slackMs = 30_000;

const steps = (count: number): string[] => Array.from({ length: count }, (_, at) => `step ${at + 1}`);

/** Steps whose result is kept for certain, as the next one has begun. */
const recordedBy = (effects: Effects, id: string): string[] => effects.names(id, "begun").slice(0, -1);

/** What is recorded is not done again. The step that a worker died in may be: it had ended, and nobody knew yet. */
function expectOnce(done: readonly string[], recorded: readonly string[], all: readonly string[]): void {
  expect(recorded.length).toBeGreaterThan(0);
  expect(done.filter((name) => recorded.includes(name))).toEqual(recorded);
  expect(new Set(done)).toEqual(new Set(all));
  expect(done.length).toBeLessThanOrEqual(all.length + 1);
}

everywhere(({ client, keep }) => {
  const stage = sharedStage(client, keep);
  /** Starts what others run, and waits for it. */
  let front: WorkerProcess;
  beforeAll(async () => {
    front = await stage().hire({ group: "front" });
  });

  /** A group of the scenario's own: workers that join it. */
  const crew = () => {
    const group = freshId("crew");
    const hire = (options?: Partial<Pick<WorkerOptions, "ttlMs" | "editions">>) =>
      stage().hire({ group, ttlMs: leaseMs, ...options });
    return { group, hire };
  };

  it("goes on elsewhere when its worker is killed, and repeats no finished step", async () => {
    const { group, hire } = crew();
    const { effects } = stage();
    const first = await hire();
    const id = freshId("killed");
    const call = front.rpc({ id, name: "climb", args: [id, 5, 400], target: group });
    await effects.seen(id, "begun", "step 3");
    await first.kill();
    const recorded = recordedBy(effects, id);
    const second = await hire();
    expect(await call.result).toEqual(steps(5));
    expectOnce(effects.names(id, "done"), recorded, steps(5));
    expect(await effects.seen(id, "done", "step 5")).toMatchObject({ by: second.pid });
  });

  it("goes on where it was when the process that ran it is killed and runs it again", async () => {
    const { hire } = crew();
    const { effects } = stage();
    const first = await hire();
    const id = freshId("restarted");
    const call = first.run({ id, name: "climb", args: [id, 4, 400] });
    await effects.seen(id, "begun", "step 2");
    await first.kill();
    const recorded = recordedBy(effects, id);
    await expect(call.result).rejects.toThrow("has ended");
    const second = await hire();
    expect(await second.run({ id, name: "climb", args: [id, 4, 400] }).result).toEqual(steps(4));
    expectOnce(effects.names(id, "done"), recorded, steps(4));
  });

  it("moves the tasks of a frozen worker on within a lease and a retry", async () => {
    const { group, hire } = crew();
    const { effects } = stage();
    const frozen = await hire();
    const id = freshId("frozen");
    const call = front.rpc({ id, name: "climb", args: [id, 4, 400], target: group });
    await effects.seen(id, "begun", "step 2");
    frozen.signal("SIGSTOP");
    const began = Date.now();
    const finished = effects.names(id, "begun").slice(0, -1);
    const awake = await hire();
    const later = Array.from({ length: 10 }, () => freshId("later"));
    const calls = later.map((each) => front.rpc({ id: each, name: "climb", args: [each, 1, 0], target: group }));
    expect(await Promise.all(calls.map(({ result }) => result))).toEqual(later.map(() => steps(1)));
    expect(await call.result).toEqual(steps(4));
    expect(Date.now() - began).toBeLessThan(leaseMs + retryMs + slackMs);
    for (const each of later) {
      expect(effects.all(each)).toContainEqual({ what: "done", name: "step 1", by: awake.pid });
    }

    frozen.signal("SIGCONT");
    await sleep(1_000);
    expect(await front.get(id).result).toEqual(steps(4));
    // It may end the step that it was frozen in. What that gave is refused, and it begins no other.
    const done = effects.names(id, "done");
    expect(done.filter((name) => finished.includes(name))).toEqual(finished);
    expect(new Set(done)).toEqual(new Set(steps(4)));
    // Whose heartbeats name no tasks loses them on a slow machine, and repeats the step that it was in.
    if (client.namesTasksInHeartbeats) {
      expect(done.length).toBeLessThanOrEqual(steps(4).length + 1);
    }
    expect(effects.all(id).findLast(({ what }) => what === "begun")).toMatchObject({ by: awake.pid });
  });

  const excuse = client.namesTasksInHeartbeats ? "" : " (not this client, whose heartbeats name no tasks)";
  // Asked of another process: TypeScript 0.11.5 sends no heartbeats for what it runs in the process that starts it.
  it.skipIf(excuse !== "")(`keeps a task whose step takes longer than three leases${excuse}`, async () => {
    const { group, hire } = crew();
    const { effects } = stage();
    const ttlMs = 1_500;
    await Promise.all([hire({ ttlMs }), hire({ ttlMs })]);
    const id = freshId("dawdle");
    const call = front.rpc({ id, name: "climb", args: [id, 1, 3 * ttlMs + 500], target: group });
    expect(await call.result).toEqual(steps(1));
    expect(effects.names(id, "begun")).toEqual(steps(1));
  });

  const start = (id: string, version: number, target: string) =>
    front.rpc({ id, name: "edition", args: [id], target, version });

  it("finishes on the version that it began on, after the next one is deployed", async () => {
    const { group, hire } = crew();
    const { effects, server } = stage();
    const before = await hire({ editions: [1] });
    const [old, young] = [freshId("old"), freshId("young")];
    const first = start(old, 1, group);
    const ofOld = await effects.seen(old, "waits");
    await before.kill();
    await hire({ editions: [1, 2] });
    const second = start(young, 2, group);
    const ofYoung = await effects.seen(young, "waits");
    await Promise.all([ofOld, ofYoung].map(({ name }) => resolve(server.url, name, "go on")));
    expect(await Promise.all([first.result, second.result])).toEqual(["edition 1", "edition 2"]);
    expect(effects.names(old, "done")).toEqual(["edition 1 begins", "edition 1 ends"]);
    expect(effects.names(young, "done")).toEqual(["edition 2 begins", "edition 2 ends"]);
  });

  it("does not spin on a version that nobody has, and runs it once somebody has", async () => {
    const { group, hire } = crew();
    const { effects, server } = stage();
    const without = await hire({ editions: [1] });
    const id = freshId("unknown");
    const call = start(id, 7, group);
    await call.begun;
    await sleep(3_000);
    const taken = await timesTaken(server.url, id);
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThan(12);
    await without.kill();
    await hire({ editions: [7] });
    const { name } = await effects.seen(id, "waits");
    await resolve(server.url, name, "go on");
    expect(await call.result).toBe("edition 7");
  });
});
