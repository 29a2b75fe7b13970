/** A store that keeps large payloads elsewhere: what goes where, what comes back, and what is left when something fails. */

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { inPlaceBytesMax, withBodies } from "#lib/bodies/store.ts";
import {
  type AnyChange,
  beginRetention,
  type ChangeTo,
  deleteSchedule,
  type Kind,
  refersTo,
  type Things,
  type Value,
} from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { advancer } from "#lib/service/advance.ts";
import { bare } from "../store/stock.ts";
import { type BodiesInMemory, bodiesInMemory } from "../support/bodies.ts";
import { imageOf } from "../support/images.ts";
import { type Opened, openSqlite } from "../support/stores.ts";
import { noSubscriptions } from "../support/subscriptions.ts";

const dayMs = 24 * 60 * 60 * 1_000;
const thresholds = { plain: 100, withTask: 50 };
const cost = { roundTrips: 0 };
const data = (bytes: number): Value => ({ data: "x".repeat(bytes - '{"data":""}'.length) });
const withTask = { tags: { "resonate:target": "poll://any@g" }, taskState: "pending", taskVersion: 0 } as const;

let opened: Opened;
let bodies: BodiesInMemory;
let store: Store;
let now: number;

beforeEach(async () => {
  opened = await openSqlite();
  bodies = bodiesInMemory();
  now = 1_000;
  let keys = 0;
  store = withBodies(opened.store, { bodies, thresholds, now: () => now, newKey: () => String(++keys) });
});
afterEach(() => opened.close());

const putting = (image: Things["promise"]): ChangeTo<"promise"> => ({
  of: "promise",
  id: image.id,
  guards: [{ kind: "absent" }],
  change: { kind: "put", image },
});
const settling = (id: string, value: Value): ChangeTo<"promise"> => ({
  of: "promise",
  id,
  guards: [{ kind: "is", field: "state", value: "pending" }],
  change: { kind: "update", set: { state: "resolved", value, settledAt: now } },
});
const whole = async (id: string) => {
  const image = await store.get(id, cost);
  return image && store.whole(image, cost);
};
const uploads = async () => (await Array.fromAsync(opened.store.due(0, now + 10 * dayMs, cost))).flat();

