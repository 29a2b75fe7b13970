/**
 * Clients and the clock: sleeps, deadlines, schedules, and people who take their time to answer.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { resolve, stateOf } from "./rest.ts";
import { everywhere, freshId, sharedStage } from "./stage.ts";
import type { WorkerProcess } from "./worker-process.ts";

everywhere(({ client, keep }) => {
  const stage = sharedStage(client, keep);
  let worker: WorkerProcess;
  beforeAll(async () => {
    worker = await stage().hire();
  });

  // The long one once a client: it is the client's own deadlines, leases and refreshes that it outlasts.
  const naps = keep.isShared ? [500] : [70_000, 500];

  it.for(naps)("wakes from a sleep of %i ms when it is over, and not before", { timeout: 100_000 }, async (ms) => {
    const id = freshId("nap");
    const began = Date.now();
    expect(await worker.run({ id, name: "nap", args: [id, ms] }).result).toBe("woken");
    const took = Date.now() - began;
    expect(took).toBeGreaterThanOrEqual(ms);
    expect(took).toBeLessThan(ms + 15_000);
    expect(stage().effects.names(id, "done")).toEqual(["woken"]);
  });

  it("goes on when a promise that it awaits is completed over REST", async () => {
    const id = freshId("approval");
    const call = worker.run({ id, name: "approval", args: [id, 60_000] });
    const { name } = await stage().effects.seen(id, "waits");
    expect((await resolve(stage().server.url, name, "yes")).status).toBe(201);
    expect(await call.result).toBe("answered yes");
  });

  it("gives up on a promise that nobody completes by its deadline", async () => {
    const id = freshId("unanswered");
    const began = Date.now();
    expect(await worker.run({ id, name: "approval", args: [id, 1_000] }).result).toBe("unanswered");
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    const { name } = await stage().effects.seen(id, "waits");
    expect(await stateOf(stage().server.url, name)).toBe("REJECTED_TIMEDOUT");
  });

  it("starts a scheduled function every second, and no more once the schedule is deleted", async () => {
    const id = freshId("schedule");
    const [group, secondsMin] = [freshId("clock"), 3];
    await stage().hire({ group });
    await worker.schedule({ id, cron: "* * * * * *", name: "step", args: [id, "tick", 0], target: group });
    const began = Date.now();
    while (stage().effects.names(id, "done").length < secondsMin && Date.now() - began < 15_000) {
      await sleep(50);
    }
    await worker.unschedule(id);
    const took = Date.now() - began;
    // One that was just being started may still come.
    await sleep(1_000);
    const ticks = stage().effects.names(id, "done").length;
    expect(ticks).toBeGreaterThanOrEqual(secondsMin);
    expect(ticks).toBeLessThanOrEqual(took / 1_000 + 2);
    await sleep(2_000);
    expect(stage().effects.names(id, "done")).toHaveLength(ticks);
  });
});
