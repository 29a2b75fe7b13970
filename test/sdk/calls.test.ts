/**
 * What people use the official clients for, played by each of them against a server over each store.
 *
 * @module
 */

import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, it } from "vitest";
import { everywhere, freshId, sharedStage } from "./stage.ts";
import type { WorkerProcess } from "./worker-process.ts";

const poolSize = 4;

everywhere(({ client, keep }) => {
  const stage = sharedStage(client, keep);
  let front: WorkerProcess;
  beforeAll(async () => {
    front = await stage().hire({ group: "front" });
    await Promise.all(Array.from({ length: poolSize }, () => stage().hire({ group: "pool" })));
  });

  it("runs the steps of a function in order, each once, and answers with its result", async () => {
    const id = freshId("climb");
    expect(await front.run({ id, name: "climb", args: [id, 3, 0] }).result).toEqual(["step 1", "step 2", "step 3"]);
    expect(stage().effects.names(id, "done")).toEqual(["step 1", "step 2", "step 3"]);
  });

  it("answers a second run under the same id with the first one's result, and runs nothing", async () => {
    const id = freshId("climb");
    const results = [1, 2].map(() => front.run({ id, name: "climb", args: [id, 2, 0] }).result);
    expect(await Promise.all(results)).toEqual([
      ["step 1", "step 2"],
      ["step 1", "step 2"],
    ]);
    expect(stage().effects.names(id, "done")).toEqual(["step 1", "step 2"]);
  });

  it("rejects with the error of a step that nobody caught", async () => {
    const id = freshId("fall");
    await expect(front.run({ id, name: "fall", args: [id] }).result).rejects.toThrow(`no such song: ${id}`);
    expect(stage().effects.names(id, "begun")).toEqual(["trip"]);
  });

  it("gives the error of a step to whoever catches it", async () => {
    const id = freshId("recover");
    expect(await front.run({ id, name: "recover", args: [id] }).result).toBe(`caught no such song: ${id}`);
  });

  it("tries a step again that fails, as its policy says", async () => {
    const id = freshId("persist");
    expect(await front.run({ id, name: "persist", args: [id, 2] }).result).toBe(3);
  });

  it("has a function of another group called, and gives its result back", async () => {
    const id = freshId("ask");
    expect(await front.run({ id, name: "ask", args: [id, "pool"] }).result).toBe("asked");
    const { by } = await stage().effects.seen(id, "done");
    expect(by).not.toBe(front.pid);
  });

  it("starts a function on another group from outside of any", async () => {
    const id = freshId("outside");
    expect(await front.rpc({ id, name: "climb", args: [id, 2, 0], target: "pool" }).result).toHaveLength(2);
    const { by } = await stage().effects.seen(id, "done");
    expect(by).not.toBe(front.pid);
  });

  it("spreads a hundred calls evenly over four workers, and runs each once", async () => {
    const id = freshId("fan");
    const parts = Array.from({ length: 100 }, (_, at) => `part ${at + 1}`);
    expect(await front.run({ id, name: "fan", args: [id, "pool", 100] }).result).toEqual(parts);
    const done = stage()
      .effects.all(id)
      .filter(({ what }) => what === "done");
    expect(done.map(({ name }) => name).toSorted()).toEqual(parts.toSorted());
    const shares = Object.values(Object.groupBy(done, ({ by }) => by)).map((share) => share?.length ?? 0);
    expect(shares).toHaveLength(poolSize);
    expect(Math.min(...shares), `shares ${shares}`).toBeGreaterThanOrEqual(15);
  });

  it("leaves a detached function behind, which runs on", async () => {
    const id = freshId("leave");
    const child = await front.run({ id, name: "leave", args: [id, "pool"] }).result;
    expect(await front.get(String(child)).result).toBe("detached");
    expect(stage().effects.names(id, "done")).toEqual(["detached"]);
  });

  it("lets another process wait for an execution by its id, while it runs and after", async () => {
    const id = freshId("wait");
    const running = front.rpc({ id, name: "climb", args: [id, 2, 300], target: "pool" });
    await stage().effects.seen(id, "begun");
    expect(await front.get(id).result).toEqual(["step 1", "step 2"]);
    expect(await running.result).toEqual(["step 1", "step 2"]);
    expect(await front.get(id).result).toEqual(["step 1", "step 2"]);
  });

  it("says so when there is no execution of an id", async () => {
    await expect(front.get(freshId("nobody")).result).rejects.toThrow(/not found/i);
  });

  it("ends a running execution that is canceled, and lets it do no further steps", async () => {
    const id = freshId("cancel");
    const running = front.rpc({ id, name: "climb", args: [id, 20, 200], target: "pool" });
    await stage().effects.seen(id, "done", "step 1");
    await front.cancel(id);
    await expect(running.result).rejects.toThrow(/cancel/i);
    await sleep(500);
    const done = stage().effects.names(id, "done").length;
    await sleep(1_000);
    expect(stage().effects.names(id, "done")).toHaveLength(done);
  });
});
