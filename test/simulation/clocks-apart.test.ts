/**
 * Goal: two servers whose clocks differ, and answers that come too late, keep nobody from getting an answer that is true.
 *
 * Method: the few cases that random histories hardly come to, one by one, on every store.
 */

import { describe, expect, it } from "vitest";
import { dynamoStore } from "#lib/store/dynamodb/store.ts";
import { noFeed } from "../support/door.ts";
import { faultyClient, newFaults } from "../support/faulty-dynamo.ts";
import { everyStore, freshTable, testClient } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";
import { asking } from "./asking.ts";
import { taskRetryMs } from "./task-model.ts";
import { worksOver } from "./works.ts";

const target = { "resonate:target": "poll://any@g" };
const birth = (id: string, timeoutAt: number, tags = {}) => ({ id, timeoutAt, tags, param: {} });

describe.each(everyStore)("over %s", (_name, open) => {
  it("a task sleeps until a deadline that only the other server's clock has reached: it goes on", async () => {
    const { store, close } = await open();
    const ask = asking({ store, feed: noFeed, retryMs: taskRetryMs, known: noSubscriptions });
    await ask({ kind: "create", ...birth("p", 1_500) }, 100);
    await ask({ kind: "task.create", ...birth("t", 9_000, target), pid: "w", ttl: 5_000 }, 2_000);
    expect(await ask({ kind: "suspend", id: "t", version: 1, awaited: ["p"] }, 1_000)).toEqual({ isHeldStill: true });
    close();
  });

  it("a task whose deadline only the other server's clock has reached fences nothing any more", async () => {
    const { store, close } = await open();
    const ask = asking({ store, feed: noFeed, retryMs: taskRetryMs, known: noSubscriptions });
    await ask({ kind: "task.create", ...birth("t", 1_500, target), pid: "w", ttl: 5_000 }, 100);
    await ask({ kind: "create", ...birth("p", 9_000) }, 2_000);
    const what = { id: "p", verdict: "resolved", value: {} } as const;
    expect(await ask({ kind: "fence.settle", id: "t", version: 1, what }, 1_000)).toEqual({ fault: "taskNotHeld" });
    close();
  });

  it("a promise that the other server's clock has brought forth is settled on behalf of a task all the same", async () => {
    const { store, close } = await open();
    const ask = asking({ store, feed: noFeed, retryMs: taskRetryMs, known: noSubscriptions });
    await ask({ kind: "task.create", ...birth("t", 9_000, target), pid: "w", ttl: 5_000 }, 100);
    await ask({ kind: "create", ...birth("p", 9_000) }, 2_000);
    const what = { id: "p", verdict: "resolved", value: {} } as const;
    expect(await ask({ kind: "fence.settle", id: "t", version: 1, what }, 1_000)).toMatchObject({
      promise: { id: "p", state: "resolved", settledAt: 2_000 },
    });
    close();
  });
});

it("a task is put to sleep though the answer was lost, and the repeated transaction found under way", async () => {
  const calm = testClient();
  const table = await freshTable(calm);
  const faults = newFaults();
  const client = faultyClient(faults);
  const ask = asking({
    store: dynamoStore({ client, table }),
    feed: noFeed,
    retryMs: taskRetryMs,
    known: noSubscriptions,
  });
  await ask({ kind: "create", ...birth("p", 9_000) }, 1_000);
  await ask({ kind: "task.create", ...birth("t", 9_000, target), pid: "w", ttl: 3_000 }, 1_000);
  faults.next = ["answerLost", "inProgress"];
  expect(await ask({ kind: "suspend", id: "t", version: 1, awaited: ["p"] }, 1_000)).toEqual({});
  expect(faults.suffered.inProgress).toBe(1);
  calm.destroy();
  client.destroy();
});

it.each(["its lease has run out", "its promise has settled"])(
  "whoever takes a task and is answered late is told that it took it, though meanwhile %s",
  async (fate) => {
    const calm = testClient();
    const table = await freshTable(calm);
    const faults = newFaults();
    const client = faultyClient(faults);
    const store = dynamoStore({ client: calm, table });
    let now = 1_000;
    const works = worksOver(store, () => now, { retryMs: taskRetryMs });
    const other = asking({ store, feed: noFeed, retryMs: taskRetryMs, known: noSubscriptions }, "other");
    const ask = asking({
      store: dynamoStore({ client, table }),
      feed: noFeed,
      retryMs: taskRetryMs,
      known: noSubscriptions,
    });
    await other({ kind: "create", ...birth("t", 9_000, target) }, now);
    faults.next = ["answerLost"];
    faults.onLost = async () => {
      now += 4_000;
      fate === "its lease has run out"
        ? await works.sweep()
        : await other({ kind: "settle", id: "t", verdict: "resolved", value: { data: "x" } }, now);
    };
    const answer = await ask({ kind: "acquire", id: "t", version: 0, pid: "w", ttl: 3_000 }, now);
    expect(answer).toEqual({
      promise: { ...birth("t", 9_000, target), state: "pending", value: {}, createdAt: 1_000 },
      task: { id: "t", state: "acquired", version: 1, resumes: 0, pid: "w", ttl: 3_000 },
    });
    calm.destroy();
    client.destroy();
  },
);
