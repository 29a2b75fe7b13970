/**
 * API keys, as somebody tries them who has none, an old one, or a part of one.
 */

import * as crypto from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { hashKey, newKey } from "#lib/access/keys.ts";
import { endKey, revokeKey } from "#lib/core/index.ts";
import type { Store } from "#lib/ports/store.ts";
import { type Guarded, type GuardedOptions, openGuarded } from "./guarded.ts";

vi.mock("node:crypto", async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

const closing: Guarded[] = [];
afterEach(() => {
  for (const guarded of closing.splice(0)) {
    guarded.close();
  }
});

async function guard(options?: GuardedOptions): Promise<Guarded> {
  const guarded = await openGuarded(options);
  closing.push(guarded);
  return guarded;
}

const idOf = (key: string): string => key.split("_")[1] as string;
const anyCost = () => ({ roundTrips: 0 });

/** What the door says to a key: 404, once it has let it in. */
const knock = async ({ ask }: Guarded, key: string | undefined): Promise<number> =>
  (await ask(key, "GET", "/promises/p")).status;

/** Counts how often a key is looked up. */
function counting() {
  const looks: string[] = [];
  const around = (store: Store): Store => ({
    ...store,
    find: (key, cost) => {
      if (key.of === "key") {
        looks.push(key.id);
      }
      return store.find(key, cost);
    },
  });
  return { looks, around };
}

describe("A key", () => {
  it("opens the door, which is closed without one", async () => {
    const guarded = await guard();
    expect(await knock(guarded, await guarded.keyFor())).toBe(404);
    expect(await knock(guarded, undefined)).toBe(401);
  });

  it("can be told by its front, and names its record but not its secret", () => {
    const { id, key, hash } = newKey();
    expect(key).toMatch(new RegExp(`^rsk_${id}_[A-Za-z0-9_-]{43}$`));
    expect(hash).toBe(hashKey(key));
    expect(hash).not.toContain(key.slice(-43));
    expect(newKey().key).not.toBe(key);
  });

  it("is kept nowhere: the store has its hash", async () => {
    const guarded = await guard();
    const key = await guarded.keyFor();
    const record = await guarded.store.find({ of: "key", id: idOf(key) }, anyCost());
    expect(record?.hash).toBe(hashKey(key));
    expect(JSON.stringify(record)).not.toContain(key.split("_").slice(2).join("_"));
  });

  const secret = "A".repeat(43);
  it.each([
    ["of another secret", (key: string) => `rsk_${idOf(key)}_${secret}`],
    ["in upper case", (key: string) => key.toUpperCase()],
    ["cut by a character", (key: string) => key.slice(0, -1)],
    ["with a character more", (key: string) => `${key}A`],
    ["with its hash in place of its secret", (key: string) => `rsk_${idOf(key)}_${hashKey(key).slice(0, 43)}`],
    ["given as its hash", (key: string) => hashKey(key)],
    ["of an id that nobody has", () => newKey().key],
    ["of no id", () => `rsk__${secret}`],
    ["of a promise's id", () => `rsk_p_${secret}`],
    ["that is empty", () => ""],
    ["that has a blank in it", (key: string) => `${key} ${key}`],
  ])("%s opens nothing", async (_, spoil) => {
    const guarded = await guard();
    expect(await knock(guarded, spoil(await guarded.keyFor()))).toBe(401);
  });

  it("of one caller does not open with the secret of another", async () => {
    const guarded = await guard();
    const [mine, theirs] = [await guarded.keyFor({ prefix: "mine/" }), await guarded.keyFor({ prefix: "theirs/" })];
    const swapped = `rsk_${idOf(theirs)}_${mine.split("_").slice(2).join("_")}`;
    expect(await knock(guarded, swapped)).toBe(401);
  });

  it("opens until the moment in which it expires, and not in it", async () => {
    const guarded = await guard();
    const key = await guarded.keyFor({ expiresAt: guarded.clock.now + 1_000 });
    guarded.clock.now += 999;
    expect(await knock(guarded, key)).toBe(404);
    guarded.clock.now += 1;
    expect(await knock(guarded, key)).toBe(401);
  });

  it.each([
    ["revoked", revokeKey],
    ["ended", endKey],
  ])("that is %s stops opening within a minute, though it is in use all the while", async (_, end) => {
    const guarded = await guard();
    const key = await guarded.keyFor();
    expect(await knock(guarded, key)).toBe(404);
    await guarded.store.attempt(end(idOf(key), guarded.clock.now), anyCost());
    const revokedAt = guarded.clock.now;
    for (let seconds = 0; seconds < 120 && (await knock(guarded, key)) === 404; seconds++) {
      guarded.clock.now += 1_000;
    }
    expect(guarded.clock.now - revokedAt).toBeLessThanOrEqual(60_000);
    expect(await knock(guarded, key)).toBe(401);
  });

  it("is compared in a time that does not tell how far it agrees", async () => {
    const guarded = await guard({ adminHashes: [hashKey("admin")] });
    const key = await guarded.keyFor();
    vi.mocked(crypto.timingSafeEqual).mockClear();
    await knock(guarded, key);
    expect(crypto.timingSafeEqual).toHaveBeenCalledTimes(2);
  });
});

describe("What is looked up of keys", () => {
  it("is one record a minute, however many requests come with the key, at once or later", async () => {
    const { looks, around } = counting();
    const guarded = await guard({ around });
    const key = await guarded.keyFor();
    await Promise.all([knock(guarded, key), knock(guarded, key), knock(guarded, key)]);
    guarded.clock.now += 59_999;
    await knock(guarded, key);
    expect(looks).toEqual([idOf(key)]);
    guarded.clock.now += 1;
    await knock(guarded, key);
    expect(looks).toEqual([idOf(key), idOf(key)]);
  });

  it("is one record of a key that is not there, too, and nothing of what is no key", async () => {
    const { looks, around } = counting();
    const guarded = await guard({ around });
    const { key } = newKey();
    await knock(guarded, key);
    await knock(guarded, key);
    await knock(guarded, "no key");
    await knock(guarded, "a.b.c");
    await knock(guarded, undefined);
    expect(looks).toEqual([idOf(key)]);
  });

  it("is not forgotten because of a flood of keys that are not there, and the flood is forgotten itself", async () => {
    const { looks, around } = counting();
    const guarded = await guard({ around });
    const key = await guarded.keyFor();
    await knock(guarded, key);
    const first = newKey().key;
    await knock(guarded, first);
    for (let each = 0; each < 10_000; each++) {
      await knock(guarded, newKey().key);
    }
    looks.splice(0);
    await knock(guarded, key);
    expect(looks).toEqual([]);
    await knock(guarded, first);
    expect(looks).toEqual([idOf(first)]);
  });

  it("is counted among the request's round trips", async () => {
    const guarded = await guard({
      around: (store) => ({
        ...store,
        find: (key, cost) => {
          cost.roundTrips += 1;
          return store.find(key, cost);
        },
      }),
    });
    await guarded.ask(await guarded.keyFor(), "GET", "/health");
    await knock(guarded, await guarded.keyFor());
    expect(guarded.lines.map((line) => JSON.parse(line).roundTrips)).toEqual([0, 1]);
  });

  it("is asked for again when the store could not be asked: then nobody is let in, and nobody is refused for good", async () => {
    let isDown = true;
    const { Fault } = await import("#lib/core/index.ts");
    const guarded = await guard({
      around: (store) => ({
        ...store,
        find: (key, cost) => {
          if (isDown) {
            throw new Fault("storeUnavailable", {});
          }
          return store.find(key, cost);
        },
      }),
    });
    const key = await guarded.keyFor();
    expect(await knock(guarded, key)).toBe(503);
    isDown = false;
    expect(await knock(guarded, key)).toBe(404);
  });
});

describe("The key of a service that has no keys yet", () => {
  const admin = newKey();

  it("opens everything, and is known by its hash alone", async () => {
    const guarded = await guard({ adminHashes: [newKey().hash, admin.hash] });
    expect((await guarded.ask(admin.key, "GET", "/messages?state=parked")).status).toBe(200);
    expect((await guarded.ask(admin.hash, "GET", "/messages?state=parked")).status).toBe(401);
  });

  it.each([admin.key, "", admin.hash.slice(1), admin.hash.toUpperCase(), `${admin.hash} `])(
    "is not taken as %j: the service does not start with what is no hash",
    async (given) => {
      await expect(guard({ adminHashes: [given] })).rejects.toThrow("64 hexadecimal digits");
    },
  );
});
