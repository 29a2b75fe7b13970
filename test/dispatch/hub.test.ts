import { describe, expect, it } from "vitest";
import { newHub } from "./listeners.ts";
import { news, offer } from "./messages.ts";

const counts = (listeners: readonly { heard: readonly string[] }[]) => listeners.map(({ heard }) => heard.length);

describe("a message to any of a group", () => {
  it("waits while nobody of the group listens", async () => {
    const { hub, listen } = newHub();
    listen("h", "w");
    expect(await hub.send(offer("poll://any@g", "t"))).toBe("nobody");
  });

  it("reaches its listener before the sender goes on", () => {
    const { hub, listen } = newHub();
    const worker = listen("g", "w");
    void hub.send(offer("poll://any@g", "t"));
    expect(worker.heard).toEqual(["t"]);
  });

  it("is spread evenly", async () => {
    const { hub, listen } = newHub();
    const workers = ["a", "b", "c", "d"].map((id) => listen("g", id));
    for (let at = 0; at < 100; at++) {
      expect(await hub.send(offer("poll://any@g", `t${at}`))).toBe("sent");
    }
    expect(counts(workers)).toEqual([25, 25, 25, 25]);
  });

  it("is spread evenly however much faster some answer", async () => {
    const { hub, listen } = newHub();
    const workers = ["fast", "b", "c", "d"].map((id) => listen("g", id));
    for (let at = 0; at < 60; at++) {
      await hub.send(offer("poll://any@g", `t${at}`));
      for (const id of workers[0]?.heard ?? []) {
        hub.taken(id, "fast");
      }
    }
    expect(counts(workers)).toEqual([15, 15, 15, 15]);
  });

  it("spares those that are far behind the others", async () => {
    const { hub, listen } = newHub();
    const [still, busy] = [listen("g", "still"), listen("g", "busy")];
    for (let at = 0; at < 1_000; at++) {
      await hub.send(offer("poll://any@g", `t${at}`));
      for (const id of busy.heard) {
        hub.taken(id, "busy");
      }
    }
    expect(counts([still, busy])).toEqual([17, 983]);
  });

  it("goes to the named worker, of several to the one that has listened longest", async () => {
    const { hub, listen } = newHub();
    const [other, first, second] = [listen("g", "a"), listen("g", "w"), listen("g", "w")];
    for (const id of ["t1", "t2", "t3"]) {
      await hub.send(offer("poll://any@g/w", id));
    }
    expect(counts([other, first, second])).toEqual([0, 3, 0]);
    first.connection.gone();
    await hub.send(offer("poll://any@g/w", "t4"));
    expect(second.heard).toEqual(["t4"]);
  });

  it("goes to another of the group where the named worker does not listen, or does not keep up", async () => {
    const { hub, listen } = newHub();
    const [other, named] = [listen("g", "a"), listen("g", "w")];
    named.keepsUp = false;
    await hub.send(offer("poll://any@g/w", "t1"));
    named.connection.gone();
    await hub.send(offer("poll://any@g/w", "t2"));
    expect(other.heard).toEqual(["t1", "t2"]);
  });
});

describe("a message to one worker", () => {
  it("goes to that one alone", async () => {
    const { hub, listen } = newHub();
    const [other, elsewhere] = [listen("g", "a"), listen("h", "w")];
    expect(await hub.send(news("poll://uni@g/w"))).toBe("nobody");
    const worker = listen("g", "w");
    expect(await hub.send(news("poll://uni@g/w"))).toBe("sent");
    expect([other.heard, elsewhere.heard, worker.heard]).toEqual([[], [], ["p"]]);
  });

  it("without a name goes to nobody", async () => {
    const { hub, listen } = newHub();
    listen("g", "w");
    expect(await hub.send(news("poll://uni@g"))).toBe("nobody");
  });

  it("goes to the connection of that name that keeps up", async () => {
    const { hub, listen } = newHub();
    const [first, second] = [listen("g", "a/b"), listen("g", "a/b")];
    first.keepsUp = false;
    await hub.send(news("poll://uni@g/a/b"));
    expect([first.heard, second.heard]).toEqual([[], ["p"]]);
  });
});

