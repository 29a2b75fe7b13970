import { afterEach, expect, it, vi } from "vitest";
import { reaper } from "#lib/local/reaper.ts";
import { openSqlite } from "../support/stores.ts";

afterEach(() => void vi.useRealTimers());

it("What has expired is taken out of the embedded store at the start and each hour, whether or not promises expire", async () => {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
  const { store, close } = await openSqlite();
  const cost = { roundTrips: 0 };
  const expiring = async (id: string, expiresAt: number) => {
    const image = { id, since: 0, taken: 1, expiresAt };
    await store.attempt({ of: "allowance", id, guards: [], change: { kind: "put", image } }, cost);
  };
  const left = async () => {
    const found = await Promise.all(["a", "b", "c"].map((id) => store.find({ of: "allowance", id }, cost)));
    return found.flatMap((each) => each?.id ?? []);
  };
  await Promise.all([expiring("a", 1_000), expiring("b", 2_000), expiring("c", 3_000)]);
  const clock = { now: 1_000 };
  const failures: unknown[] = [];
  const reaping = reaper({ store, now: () => clock.now, onFailure: (error) => failures.push(error) });
  await expect.poll(left).toEqual(["b", "c"]);
  clock.now = 2_000;
  vi.advanceTimersByTime(60 * 60 * 1_000);
  await expect.poll(left).toEqual(["c"]);
  reaping.stop();
  clock.now = 3_000;
  vi.advanceTimersByTime(2 * 60 * 60 * 1_000);
  await store.attempt({ of: "key", id: "none", guards: [{ kind: "absent" }], change: { kind: "check" } }, cost);
  expect(await left()).toEqual(["c"]);
  expect(failures).toEqual([]);
  close();
});
