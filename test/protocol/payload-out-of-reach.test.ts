/**
 * A payload that cannot be read right after the write that it is answered with: the answer is 503 though the write stands.
 * Whoever asks the same again is told what stands.
 */

import { expect, it } from "vitest";
import { withBodies } from "#lib/bodies/store.ts";
import { Fault } from "#lib/core/index.ts";
import { bodiesInMemory } from "../support/bodies.ts";
import { type Door, openDoor } from "../support/door.ts";
import { type OpenStore, openSqlite } from "../support/stores.ts";
import { rpcOf } from "./rpc/asking.ts";

const timeout = 9e15;
const large = { data: "x".repeat(50_000) };
const sameKey = { "idempotency-key": "k" };

/** A door whose payloads are out of reach to the next who reads one, once it is told so. */
async function openFailing(): Promise<{ door: Door; failNext: () => void }> {
  let isOut = false;
  const kept = bodiesInMemory();
  const bodies = {
    ...kept,
    get: async (...given: Parameters<typeof kept.get>) => {
      if (isOut) {
        isOut = false;
        throw new Fault("storeUnavailable", {}, { cause: new Error("out of reach") });
      }
      return kept.get(...given);
    },
  };
  const open: OpenStore = async () => {
    const { store, close } = await openSqlite();
    let keys = 0;
    return { store: withBodies(store, { bodies, now: () => 1_000_000, newKey: () => `key-${keys++}` }), close };
  };
  return {
    door: await openDoor(open),
    failNext() {
      isOut = true;
    },
  };
}

it("a completion stands, and is answered when it is asked for again, by either door", async () => {
  const { door, failNext } = await openFailing();
  await door.ask("POST", "/promises", { id: "p", timeout, param: large }, sameKey);
  const complete = () => door.ask("PATCH", "/promises/p", { state: "RESOLVED", value: large }, sameKey);
  failNext();
  const failed = await complete();
  expect([failed.status, failed.headers.has("retry-after")]).toEqual([503, true]);
  expect((await door.store.get("p", { roundTrips: 0 }))?.state).toBe("resolved");
  expect(await complete()).toMatchObject({ status: 200, body: { state: "RESOLVED", param: large, value: large } });

  const rpc = rpcOf(door);
  await rpc("promise.create", { id: "q", timeoutAt: timeout, param: large });
  const settle = () => rpc("promise.settle", { id: "q", state: "resolved", value: large });
  failNext();
  expect((await settle()).status).toBe(503);
  expect(await settle()).toMatchObject({ status: 200, data: { promise: { state: "resolved", value: large } } });
  door.close();
});

it("a creation that finds the promise there is answered when it is asked for again", async () => {
  const { door, failNext } = await openFailing();
  const create = () => door.ask("POST", "/promises", { id: "p", timeout, param: large }, sameKey);
  expect((await create()).status).toBe(201);
  failNext();
  expect((await create()).status).toBe(503);
  expect(await create()).toMatchObject({ status: 200, body: { param: large } });
  door.close();
});