describe("an offer that nobody took", () => {
  const address = "poll://any@g/frozen";

  it("is made to another next, though the first is named", async () => {
    const { hub, listen } = newHub();
    const [frozen, other] = [listen("g", "frozen"), listen("g", "b")];
    await hub.send(offer(address, "t"));
    await hub.send(offer(address, "t"));
    expect([frozen.heard, other.heard]).toEqual([["t"], ["t"]]);
  });

  it("makes its worker the last choice until that acquires something", async () => {
    const { hub, listen } = newHub();
    const [frozen, other] = [listen("g", "frozen"), listen("g", "b")];
    await hub.send(offer(address, "t"));
    await hub.send(offer(address, "t"));
    await hub.send(offer(address, "u"));
    await hub.send(news(address));
    hub.taken("u", "b");
    await hub.send(offer(address, "v"));
    expect(counts([frozen, other])).toEqual([1, 4]);
    hub.taken("x", "frozen");
    await hub.send(offer(address, "w"));
    expect(frozen.heard).toEqual(["t", "w"]);
  });

  it("does so only until the worker is heard from", async () => {
    const { hub, listen } = newHub();
    const [frozen] = [listen("g", "frozen"), listen("g", "b")];
    await hub.send(offer(address, "t"));
    await hub.send(offer(address, "t"));
    hub.heardFrom("frozen");
    await hub.send(offer(address, "u"));
    expect(frozen.heard).toEqual(["t", "u"]);
  });

  it("is made to the same worker again where there is no other", async () => {
    const { hub, listen } = newHub();
    const only = listen("g", "frozen");
    for (const to of [address, address, "poll://uni@g/frozen"]) {
      expect(await hub.send(offer(to, "t"))).toBe("sent");
    }
    expect(only.heard).toEqual(["t", "t", "t"]);
  });

  it("goes round among workers that are all slow", async () => {
    const { hub, listen } = newHub();
    const workers = [listen("g", "frozen"), listen("g", "b"), listen("g", "c")];
    for (let at = 0; at < 6; at++) {
      await hub.send(offer(address, "t"));
    }
    expect(workers.every(({ heard }) => heard.length > 0)).toBe(true);
    expect(counts(workers)).toEqual([3, 2, 1]);
  });

  it.each<[string, (hub: ReturnType<typeof newHub>["hub"]) => void, version: number]>([
    ["was taken", (hub) => hub.taken("t", "elsewhere"), 0],
    ["is of an earlier version", () => {}, 1],
  ])("says nothing against its worker when it %s", async (_, happen, version) => {
    const { hub, listen } = newHub();
    const [named, other] = [listen("g", "frozen"), listen("g", "b")];
    await hub.send(offer(address, "t"));
    happen(hub);
    await hub.send(offer(address, "t", version));
    expect([named.heard, other.heard]).toEqual([["t", "t"], []]);
  });

  it("is forgotten after a while, and where there are too many", async () => {
    const { hub, clock, listen } = newHub({ offersMax: 2, forgetAfterMs: 1_000 });
    const [named, other] = [listen("g", "frozen"), listen("g", "b")];
    await hub.send(offer(address, "t"));
    clock.now = 1_000;
    await hub.send(offer(address, "u"));
    await hub.send(offer(address, "t"));
    await hub.send(offer(address, "v"));
    await hub.send(offer(address, "u"));
    expect(counts([named, other])).toEqual([5, 0]);
    await hub.send(offer(address, "v"));
    expect(other.heard).toEqual(["v"]);
  });

  it("is not held against the worker's next connection", async () => {
    const { hub, listen } = newHub();
    const [first, other] = [listen("g", "frozen"), listen("g", "b")];
    await hub.send(offer(address, "t"));
    first.connection.gone();
    const again = listen("g", "frozen");
    await hub.send(offer(address, "t"));
    expect([again.heard, other.heard]).toEqual([["t"], []]);
  });
});
