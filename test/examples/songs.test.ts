/**
 * The example as a user runs it: a server process, and the script as another one that knows only its URL.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, inject, it } from "vitest";

const running: ChildProcess[] = [];

afterEach(async () => {
  for (const server of running.splice(0)) {
    const ended = once(server, "exit");
    server.kill();
    await ended;
  }
});

/** Starts the server on a free port, and reads its URL where it greets. */
async function startServer(...options: string[]): Promise<string> {
  const server = spawn(process.execPath, ["lib/local/main.ts", "--port", "0", ...options], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  running.push(server);
  let said = "";
  for await (const chunk of server.stderr.iterator({ destroyOnReturn: false })) {
    said += chunk;
    const url = /Durable promises on (\S+)\n/.exec(said)?.[1];
    if (url !== undefined) {
      server.stderr.resume();
      return url;
    }
  }
  throw new Error(`the server did not start: ${said}`);
}

async function runSongs(...args: string[]) {
  const script = spawn(process.execPath, ["examples/songs.ts", ...args]);
  const [output, complaint, [exitCode]] = await Promise.all([
    text(script.stdout),
    text(script.stderr),
    once(script, "exit"),
  ]);
  return { exitCode: exitCode as number, output, complaint };
}

/** What the script says of a run of which everything held. */
function expectWholeStory({ exitCode, output, complaint }: Awaited<ReturnType<typeof runSongs>>, count: string) {
  expect({ exitCode, complaint }, output).toEqual({ exitCode: 0, complaint: "" });
  for (const line of [
    /^ {2}create purchase\/user\/\w{8}\/song\/42: 201 PENDING$/m,
    /^ {2}create it again with the same idempotency key: 200, /m,
    /^ {2}another process takes the payment and resolves it: 201 RESOLVED$/m,
    /^ {2}found by staging\/analytics\/monthly-report\/\*: 12, from 2023-12 back to 2023-01$/m,
    /^ {2}found by tags\[album\]=\w{8} and tags\[kind\]=track: [\w-]{36} and [\w-]{36}$/m,
    /^ {2}default\/\*\/ready finds …\/db-5f6c8d\/t7h2p\/ready, /m,
    /^ {2}looked again after 2 s: REJECTED_TIMEDOUT, /m,
    /^ {2}cancel concert\/\w{8}: 201 REJECTED_CANCELED$/m,
    new RegExp(`^ {2}completed ${count}, none twice: `, "m"),
    /^All of this was checked\.$/m,
  ]) {
    expect(output).toMatch(line);
  }
}

/** As long as the example computes, on a machine that has much else to do. */
const patience = { timeout: 240_000 };

describe("The songs example", () => {
  it(
    "tells its whole story of the embedded store, with 10,000 promises, and again over what it left there",
    patience,
    async () => {
      const url = await startServer("--memory");
      expectWholeStory(await runSongs(url), "10,000");
      expectWholeStory(await runSongs(url, "300"), "300");
    },
  );

  it("tells it of a server that keeps its promises in DynamoDB", patience, async () => {
    const table = `songs-${randomUUID()}`;
    const url = await startServer("--store", "dynamodb", "--endpoint", inject("dynamoEndpoint"), "--table", table);
    expectWholeStory(await runSongs(url, "1000"), "1,000");
  });

  it("fails with the claim that does not hold, where a server creates a promise twice", async () => {
    await using liar = await answering((_, answer) => answer.writeHead(201).end('{"state": "PENDING"}'));
    const { exitCode, complaint } = await runSongs(liar.url);
    expect(exitCode).toBe(1);
    expect(complaint).toMatch(/^This does not hold: a repeat with the same key is answered 200\. Seen: .*"status":201/);
  });

  it("fails with the count of completions, where a server tells two processes that they completed one promise", async () => {
    const honest = await startServer("--memory");
    let lies = 1;
    await using liar = await answering(async (request, answer) => {
      const { method = "", url = "", headers } = request;
      const told = await fetch(honest + url, {
        method,
        body: method === "GET" ? null : await text(request),
        headers: { "idempotency-key": String(headers["idempotency-key"] ?? "") },
      });
      const isLie = told.status === 403 && url.startsWith("/promises/race") && lies-- > 0;
      answer.writeHead(isLie ? 201 : told.status).end(await told.text());
    });
    const { exitCode, complaint } = await runSongs(liar.url, "30");
    expect(exitCode).toBe(1);
    expect(complaint).toBe(
      'This does not hold: each promise was completed exactly once. Seen: {"wins":31,"count":30}\n',
    );
  });

  it("fails with a line that tells what to do, where there is no server", async () => {
    const { url, [Symbol.asyncDispose]: close } = await answering(() => {});
    await close();
    const { exitCode, complaint } = await runSongs(url);
    expect(exitCode).toBe(1);
    expect(complaint).toBe(`This does not hold: a server answers at ${url}; "npm start" starts one.\n`);
  });
});

async function answering(answer: RequestListener) {
  const server = createServer(answer).listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
