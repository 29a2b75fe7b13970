import { compareText, hasTask, type PromiseImage, toTask } from "#lib/core/index.ts";
import type { DebugStore, Snapshot } from "#lib/ports/debug.ts";
import type { Store } from "#lib/ports/store.ts";

/** Everything that a store holds, for tests: it reads all of it at once. */
export async function snapshot(store: Store, debugStore: DebugStore): Promise<Snapshot> {
  const cost = { roundTrips: 0 };
  const { promiseIds, messages } = await debugStore.everything();
  const read = await Promise.all((await store.read(promiseIds, cost)).map((image) => store.whole(image, cost)));
  const promises = read.toSorted((a, b) => compareText(a.id, b.id));
  const byId = new Map(promises.map((image) => [image.id, image]));
  const waiting = await Promise.all(
    promises.map(async (image) => ({
      image,
      more: image.moreWaiters ? await store.members("waiter", image.id, 100_000, cost) : [],
    })),
  );
  return {
    promises,
    promiseTimeouts: promises.flatMap(({ id, state, timeoutAt, dueAt }) =>
      state === "pending" && dueAt !== undefined ? [{ id, timeout: timeoutAt }] : [],
    ),
    callbacks: waiting.flatMap(({ image: { id, callbacks = [] }, more }) =>
      [...callbacks, ...more.flatMap(({ role, waiter }) => (role === "callback" ? [waiter] : []))].map((awaiter) => ({
        awaiter,
        awaited: id,
      })),
    ),
    listeners: waiting.flatMap(({ image: { id, listeners = [] }, more }) =>
      [...listeners, ...more.flatMap(({ role, waiter }) => (role === "listener" ? [waiter] : []))].map((address) => ({
        id,
        address,
      })),
    ),
    tasks: promises.flatMap((image) => (hasTask(image) ? [toTask(image)] : [])),
    taskTimeouts: promises.flatMap(timerOf),
    messages: messages.flatMap(({ kind, address, promiseId, version = 0 }) => {
      if (kind === "event") {
        return [];
      }
      const promise = byId.get(promiseId);
      const message = kind === "execute" ? { kind, task: { id: promiseId, version } } : promise && { kind, promise };
      return message === undefined ? [] : [{ address, message }];
    }),
  };
}

function timerOf(image: PromiseImage): Snapshot["taskTimeouts"] {
  const { id, state, taskState, retryAt, leasedAt, ttl } = image;
  if (state !== "pending") {
    return [];
  }
  if (taskState === "pending" && retryAt !== undefined) {
    return [{ id, type: 0, timeout: retryAt }];
  }
  return taskState === "acquired" && leasedAt !== undefined && ttl !== undefined
    ? [{ id, type: 1, timeout: leasedAt + ttl }]
    : [];
}
