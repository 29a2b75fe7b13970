/** Messages are posted to real servers, which answer in all the ways that servers do. */

import { once } from "node:events";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { type PushOptions, pushTransport } from "#lib/dispatch/http/push.ts";
import { serve } from "../support/listener.ts";
import { offer } from "./messages.ts";
import { until } from "./serving.ts";
import { signing } from "./signing.ts";

function newPush(options: Partial<PushOptions> = {}) {
  const push = pushTransport({ serverUrl: "http://server", ...signing, ...options });
  onTestFinished(() => push.close());
  return push;
}

const answering =
  (status: number, headers: Record<string, string> = {}): RequestListener =>
  (request, response) => {
    request.resume();
    response.writeHead(status, headers).end();
  };

describe("a message to a URL", () => {
  it("is posted there as JSON", async () => {
    const requests: { line: string; type: string | undefined; authorization: string | undefined; body: string }[] = [];
    const { url } = await serve(async (request, response) => {
      const { method, url: path, headers } = request;
      const { "content-type": type, authorization } = headers;
      requests.push({ line: `${method} ${path}`, type, authorization, body: await text(request) });
      response.end("thanks");
    });
    expect(await newPush().send(offer(`${url}/a%2Fb?c=d`, "t", 2))).toBe("sent");
    expect(requests).toEqual([
      {
        line: "POST /a%2Fb?c=d",
        type: "application/json",
        authorization: undefined,
        body: '{"kind":"execute","head":{"serverUrl":"http://server"},"data":{"task":{"id":"t","version":2}}}',
      },
    ]);
  });

  it("names the request that it comes from, and its trace, in headers and head alike", async () => {
    const seen: unknown[] = [];
    const { url } = await serve(async (request, response) => {
      const { "request-id": requestId, requestid, traceparent } = request.headers;
      seen.push({ requestId, requestid, traceparent, head: JSON.parse(await text(request)).head });
      response.end();
    });
    const trace = { traceparent: "00-1", requestId: "r-1" };
    await newPush().send({ ...offer(url, "t"), trace });
    expect(seen).toEqual([
      { requestId: "r-1", requestid: undefined, traceparent: "00-1", head: { serverUrl: "http://server", ...trace } },
    ]);
  });

  it("is posted with the name and password that the URL holds", async () => {
    const seen: (string | undefined)[] = [];
    const { url } = await serve((request, response) => {
      seen.push(request.headers.authorization);
      response.end();
    });
    await newPush().send(offer(url.replace("://", "://me:p%40ss@"), "t"));
    expect(seen).toEqual([`Basic ${Buffer.from("me:p@ss").toString("base64")}`]);
  });

  it.each([200, 201, 202, 204, 299])("has arrived where the answer is %s", async (status) => {
    const { url } = await serve(answering(status));
    expect(await newPush().send(offer(url, "t"))).toBe("sent");
  });

  it.each([300, 304, 400, 404, 410, 429, 500, 503])("has not arrived where the answer is %s", async (status) => {
    const { url } = await serve(answering(status));
    await expect(newPush().send(offer(url, "t"))).rejects.toThrow(`the receiver answered ${status}`);
  });

  it.each([301, 302, 303, 307, 308])("follows no redirect (%s)", async (status) => {
    let followed = 0;
    const elsewhere = await serve((_, response) => {
      followed += 1;
      response.end();
    });
    const { url } = await serve(answering(status, { location: elsewhere.url }));
    await expect(newPush().send(offer(url, "t"))).rejects.toThrow(`the receiver answered ${status}`);
    expect(followed).toBe(0);
  });

  it("fails where nobody listens, and says why without saying where", async () => {
    const { url, server } = await serve(answering(200));
    server.close();
    await once(server, "close");
    await expect(newPush().send(offer(`${url}/?token=secret`, "t"))).rejects.toThrow(
      /^cannot be reached: ECONNREFUSED$/,
    );
  });

  it("fails where the connection is broken off", async () => {
    const { url } = await serve((request) => request.socket.destroy());
    await expect(newPush().send(offer(url, "t"))).rejects.toThrow(/^cannot be reached: \w+$/);
  });

  it("fails where what answers does not speak HTTP", async () => {
    const server = createServer((socket) => socket.on("error", () => {}).end("220 mail\r\n")).listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => {
      server.close();
    });
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(newPush().send(offer(url, "t"))).rejects.toThrow(/^cannot be reached: HPE_INVALID_CONSTANT$/);
  });

  it("fails where the answer changes to another protocol, and lets the next one through", async () => {
    const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
    const { url } = await serve((request) => request.socket.write(switching));
    const push = newPush({ concurrentMax: 1, totalMsMax: 5_000 });
    for (let at = 0; at < 3; at++) {
      await expect(push.send(offer(url, `t${at}`))).rejects.toMatchObject({ status: 101 });
    }
  });

  it("fails after its time where no answer comes", async () => {
    const { url } = await serve((request) => request.resume());
    await expect(newPush({ totalMsMax: 50 }).send(offer(url, "t"))).rejects.toThrow("no answer within 50 ms");
  });
});