describe("A payload", () => {
  it.each([
    ["up to the threshold", {}, 100, 0],
    ["past it", {}, 101, 1],
    ["up to the lower one of a promise with a task", withTask, 50, 0],
    ["past that", withTask, 51, 1],
  ])("%s is kept where it belongs, and comes back as it was", async (_, fields, bytes, elsewhere) => {
    const image = imageOf({ ...fields, param: data(bytes) });
    expect(await store.attempt(putting(image), cost)).toEqual({ won: true, image });
    expect(bodies.kept.size).toBe(elsewhere);
    expect(JSON.stringify(await opened.store.get("p", cost)).includes("xxx")).toBe(elsewhere === 0);
    expect(await whole("p")).toEqual(image);
  });

  it("is measured as it stands in JSON, in UTF-8, its headers included", async () => {
    const param = { headers: { ü: '"' }, data: "€".repeat(20) };
    const bytes = Buffer.byteLength(JSON.stringify(param));
    for (const [plain, elsewhere] of [
      [bytes, 0],
      [bytes - 1, 1],
    ] as const) {
      const exact = withBodies(opened.store, {
        bodies,
        thresholds: { plain, withTask: 0 },
        now: () => now,
        newKey: () => "k",
      });
      await exact.attempt({ ...putting(imageOf({ param })), guards: [] }, cost);
      expect(bodies.kept.size).toBe(elsewhere);
    }
  });

  it("that settles a promise is kept elsewhere too, and each has a key of its own under its promise's", async () => {
    await store.attempt(putting(imageOf({ param: data(200) })), cost);
    expect(await store.attempt(settling("p", data(300)), cost)).toMatchObject({
      won: true,
      image: { value: data(300) },
    });
    expect(await whole("p")).toMatchObject({ param: data(200), value: data(300) });
    await store.attempt(putting(imageOf({ id: "q", param: data(200) })), cost);
    const keys = [...bodies.kept.keys()];
    expect(keys).toHaveLength(3);
    expect(new Set(keys.map((key) => key.split("/")[0])).size).toBe(2);
  });

  it("of changes in one transaction goes the same way", async () => {
    const images = ["a", "b"].map((id) => imageOf({ id, param: data(200) }));
    const outcome = await store.transact(images.map(putting), cost);
    expect(outcome).toEqual({ won: true, images });
    expect(await Promise.all(["a", "b"].map(whole))).toEqual(images);
  });

  it("is put there before the thing that refers to it, and noted before that", async () => {
    const steps: string[] = [];
    const told = withBodies(
      {
        ...opened.store,
        attempt: (write, each) => {
          steps.push(`${write.of}.${write.change.kind}`);
          return opened.store.attempt(write, each);
        },
      },
      {
        bodies: { ...bodies, put: async () => void steps.push("body") },
        thresholds,
        now: () => now,
        newKey: () => "k",
      },
    );
    await told.attempt(putting(imageOf({ param: data(200) })), cost);
    expect(steps).toEqual(["upload.put", "body", "promise.put"]);
  });

  it("that cannot be put there leaves the thing unwritten", async () => {
    const failing = withBodies(opened.store, {
      bodies: { ...bodies, put: () => Promise.reject(new Error("full")) },
      thresholds,
      now: () => now,
      newKey: () => "k",
    });
    await expect(failing.attempt(putting(imageOf({ param: data(200) })), cost)).rejects.toThrow("full");
    expect(await opened.store.get("p", cost)).toBeUndefined();
  });

  it("that is lost is a failure, never an empty one", async () => {
    await store.attempt(putting(imageOf({ param: data(200) })), cost);
    await bodies.delete([...bodies.kept.keys()][0] ?? "", cost);
    await expect(whole("p")).rejects.toMatchObject({ code: "storeFailed" });
  });

  it("is put there once, however often the write that bears it is decided anew", async () => {
    const value = data(300);
    await store.attempt(putting(imageOf({ state: "resolved" })), cost);
    for (let times = 0; times < 3; times++) {
      expect((await store.attempt(settling("p", value), cost)).won).toBe(false);
    }
    expect(bodies.kept.size).toBe(1);
  });

  it("of a schedule goes to each promise that it makes as a copy of its own", async () => {
    const schedule = scheduleOf({ promiseParam: data(200) });
    await store.attempt(schedulePut(schedule), cost);
    const kept = (await store.find({ of: "schedule", id: "s" }, cost)) as Things["schedule"];
    await store.attempt(schedulePut({ ...kept, nextRunAt: 1_300 }), cost);
    expect(bodies.kept.size).toBe(1);
    await store.transact([putting(imageOf({ param: kept.promiseParam }))] as AnyChange[], cost);
    expect(bodies.kept.size).toBe(2);
    await store.attempt(deleteSchedule("s"), cost);
    expect(bodies.kept.size).toBe(1);
    expect(await whole("p")).toMatchObject({ param: data(200) });
  });
});

const scheduleOf = (fields: Partial<Things["schedule"]>): Things["schedule"] => ({ ...bare.schedule, ...fields });

const schedulePut = (image: Things["schedule"]): ChangeTo<"schedule"> => ({
  of: "schedule",
  id: image.id,
  guards: [],
  change: { kind: "put", image },
});

