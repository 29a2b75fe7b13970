import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { freshFolder } from "../support/folder.ts";
import { request } from "../support/http.ts";
import { startProcess } from "../support/server-process.ts";

const timeout = 4_102_444_800_000;

/** Less than either side keeps a connection open for the next request. */
const stopMsMax = 2_000;

it.each(["SIGINT", "SIGTERM"] as const)(
  "%s stops it with code 0 when the requests under way are answered",
  async (signal) => {
    const folder = freshFolder();
    const server = await startProcess("--data", folder);
    const halves = await Promise.all(Array.from({ length: 16 }, (_, number) => sendHalf(server.url, `p/${number}`)));
    // The server has taken up what is there of them by the time it answers this.
    await request(server.url, "GET", "/health");
    const asked = Date.now();
    const ending = server.end(signal);
    await untilRefused(server.url);
    const answers = await Promise.all(halves.map((send) => send()));
    expect(answers.map((answer) => answer.split("\r\n", 1)[0])).toEqual(answers.map(() => "HTTP/1.1 201 Created"));
    expect((await ending).code).toBe(0);
    expect(Date.now() - asked).toBeLessThan(stopMsMax);

    const restarted = await startProcess("--data", folder);
    const { body } = await request(restarted.url, "GET", "/promises?id=p/*");
    expect(body.promises.length).toBe(16);
    await restarted.end("SIGKILL");
  },
);

it("stops at once when nothing is under way, whatever connections clients keep", async () => {
  const server = await startProcess("--memory");
  await Promise.all(Array.from({ length: 8 }, () => request(server.url, "GET", "/health")));
  const asked = Date.now();
  expect((await server.end("SIGINT")).code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(stopMsMax);
});

it("stops while clients keep asking, and has kept all that it acknowledged", async () => {
  const folder = freshFolder();
  const server = await startProcess("--data", folder);
  const acknowledged: string[] = [];
  const load = Array.from({ length: 16 }, async (_, client) => {
    for (let number = 0; ; number++) {
      const id = `${client}/${number}`;
      const reply = await request(server.url, "POST", "/promises", { id, timeout }).catch(() => undefined);
      if (reply === undefined) {
        return;
      }
      expect(reply.status).toBe(201);
      acknowledged.push(id);
    }
  });
  await expect.poll(() => acknowledged.length).toBeGreaterThan(50);
  await sleep(200);
  const asked = Date.now();
  expect((await server.end("SIGTERM")).code).toBe(0);
  expect(Date.now() - asked).toBeLessThan(stopMsMax);
  await Promise.all(load);

  const restarted = await startProcess("--data", folder);
  for (const id of acknowledged) {
    expect((await request(restarted.url, "GET", `/promises/${id}`)).status).toBe(200);
  }
  await restarted.end("SIGKILL");
});

/** Begins a create, and hands out how to finish it and be answered. */
async function sendHalf(url: string, id: string): Promise<() => Promise<string>> {
  const body = JSON.stringify({ id, timeout });
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await once(socket, "connect");
  socket.write(`POST /promises HTTP/1.1\r\nhost: ${hostname}\r\ncontent-length: ${body.length}\r\n\r\n`);
  socket.write(body.slice(0, 5));
  return async () => {
    socket.write(body.slice(5));
    return answerOn(socket);
  };
}

/** The client keeps the connection: it is the server that has to end it. */
async function answerOn(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, "data", { signal: AbortSignal.timeout(stopMsMax) });
  return String(chunk);
}

/** The server has begun to stop: it takes no new connections. */
async function untilRefused(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  for (let tries = 0; tries < 500; tries++) {
    const socket = connect(Number(port), hostname);
    const isRefused = await once(socket, "connect").then(
      () => false,
      () => true,
    );
    socket.destroy();
    if (isRefused) {
      return;
    }
    await sleep(10);
  }
  throw new Error("the server still takes connections");
}