describe("an answer's body", () => {
  it("is read no further than a little", async () => {
    let isBrokenOff = false;
    const { url } = await serve((request, response) => {
      request.resume();
      response.on("close", () => {
        isBrokenOff = true;
      });
      response.write("x".repeat(4_097));
    });
    expect(await newPush().send(offer(url, "t"))).toBe("sent");
    await until(() => isBrokenOff, 500);
  });

  it("that never ends does not undo what its status said", async () => {
    const { url } = await serve((request, response) => {
      request.resume();
      response.write("x");
    });
    expect(await newPush({ totalMsMax: 1_000 }).send(offer(url, "t"))).toBe("sent");
  });

  it("leaves the connection to the next message, if it is short", async () => {
    const sockets = new Set<unknown>();
    const { url } = await serve((request, response) => {
      sockets.add(request.socket);
      request.resume();
      response.end("x".repeat(4_000));
    });
    const push = newPush();
    for (let at = 0; at < 5; at++) {
      await push.send(offer(url, `t${at}`));
    }
    // The second may come before the first has left its connection.
    expect(sockets.size).toBeLessThan(3);
  });
});

it("fails where no connection comes about in time, long before the whole time is over", async () => {
  const guard = { check: () => {}, lookup: () => {} };
  const push = newPush({ connectMsMax: 100, guard });
  await expect(push.send(offer("http://nowhere.example/", "t"))).rejects.toThrow("no connection within 100 ms");
});

describe("many messages", () => {
  /** Keeps its callers waiting until they are let go. */
  async function holdingServer() {
    const held: ServerResponse[] = [];
    const listener = (request: IncomingMessage, response: ServerResponse) => {
      request.resume();
      held.push(response);
    };
    const { url } = await serve(listener);
    return { url, held };
  }

  it("are under way at once up to a limit, wait in order up to another, and fail beyond", async () => {
    const { url, held } = await holdingServer();
    const push = newPush({ concurrentMax: 4, waitingMax: 6 });
    const results = Array.from({ length: 7 }, (_, at) => push.send(offer(url, `t${at}`)));
    const refused = await Promise.allSettled(results.slice(5));
    expect(refused.map((each) => each.status === "rejected" && String(each.reason))).toEqual(
      Array(2).fill("Error: too many messages are waiting to be posted already"),
    );
    for (let at = 0; at < 5; at++) {
      await until(() => held.length === Math.min(5, at + 2));
      held[at]?.end();
    }
    expect(await Promise.all(results.slice(0, 5))).toEqual(Array(5).fill("sent"));
    const again = push.send(offer(url, "again"));
    await until(() => held.length === 6);
    held[5]?.end();
    expect(await again).toBe("sent");
  });

  it("go to others while a receiver does not answer, however many it is sent", async () => {
    const silent = await holdingServer();
    const second = await holdingServer();
    const { url } = await serve(answering(204));
    const push = newPush({ concurrentMax: 8, waitingMax: 8 });
    const failed = { count: 0 };
    const many = (to: string) =>
      Array.from({ length: 40 }, (_, at) => push.send(offer(to, `t${at}`)).catch(() => failed.count++));
    many(silent.url);
    many(second.url);
    await until(() => silent.held.length === 4 && second.held.length === 2);
    expect(failed.count).toBe(40 - 4 - 4 + (40 - 2 - 2));
    for (let at = 0; at < 5; at++) {
      expect(await push.send(offer(url, `healthy ${at}`))).toBe("sent");
    }
    // Places that are free again are handed on.
    second.held[0]?.end();
    await until(() => second.held.length === 3);
    expect(silent.held).toHaveLength(4);
  });

  it("fail when the server stops, whether under way, waiting or new", async () => {
    const { url, held } = await holdingServer();
    const push = newPush({ concurrentMax: 1 });
    const results = [push.send(offer(url, "under way")), push.send(offer(url, "waiting"))];
    await until(() => held.length === 1);
    push.close();
    results.push(push.send(offer(url, "new")));
    const outcomes = await Promise.allSettled(results);
    expect(outcomes.map((each) => each.status === "rejected" && String(each.reason))).toEqual(
      Array(3).fill("Error: the server is stopping"),
    );
    expect(held).toHaveLength(1);
  });
});

describe("a receiver that asks to be left alone", () => {
  it.each([
    ["2", 2_000],
    [new Date(61_000).toUTCString(), 60_000],
    [new Date(0).toUTCString(), 0],
    ["soon", undefined],
  ])("by Retry-After: %s, is understood", async (retryAfter, retryAfterMs) => {
    const { url } = await serve(answering(503, { "retry-after": retryAfter }));
    const statuses: number[] = [];
    const sending = newPush({ now: () => 1_000 }).send(offer(url, "t"), (status) => statuses.push(status));
    await expect(sending).rejects.toMatchObject({ status: 503, retryAfterMs });
    expect(statuses).toEqual([503]);
  });
});
