/** Who is not known can neither have a trace kept that would not be, nor add to anybody's. */

import { expect, it } from "vitest";
import { bearer, openGuarded } from "./guarded.ts";

const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const ownTrace = { traceparent: "00-11111111111111111111111111111111-2222222222222222-00" };

/** A service, and what the traces of its requests were begun under. */
async function traced() {
  const begun: unknown[] = [];
  const service = await openGuarded({
    tracing: {
      begin(_, parent) {
        begun.push(parent);
        return { trace: ownTrace, end() {} };
      },
      flush: async () => {},
    },
  });
  return { ...service, begun, key: await service.keyFor() };
}

it.each([
  ["with a key", true, 404, { traceparent }],
  ["without one", false, 401, undefined],
])("a request %s: %s, %i, begins under %j", async (_, isKnown, status, parent) => {
  const { fetch, rpc, begun, key, close } = await traced();
  const credential = isKnown ? key : undefined;
  const read = await fetch("/promises/p", { headers: { ...bearer(credential), traceparent } });
  const asked = await rpc(credential, "promise.get", { id: "p" }, { traceparent });
  close();
  expect([read.status, asked.status]).toEqual([status, status]);
  expect(begun).toEqual([parent, parent]);
});

it("what is open to everybody begins a trace of its own, once", async () => {
  const { fetch, begun, close } = await traced();
  expect((await fetch("/health", { headers: { traceparent } })).status).toBe(200);
  close();
  expect(begun).toEqual([undefined]);
});

it("what is created bears the trace that its request has begun, which is one", async () => {
  const { fetch, store, begun, key, close } = await traced();
  const body = JSON.stringify({ id: "p", timeout: 4_102_444_800_000 });
  await fetch("/promises", { method: "POST", headers: { ...bearer(key), traceparent }, body });
  const promise = await store.get("p", { roundTrips: 0 });
  close();
  expect(promise?.trace).toMatchObject(ownTrace);
  expect(begun).toEqual([{ traceparent }]);
});