describe("What was put there and nothing refers to", () => {
  const work = (options: { readonly retentionMs?: number } = {}) =>
    advancer({
      ...options,
      store,
      bodies,
      delivery: { offer: async () => {}, send: async () => {} },
      timer: { arm: () => {} },
      now: () => now,
      retryMs: 1_000,
      known: noSubscriptions,
      nextRun: () => undefined,
    });
  const advanceUploads = async () => {
    for (const entry of (await uploads()).filter(({ of, dueAt }) => of === "upload" && dueAt <= now)) {
      await work().thing(entry, cost);
    }
  };

  it("is gone after a day: a body whose promise was made by somebody else, or never", async () => {
    await store.attempt(putting(imageOf({ param: data(200) })), cost);
    const [winner = ""] = bodies.kept.keys();
    expect((await store.attempt(putting(imageOf({ param: data(300) })), cost)).won).toBe(false);
    const dying = withBodies(
      {
        ...opened.store,
        attempt: (write, each) =>
          write.of === "promise" ? Promise.reject(new Error("killed")) : opened.store.attempt(write, each),
      },
      { bodies, thresholds, now: () => now, newKey: () => "killed" },
    );
    await expect(dying.attempt(putting(imageOf({ id: "q", param: data(200) })), cost)).rejects.toThrow("killed");
    expect(bodies.kept.size).toBe(3);

    now += dayMs - 1;
    await advanceUploads();
    expect(bodies.kept.size).toBe(3);
    now += 1;
    await advanceUploads();
    expect([...bodies.kept.keys()]).toEqual([winner]);
    expect(await whole("p")).toMatchObject({ param: data(200) });
    expect((await uploads()).filter(({ of }) => of === "upload")).toEqual([]);
  });

  it("is what an expired promise had, once that is gone, and not before", async () => {
    const old = imageOf({ state: "resolved", settledAt: 1_000, timeoutAt: 9e15, param: data(200) });
    await store.attempt(putting(old), cost);
    now = 30 * dayMs;
    await advanceUploads();
    await store.attempt(beginRetention(now), cost);
    const advancing = work({ retentionMs: 2 * dayMs });
    const walkKey = { of: "retention", id: "retention" } as const;
    await advancing.thing(walkKey, cost);
    expect([await whole("p"), bodies.kept.size]).toMatchObject([{ param: data(200), expiresAt: now }, 1]);
    now += dayMs;
    await advanceUploads();
    expect(bodies.kept.size).toBe(1);
    await opened.store.reap?.(now, cost);
    now += dayMs;
    await advanceUploads();
    expect(bodies.kept.size).toBe(0);
    expect((await uploads()).filter(({ of }) => of === "upload")).toEqual([]);
  });

  it("is told by what refers to it", () => {
    const [key, bytes] = ["k", 1];
    const elsewhere = { elsewhere: { key, bytes } };
    const owners: (Things["promise" | "schedule"] | undefined)[] = [
      imageOf({ param: elsewhere }),
      imageOf({ value: elsewhere }),
      scheduleOf({ promiseParam: elsewhere }),
      imageOf({ value: { elsewhere: { key: "other", bytes } } }),
      undefined,
    ];
    expect(owners.map((owner) => refersTo(owner, key))).toEqual([true, true, true, false, false]);
  });
});

describe("Where there is no elsewhere", () => {
  it.each([
    ["param", (value: Value) => putting(imageOf({ param: value })) as unknown as ChangeTo<Kind>],
    ["promiseParam", (value: Value) => schedulePut(scheduleOf({ promiseParam: value })) as unknown as ChangeTo<Kind>],
  ])("a %s is kept in its thing as far as that holds it, and refused beyond", async (field, write) => {
    const alone = withBodies(opened.store, { now: () => now, newKey: () => "k" });
    await expect(alone.attempt(write(data(inPlaceBytesMax + 1)), cost)).rejects.toMatchObject({
      code: "tooLarge",
      details: { violations: [{ field, message: expect.stringContaining(`${inPlaceBytesMax} bytes`) }] },
    });
    expect((await alone.attempt(write(data(inPlaceBytesMax)), cost)).won).toBe(true);
  });
});
