/** Workers listen over real connections of a real server: what a fake stream does is not what a socket does. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { Socket } from "node:net";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { PollHub } from "#lib/ports/transport.ts";
import { news, offer, settled } from "./messages.ts";
import { until } from "./serving.ts";
import { listen, messagesIn, startDoor } from "./streams.ts";

describe("the stream of a worker", () => {
  it("is one of events, kept by no cache, and opens at once", async () => {
    const { url } = await startDoor();
    const { answer, text } = await listen(url, "/poll/g/w");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toBe("text/event-stream");
    expect(answer.headers.get("cache-control")).toBe("no-store");
    await until(() => text() === ":\n\n");
  });

  it("bears each message as an event of its own", async () => {
    const { url, hub } = await startDoor();
    const worker = await listen(url, "/poll/g/w");
    await hub.send(offer("poll://any@g", "t", 3));
    await hub.send(news("poll://uni@g/w"));
    await until(() => worker.heard().length === 2);
    expect(worker.text()).toBe(
      `:\n\ndata: {"kind":"execute","head":{"serverUrl":"http://server"},"data":{"task":{"id":"t","version":3}}}\n\n` +
        `data: ${JSON.stringify({ kind: "unblock", head: {}, data: { promise: settled } })}\n\n`,
    );
  });

  it("is ASCII whatever the message holds", async () => {
    const { url, hub } = await startDoor();
    const worker = await listen(url, "/poll/g/w");
    const data = "grün € 😀 \u0000\u007f\u2028\uffff\n\n";
    await hub.send(news("poll://uni@g/w", { ...settled, value: { data } }));
    await until(() => worker.heard().length === 1);
    expect(worker.text()).toMatch(/^[\n\x20-\x7e]*$/);
    expect(messagesIn(worker.text())[0]?.data.promise?.value).toEqual({ data });
  });

  it("says now and then that it lives", async () => {
    const { url } = await startDoor({ pingEveryMs: 10 });
    const { text } = await listen(url, "/poll/g/w");
    await until(() => text() === ":\n\n".repeat(4));
  });

  it.each([
    ["/poll/g%20h/w%2Fv", "g h", "w/v"],
    ["/poll/g/a/b", "g", "a/b"],
    ["/poll/gr%C3%BC%C3%9Fe/%2541", "grüße", "%41"],
    ["/poll/g/w?x=1", "g", "w"],
  ])("at %s is that of %s's %s", async (path, group, id) => {
    const { url, hub } = await startDoor();
    await listen(url, path);
    expect(await hub.send(offer(`poll://uni@${group}/${id}`, "t"))).toBe("sent");
  });

  it("that is only asked about listens to nothing", async () => {
    const { url, hub } = await startDoor();
    const answer = await fetch(`${url}/poll/g/w`, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-type"), hub.connected]).toEqual([200, "text/event-stream", 0]);
  });

  it.each(["/poll", "/poll/", "/poll/g", "/poll/g/"])("is none at %s, which names no worker", async (path) => {
    const { url, hub } = await startDoor();
    expect([(await fetch(url + path)).status, hub.connected]).toEqual([404, 0]);
  });

  it("is refused where there are as many as the hub takes", async () => {
    const { url } = await startDoor({ connectionsMax: 1 });
    await listen(url, "/poll/g/w");
    const answer = await fetch(`${url}/poll/g/v`);
    expect([answer.status, await answer.text()]).toEqual([503, "Poll registration at capacity"]);
  });

  it("ends when the hub closes, and lets the server stop", async () => {
    const { url, hub, server } = await startDoor();
    const worker = await listen(url, "/poll/g/w");
    await hub.send(offer("poll://any@g", "last"));
    hub.closeAll();
    await worker.ended;
    expect(worker.heard()).toEqual(["last"]);
    const closed = once(server, "close");
    server.close();
    server.closeIdleConnections();
    await closed;
  });
});

describe("a worker that goes", () => {
  it("is noticed at once, and what was for it goes to another", async () => {
    const { url, hub } = await startDoor();
    const [gone, other] = [await listen(url, "/poll/g/w"), await listen(url, "/poll/g/v")];
    gone.drop();
    await until(() => hub.connected === 1, 1_000);
    await hub.send(offer("poll://any@g/w", "t"));
    await until(() => other.heard().length === 1);
  });

  it("is noticed when its process is killed, or its connection broken off", async () => {
    const { url, hub } = await startDoor();
    const worker = await startWorker(url, "/poll/g/w");
    const socket = new Socket().connect(Number(new URL(url).port), "127.0.0.1");
    socket.write("GET /poll/g/v HTTP/1.1\r\nhost: x\r\n\r\n");
    await until(() => hub.connected === 2);
    worker.child.kill("SIGKILL");
    socket.resetAndDestroy();
    await until(() => hub.connected === 0, 1_000);
  });

  it.each<[string, (stream: ReadableStream, hub: PollHub) => unknown]>([
    ["goes", (stream) => stream.cancel()],
    ["is sent away", (_, hub) => hub.closeAll()],
  ])("leaves no timer behind when it %s", async (_, end) => {
    const { app, hub } = await startDoor();
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => {
      vi.useRealTimers();
    });
    const { body } = await app.request("/poll/g/w");
    expect([body !== null, vi.getTimerCount()]).toEqual([true, 1]);
    await end(body as ReadableStream, hub);
    expect([hub.connected, vi.getTimerCount()]).toEqual([0, 0]);
  });
});

describe("several workers", () => {
  it("share what is for their group evenly", async () => {
    const { url, hub } = await startDoor();
    const workers = await Promise.all(["a", "b", "c", "d"].map((id) => listen(url, `/poll/g/${id}`)));
    for (let at = 0; at < 100; at++) {
      await hub.send(offer("poll://any@g", `t${at}`));
    }
    await until(() => workers.every(({ heard }) => heard().length === 25));
    expect(new Set(workers.flatMap(({ heard }) => heard())).size).toBe(100);
  });

  it("do without one that is frozen, whose connection stays open", async () => {
    const { url, hub } = await startDoor();
    const frozen = await startWorker(url, "/poll/g/frozen");
    const other = await listen(url, "/poll/g/other");
    await until(() => hub.connected === 2);
    frozen.child.kill("SIGSTOP");
    await hub.send(offer("poll://any@g/frozen", "t"));
    await hub.send(offer("poll://any@g/frozen", "t"));
    await hub.send(offer("poll://any@g/frozen", "u"));
    await until(() => other.heard().length === 2);
    expect([other.heard(), hub.connected]).toEqual([["t", "u"], 2]);
  });

  it("get a burst whole, through the buffers of their connections", async () => {
    const { url, hub } = await startDoor();
    const workers = await Promise.all(["a", "b", "c", "d"].map((id) => listen(url, `/poll/g/${id}`)));
    const sent = await Promise.all(Array.from({ length: 5_000 }, (_, at) => hub.send(offer("poll://any@g", `t${at}`))));
    const taken = sent.filter((each) => each === "sent").length;
    expect(taken).toBe(5_000);
    await until(() => workers.reduce((sum, { text }) => sum + messagesIn(text()).length, 0) === taken);
  });
});

describe("a worker that does not read", () => {
  it("is sent no more than its buffers hold, and told of as ready when it reads again", async () => {
    const { url, hub } = await startDoor();
    const worker = await startWorker(url, "/poll/g/w");
    await until(() => hub.connected === 1);
    worker.child.kill("SIGSTOP");
    const large = { ...settled, value: { data: "x".repeat(100_000) } };
    let taken = 0;
    while ((await hub.send(news("poll://any@g", large))) === "sent") {
      taken += 1;
      // Buffers between here and there are of the system's; past 100 MB they are ours, and without an end.
      expect(taken).toBeLessThan(1_000);
      await new Promise(setImmediate);
    }
    expect(hub.mailboxes()).toEqual([]);
    const told: (readonly string[])[] = [];
    hub.onReady((mailboxes) => told.push(mailboxes));
    worker.child.kill("SIGCONT");
    await until(() => told.length > 0);
    expect(told[0]).toEqual(["poll://any@g", "poll://uni@g/w"]);
    expect(await hub.send(news("poll://any@g"))).toBe("sent");
  });
});

it("a message reaches its worker without waiting for any timer", async () => {
  const { url, hub } = await startDoor();
  const worker = await listen(url, "/poll/g/w");
  await until(() => worker.text() !== "");
  const latencies: number[] = [];
  for (let at = 0; at < 51; at++) {
    const started = performance.now();
    await hub.send(offer("poll://any@g", `t${at}`));
    while (worker.heard().length <= at) {
      await new Promise(setImmediate);
    }
    latencies.push(performance.now() - started);
  }
  const median = latencies.toSorted((a, b) => a - b)[25] ?? Number.NaN;
  expect(median).toBeLessThan(10);
});

/** A worker in a process of its own, which reads its stream and does nothing else. */
async function startWorker(url: string, path: string) {
  const program = `const { body } = await fetch(${JSON.stringify(url + path)}); for await (const _ of body);`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", program], { stdio: "ignore" });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  await once(child, "spawn");
  return { child };
}
