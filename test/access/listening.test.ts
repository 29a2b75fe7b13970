/** Workers that listen: who may, what each hears of, and for how long. */

import { afterEach, describe, expect, it, vi } from "vitest";
import { posting, revokeKey } from "#lib/core/index.ts";
import { heldPoll } from "#lib/service/held-poll.ts";
import { bearer, type Guarded, openGuarded } from "./guarded.ts";

const closing: Guarded[] = [];
afterEach(() => {
  vi.useRealTimers();
  for (const guarded of closing.splice(0)) {
    guarded.hub.closeAll();
    guarded.close();
  }
});

async function guard(): Promise<Guarded> {
  const guarded = await openGuarded();
  closing.push(guarded);
  return guarded;
}

const listen = (guarded: Guarded, key: string | undefined, path = "/poll/g/w") =>
  guarded.fetch(path, { headers: bearer(key) });

const offer = (id: string) => ({ kind: "execute" as const, address: "poll://any@g", id, version: 0 });

const reader = ({ body }: Response) => {
  const chunks = (body as ReadableStream<Uint8Array>).pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  );
  return chunks.getReader();
};

describe("The stream of a worker", () => {
  it("is refused without a credential, and to a key that takes no tasks, in words of its own", async () => {
    const guarded = await guard();
    const nobody = await listen(guarded, undefined);
    expect([nobody.status, await nobody.text()]).toEqual([401, "Unauthorized"]);
    const idle = await listen(guarded, await guarded.keyFor({ verbs: ["read", "write"] }));
    expect([idle.status, await idle.text()]).toEqual([403, "Forbidden"]);
    expect(guarded.hub.connected).toBe(0);
  });

  it("brings offers of the caller's own prefix, and leaves others to those who may have them", async () => {
    const guarded = await guard();
    const stream = reader(await listen(guarded, await guarded.keyFor({ prefix: "mine/" })));
    await stream.read();
    expect(await guarded.hub.send(offer("theirs/1"))).toBe("nobody");
    expect(await guarded.hub.send(offer("mine/1"))).toBe("sent");
    expect((await stream.read()).value).toContain('"mine/1"');
    const all = reader(await listen(guarded, await guarded.keyFor(), "/poll/g/v"));
    await all.read();
    expect(await guarded.hub.send(offer("theirs/1"))).toBe("sent");
    expect((await all.read()).value).toContain('"theirs/1"');
  });

  it("ends when the key is revoked, within a minute and a ping", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const guarded = await guard();
    const key = await guarded.keyFor();
    const stream = reader(await listen(guarded, key));
    await stream.read();
    await guarded.store.attempt(revokeKey(key.split("_")[1] as string, guarded.clock.now), { roundTrips: 0 });
    for (let seconds = 15; seconds <= 75; seconds += 15) {
      expect(guarded.hub.connected).toBe(seconds <= 60 ? 1 : 0);
      guarded.clock.now += 15_000;
      await vi.advanceTimersByTimeAsync(15_000);
      await stream.read();
    }
    expect(guarded.hub.connected).toBe(0);
  });
});

describe("A request that is held for messages", () => {
  it("takes those of the caller's own prefix, and leaves others where they are", async () => {
    const guarded = await guard();
    const cost = { roundTrips: 0 };
    for (const id of ["theirs/1", "mine/1"]) {
      await guarded.rpc(await guarded.keyFor(), "promise.create", {
        id,
        timeoutAt: 9_000_000_000_000,
        tags: { "resonate:target": "poll://any@g" },
      });
      await guarded.store.transact([posting(offerOf(id))], cost);
    }
    const poll = (prefix: string) =>
      heldPoll(
        {
          store: guarded.store,
          now: () => guarded.clock.now,
          sleep: async () => {},
          holdMs: 0,
          lookEveryMs: 1,
          mayHave: (id) => id.startsWith(prefix),
        },
        { group: "g", id: "w" },
        cost,
      );
    expect(await poll("mine/")).toMatchObject([{ id: "mine/1" }]);
    expect(await poll("mine/")).toEqual([]);
    expect(await poll("theirs/")).toMatchObject([{ id: "theirs/1" }]);
  });
});

const offerOf = (promiseId: string) => ({
  id: `execute:${promiseId}`,
  mailbox: "poll://any@g",
  kind: "execute" as const,
  address: "poll://any@g",
  promiseId,
  version: 0,
  createdAt: 1_000_000,
  attempts: 0,
});
