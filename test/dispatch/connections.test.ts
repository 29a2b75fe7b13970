import { describe, expect, it } from "vitest";
import { newHub } from "./listeners.ts";
import { offer } from "./messages.ts";

describe("a connection", () => {
  it("that does not keep up is left alone until it has drained", async () => {
    const { hub, listen } = newHub();
    const worker = listen("g", "w");
    worker.keepsUp = false;
    expect(await hub.send(offer("poll://any@g", "t1"))).toBe("nobody");
    worker.keepsUp = true;
    expect(await hub.send(offer("poll://any@g", "t2"))).toBe("nobody");
    worker.connection.drained();
    expect(await hub.send(offer("poll://any@g", "t3"))).toBe("sent");
    expect(worker.heard).toEqual(["t3"]);
  });

  it("that is gone gets nothing, however often that is said", async () => {
    const { hub, listen } = newHub();
    const [gone, other] = [listen("g", "w"), listen("g", "v")];
    gone.connection.gone();
    gone.connection.gone();
    await hub.send(offer("poll://any@g/w", "t"));
    expect([gone.heard, other.heard, hub.connected]).toEqual([[], ["t"], 1]);
  });

  it("is refused where there are as many as the hub takes, until one of them goes", () => {
    const { hub, tryListen } = newHub();
    const workers = Array.from({ length: 1_000 }, (_, at) => tryListen("g", `w${at}`));
    expect(workers.every((worker) => worker !== undefined)).toBe(true);
    expect(tryListen("g", "late")).toBeUndefined();
    workers[0]?.connection.gone();
    expect(tryListen("g", "late")).toBeDefined();
    expect(hub.connected).toBe(1_000);
  });

  it("is closed when the hub is, which takes no more then", async () => {
    const { hub, listen, tryListen } = newHub();
    const workers = [listen("g", "a"), listen("h", "b")];
    hub.closeAll();
    expect(workers.map(({ isClosed }) => isClosed)).toEqual([true, true]);
    expect(hub.connected).toBe(0);
    expect(await hub.send(offer("poll://any@g", "t"))).toBe("nobody");
    expect(tryListen("g", "c")).toBeUndefined();
  });
});

describe("the mailboxes that are served", () => {
  it("are those of the workers that listen and keep up, each once", async () => {
    const { hub, listen } = newHub();
    const [a, stuck] = [listen("g", "a"), listen("h", "x/y")];
    listen("g", "b");
    listen("g", "b");
    expect(hub.mailboxes()).toEqual([
      "poll://any@g",
      "poll://uni@g/a",
      "poll://uni@g/b",
      "poll://any@h",
      "poll://uni@h/x/y",
    ]);
    stuck.keepsUp = false;
    await hub.send(offer("poll://any@h", "t"));
    a.connection.gone();
    expect(hub.mailboxes()).toEqual(["poll://any@g", "poll://uni@g/b"]);
  });

  it.each([
    ["g/h", "a", []],
    ["g?", "a", []],
    ["g#", "a", []],
    ["g", "a?b", ["poll://any@g"]],
    ["g", "a#b", ["poll://any@g"]],
  ])("of a worker %s %s are those that an address can spell", (group, id, mailboxes) => {
    const { hub, listen } = newHub();
    listen(group, id);
    expect(hub.mailboxes()).toEqual(mailboxes);
  });

  it("are told when a worker comes, whom a message then reaches at once", () => {
    const { hub, listen } = newHub();
    const told: (readonly string[])[] = [];
    hub.onReady((mailboxes) => {
      told.push(mailboxes);
      void hub.send(offer("poll://any@g", "waited"));
    });
    expect(listen("g", "w").heard).toEqual(["waited"]);
    expect(told).toEqual([["poll://any@g", "poll://uni@g/w"]]);
  });

  it("are told when a worker takes from them again, and not while it does anyway", async () => {
    const { hub, listen } = newHub();
    const worker = listen("g", "w");
    const told: (readonly string[])[] = [];
    hub.onReady((mailboxes) => told.push(mailboxes));
    worker.connection.drained();
    expect(told).toEqual([]);
    worker.keepsUp = false;
    await hub.send(offer("poll://any@g", "t"));
    worker.connection.drained();
    expect(told).toEqual([["poll://any@g", "poll://uni@g/w"]]);
  });
});
